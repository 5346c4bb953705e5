// SPDX-License-Identifier: MIT
#include "storage/backup.h"

#include "storage/connection.h"
#include "storage/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <exception>

namespace spoutnik::storage {

namespace fs = std::filesystem;

void copy_pages(sqlite3* source, sqlite3* target) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) throw_sqlite_error(target, sqlite3_errcode(target));
    const int step = sqlite3_backup_step(backup, -1);
    const int finish = sqlite3_backup_finish(backup);
    if (step != SQLITE_DONE) throw_sqlite_error(nullptr, step);
    if (finish != SQLITE_OK) throw_sqlite_error(nullptr, finish);
}

void copy_database(sqlite3* source, const fs::path& target, const std::string& vfs) {
    const fs::path part = beside(target, ".part");
    remove_with_journals(part);
    try {
        create_private_file(part);
        copy_pages(source, connect(part, Access::write, vfs).get());
        sync_file(part);
        fs::rename(part, target);
    } catch (...) {
        remove_with_journals(part);
        throw;
    }
    sync_folder(target.parent_path());
}

std::vector<fs::path> list_backups(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing))
        if (entry.path().extension() == ".db") files.push_back(entry.path());
    std::ranges::sort(files, std::greater{}); // the names begin with the time
    return files;
}

void rotate_backups(const fs::path& folder) {
    std::vector<fs::path> files = list_backups(folder);
    std::erase_if(files, [](const fs::path& file) { return file.string().ends_with(asked_ending); });
    for (std::size_t i = backups_kept; i < files.size(); ++i)
        remove_with_journals(files[i]);
}

namespace {

/// Runs `purge` (rows deleted) on a copy and takes what it deleted out of its pages and search tables.
template <class Purge>
void purge_copy(const fs::path& backup, const Purge& purge) noexcept {
    try {
        const Connection database = connect(backup, Access::write, {});
        // The triggers that keep the search tables write to virtual tables; the copy was verified when it was
        // made.
        sqlite3_db_config(database.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr);
        execute(database.get(), "PRAGMA secure_delete = ON");
        Transaction transaction(database.get());
        const std::int64_t found = purge(database.get());
        transaction.commit();
        if (found == 0) return;
        execute(database.get(), "INSERT INTO message_words(message_words) VALUES('rebuild');"
                                "INSERT INTO message_trigrams(message_trigrams) VALUES('rebuild');"
                                "VACUUM");
    } catch (const std::exception&) {
        remove_with_journals(backup);
    }
}

} // namespace

void purge_from_backup(const fs::path& backup, const std::string& uuid) noexcept {
    purge_copy(backup, [&](sqlite3* database) {
        // Copies of schema version 1 have no tags.
        if (query_integer(database, "PRAGMA user_version") >= 2)
            Statement(database, "DELETE FROM conversation_tag WHERE conversation ="
                                " (SELECT id FROM conversation WHERE uuid = ?)")
                .with(uuid)
                .run();
        Statement(database,
                  "DELETE FROM message WHERE conversation = (SELECT id FROM conversation WHERE uuid = ?)")
            .with(uuid)
            .run();
        return Statement(database, "DELETE FROM conversation WHERE uuid = ?").with(uuid).run();
    });
}

void purge_from_backup(const fs::path& backup, std::span<const BackedUpMessage> messages) noexcept {
    purge_copy(backup, [&](sqlite3* database) {
        std::int64_t found = 0;
        for (const BackedUpMessage& message : messages) {
            const std::int64_t rows =
                Statement(database, "DELETE FROM message WHERE id = ? AND coalesce(created_ms, 0) = ? AND"
                                    " conversation = (SELECT id FROM conversation WHERE uuid = ?)")
                    .with(message.id, message.created_ms, message.conversation_uuid)
                    .run();
            if (rows > 0)
                Statement(database, "UPDATE conversation SET active_leaf = NULL WHERE active_leaf = ?")
                    .with(message.id)
                    .run();
            found += rows;
        }
        // In the copy something may stand below that was written and removed apart.
        execute(database, "UPDATE message SET parent = NULL WHERE parent NOT IN (SELECT id FROM message)");
        return found;
    });
}

} // namespace spoutnik::storage
