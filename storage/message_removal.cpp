// SPDX-License-Identifier: MIT
// Messages that are removed, and come back, and are deleted for good. A removed message carries the time of
// its removal, and so does everything that went with it: the time tells one removal from another. Below a
// removed message nothing lives.
#include "storage/backup.h"
#include "storage/change.h"
#include "storage/conversations.h"
#include "storage/message_rows.h"
#include "storage/search_index.h"

#include <algorithm>

namespace spoutnik::storage {

namespace {

/// The message ?1 and all below it, whatever their state.
#define BELOW                                                                                                \
    "WITH RECURSIVE below(id) AS (SELECT ?1 UNION ALL SELECT m.id FROM below"                                \
    " JOIN message m ON m.parent = below.id AND m.id > below.id) "

/// What to show once `removed` is gone: the branch of its nearest living sibling (the older first), else its
/// parent.
std::optional<MessageId> leaf_instead_of(sqlite3* database, MessageId removed, const Place& place) {
    Statement sibling(database,
                      "SELECT id FROM message WHERE conversation = ?1 AND parent IS ?2"
                      " AND removed_ms IS NULL AND id <> ?3 ORDER BY id > ?3, abs(id - ?3) LIMIT 1");
    if (sibling.with(place.conversation, place.parent, removed).step())
        return youngest_below(database, sibling.integer(0));
    return place.parent;
}

/// A time that no other removal in the conversation has.
TimeMs removal_time(sqlite3* database, ConversationId conversation, TimeMs now) {
    Statement query(database, "SELECT max(removed_ms) FROM message WHERE conversation = ?");
    query.with(conversation).step();
    return std::max(now, query.integer(0) + 1);
}

} // namespace

MessageRemoval Conversations::remove_message(MessageId id) {
    return change(database_, [&] {
        sqlite3* connection = database_.handle();
        const Place place = place_of(connection, id);
        MessageRemoval removal;
        Statement shown(connection, "SELECT active_leaf FROM conversation WHERE id = ?");
        if (shown.with(place.conversation).step()) removal.shown_leaf = shown.optional_integer(0);

        const TimeMs now = database_.now_ms();
        Statement(connection, BELOW "UPDATE message SET status = 'interrupted', finished_ms = ?2"
                                    " WHERE id IN below AND status = 'streaming'")
            .with(id, now)
            .run();
        removal.messages =
            Statement(connection,
                      BELOW "UPDATE message SET removed_ms = ?2 WHERE id IN below AND removed_ms IS NULL")
                .with(id, removal_time(connection, place.conversation, now))
                .run();
        fold_missing(connection); // of answers interrupted just now
        Statement leaf_is_removed(connection, BELOW "SELECT 1 FROM below WHERE id = ?2");
        if (removal.shown_leaf && leaf_is_removed.with(id, *removal.shown_leaf).step())
            Statement(connection, "UPDATE conversation SET active_leaf = ? WHERE id = ?")
                .with(leaf_instead_of(connection, id, place), place.conversation)
                .run();
        return removal;
    });
}

void Conversations::restore_message(MessageId id, std::optional<MessageId> leaf) {
    change(database_, [&] {
        sqlite3* connection = database_.handle();
        Statement find(connection, "SELECT conversation, removed_ms FROM message WHERE id = ?");
        if (!find.with(id).step() || find.is_null(1))
            throw Error(ErrorKind::not_found, "This message is no longer there.");
        const ConversationId conversation = find.integer(0);
        const TimeMs removed_ms = find.integer(1);
        Statement(connection, BELOW "UPDATE message SET removed_ms = NULL"
                                    " WHERE id IN below AND removed_ms = ?2")
            .with(id, removed_ms)
            .run();
        Statement(connection,
                  "WITH RECURSIVE above(id, parent) AS (SELECT id, parent FROM message WHERE id = ?"
                  " UNION ALL SELECT m.id, m.parent FROM above"
                  " JOIN message m ON m.id = above.parent AND m.id < above.id)"
                  " UPDATE message SET removed_ms = NULL WHERE id IN (SELECT id FROM above)"
                  " AND removed_ms IS NOT NULL")
            .with(id)
            .run();
        Statement living(connection,
                         "SELECT 1 FROM message WHERE id = ? AND conversation = ? AND removed_ms IS NULL");
        const bool is_leaf_living = leaf && living.with(*leaf, conversation).step();
        Statement(connection, "UPDATE conversation SET active_leaf = ? WHERE id = ?")
            .with(is_leaf_living ? *leaf : youngest_below(connection, id), conversation)
            .run();
    });
}

std::vector<Message> Conversations::removed_messages(ConversationId conversation) const {
    Statement query(database_.handle(),
                    "SELECT " MESSAGE_COLUMNS " FROM message m LEFT JOIN message p ON p.id = m.parent"
                    " WHERE m.conversation = ? AND m.removed_ms IS NOT NULL"
                    " AND p.removed_ms IS NOT m.removed_ms"
                    " ORDER BY m.removed_ms DESC, m.id DESC");
    return read_messages(query.with(conversation));
}

void Conversations::purge_message(MessageId id) {
    std::vector<MessageId> messages;
    {
        Statement query(database_.handle(), BELOW "SELECT m.id FROM below JOIN message m ON m.id = below.id"
                                                  " AND m.removed_ms IS NOT NULL");
        query.with(id);
        while (query.step())
            messages.push_back(query.integer(0));
    }
    if (messages.empty()) throw Error(ErrorKind::not_found, "This message is no longer there.");
    purge_messages(messages);
}

void Conversations::purge_messages(const std::vector<MessageId>& messages) {
    if (messages.empty()) return;
    sqlite3* connection = database_.handle();
    std::vector<BackedUpMessage> copies;
    change(database_, [&] {
        copies.clear();
        Statement find(connection, "SELECT c.uuid, m.created_ms FROM message m"
                                   " JOIN conversation c ON c.id = m.conversation WHERE m.id = ?");
        Statement unshow(connection, "UPDATE conversation SET active_leaf = NULL WHERE active_leaf = ?");
        Statement remove(connection, "DELETE FROM message WHERE id = ?");
        for (const MessageId id : messages) {
            find.reset();
            if (find.with(id).step()) copies.push_back({find.text(0), id, find.integer(1)});
            unshow.reset();
            unshow.with(id).run();
            remove.reset();
            remove.with(id).run();
        }
        compact_search_index(connection);
    });
    empty_log(database_);
    for (const auto& backup : database_.backups())
        purge_from_backup(backup, copies);
}

} // namespace spoutnik::storage
