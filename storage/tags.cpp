// SPDX-License-Identifier: MIT
#include "storage/tags.h"

#include "storage/change.h"
#include "storage/text_folding.h"

namespace spoutnik::storage {

namespace {

std::string_view trimmed(std::string_view name) {
    const auto is_space = [](char byte) { return static_cast<unsigned char>(byte) <= 0x20; };
    while (!name.empty() && is_space(name.front()))
        name.remove_prefix(1);
    while (!name.empty() && is_space(name.back()))
        name.remove_suffix(1);
    return name;
}

/// What makes a tag the same tag.
std::string identity(std::string_view name) {
    std::string folded = fold(name);
    if (folded.empty()) throw Error(ErrorKind::invalid, "A tag needs a name.");
    return folded;
}

std::int64_t tag_named(sqlite3* database, std::string_view name) {
    // Where it exists its first spelling stays; the update that changes nothing lets RETURNING answer.
    Statement insert(database, "INSERT INTO tag(name, name_folded) VALUES(?, ?)"
                               " ON CONFLICT(name_folded) DO UPDATE SET name = name RETURNING id");
    return insert.with(trimmed(name), identity(name)).returned().value();
}

void drop_unused(sqlite3* database) {
    execute(database, "DELETE FROM tag WHERE id NOT IN (SELECT tag FROM conversation_tag)");
}

} // namespace

bool attach_tag(sqlite3* database, ConversationId conversation, std::string_view name) {
    return Statement(database, "INSERT OR IGNORE INTO conversation_tag(conversation, tag)"
                               " SELECT id, ?2 FROM conversation WHERE id = ?1")
               .with(conversation, tag_named(database, name))
               .run() > 0;
}

std::vector<Tag> Tags::list() const {
    Statement query(database_.handle(),
                    "SELECT t.name, count(*) FROM tag t JOIN conversation_tag ct ON ct.tag = t.id"
                    " JOIN conversation c ON c.id = ct.conversation AND c.deleted_ms IS NULL"
                    " GROUP BY t.id ORDER BY t.name_folded");
    std::vector<Tag> tags;
    while (query.step())
        tags.push_back({query.text(0), query.integer(1)});
    return tags;
}

std::vector<std::string> Tags::of(ConversationId conversation) const {
    Statement query(database_.handle(), "SELECT t.name FROM conversation_tag ct JOIN tag t ON t.id = ct.tag"
                                        " WHERE ct.conversation = ? ORDER BY t.name_folded");
    query.with(conversation);
    std::vector<std::string> names;
    while (query.step())
        names.push_back(query.text(0));
    return names;
}

std::int64_t Tags::add(std::span<const ConversationId> conversations, std::string_view name) {
    return change(database_, [&] {
        std::int64_t added = 0;
        for (const ConversationId id : conversations)
            added += attach_tag(database_.handle(), id, name) ? 1 : 0;
        drop_unused(database_.handle()); // where every id was gone
        return added;
    });
}

std::int64_t Tags::remove(std::span<const ConversationId> conversations, std::string_view name) {
    return change(database_, [&] {
        Statement detach(database_.handle(), "DELETE FROM conversation_tag WHERE conversation = ? AND tag ="
                                             " (SELECT id FROM tag WHERE name_folded = ?)");
        std::int64_t removed = 0;
        for (const ConversationId id : conversations) {
            detach.reset();
            removed += detach.with(id, identity(name)).run();
        }
        drop_unused(database_.handle());
        return removed;
    });
}

void Tags::set(ConversationId conversation, std::span<const std::string> names) {
    change(database_, [&] {
        Statement find(database_.handle(), "SELECT 1 FROM conversation WHERE id = ?");
        if (!find.with(conversation).step())
            throw Error(ErrorKind::not_found, "This conversation is no longer there.");
        Statement(database_.handle(), "DELETE FROM conversation_tag WHERE conversation = ?")
            .with(conversation)
            .run();
        for (const std::string& name : names)
            attach_tag(database_.handle(), conversation, name);
        drop_unused(database_.handle());
    });
}

void Tags::rename(std::string_view from, std::string_view to) {
    change(database_, [&] {
        sqlite3* connection = database_.handle();
        Statement find(connection, "SELECT id FROM tag WHERE name_folded = ?");
        if (!find.with(identity(from)).step())
            throw Error(ErrorKind::not_found, "This tag is no longer there.");
        const std::int64_t old = find.integer(0);
        if (identity(from) == identity(to)) { // another spelling of the same
            Statement(connection, "UPDATE tag SET name = ? WHERE id = ?").with(trimmed(to), old).run();
            return;
        }
        Statement(connection, "INSERT OR IGNORE INTO conversation_tag(conversation, tag)"
                              " SELECT conversation, ?2 FROM conversation_tag WHERE tag = ?1")
            .with(old, tag_named(connection, to))
            .run();
        Statement(connection, "DELETE FROM conversation_tag WHERE tag = ?").with(old).run();
        drop_unused(connection);
    });
}

} // namespace spoutnik::storage
