// SPDX-License-Identifier: MIT
#include "storage/folders.h"

#include "storage/change.h"
#include "storage/places.h"

namespace spoutnik::storage {

namespace {

void require_found(bool is_found) {
    if (!is_found) throw Error(ErrorKind::not_found, "This folder is no longer there.");
}

void require_name(std::string_view name) {
    if (name.empty()) throw Error(ErrorKind::invalid, "A folder needs a name.");
}

FolderId insert_folder(sqlite3* database, std::string_view name, TimeMs now) {
    Statement insert(database, "INSERT INTO folder(name, created_ms, position) VALUES(?, ?,"
                               " (SELECT coalesce(max(position), -1) + 1 FROM folder)) RETURNING id");
    return insert.with(name, now).returned().value();
}

} // namespace

std::vector<Folder> Folders::list() const {
    Statement query(database_.handle(),
                    "SELECT f.id, f.name, (SELECT count(*) FROM conversation c WHERE c.folder = f.id"
                    " AND c.deleted_ms IS NULL) FROM folder f ORDER BY f.position, f.id");
    std::vector<Folder> folders;
    while (query.step())
        folders.push_back({query.integer(0), query.text(1), query.integer(2)});
    return folders;
}

FolderId Folders::create(std::string_view name) {
    require_name(name);
    return change(database_, [&] { return insert_folder(database_.handle(), name, database_.now_ms()); });
}

void Folders::rename(FolderId id, std::string_view name) {
    require_name(name);
    change(database_, [&] {
        require_found(
            Statement(database_.handle(), "UPDATE folder SET name = ? WHERE id = ?").with(name, id).run() >
            0);
    });
}

void Folders::move(FolderId id, std::size_t index) {
    change(database_, [&] { require_found(put_at(database_.handle(), "folder", id, index)); });
}

std::vector<ConversationId> Folders::remove(FolderId id) {
    return change(database_, [&] {
        std::vector<ConversationId> freed;
        {
            Statement update(database_.handle(),
                             "UPDATE conversation SET folder = NULL WHERE folder = ? RETURNING id");
            update.with(id);
            while (update.step())
                freed.push_back(update.integer(0));
        }
        require_found(Statement(database_.handle(), "DELETE FROM folder WHERE id = ?").with(id).run() > 0);
        return freed;
    });
}

FolderId folder_named(sqlite3* database, std::string_view name, TimeMs now) {
    Statement query(database, "SELECT id FROM folder WHERE name = ? ORDER BY position, id LIMIT 1");
    if (query.with(name).step()) return query.integer(0);
    return insert_folder(database, name, now);
}

} // namespace spoutnik::storage
