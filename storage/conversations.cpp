// SPDX-License-Identifier: MIT
// The conversations themselves: the list, titles, purging. Their messages are in message_tree.cpp, where they
// stand (folders, archive, the list of removed ones) in arranging.cpp.
#include "storage/conversations.h"

#include "storage/backup.h"
#include "storage/change.h"
#include "storage/connection.h"
#include "storage/text_folding.h"
#include "storage/utf8.h"

#include <algorithm>
#include <map>

namespace spoutnik::storage {

namespace {

constexpr std::size_t last_line_bytes = 200;

#define CONVERSATION_COLUMNS                                                                                 \
    "c.id, c.uuid, c.title, c.title_is_manual, c.is_pinned, c.model, c.active_leaf, c.created_ms, "          \
    "c.updated_ms, "                                                                                         \
    "c.deleted_ms, c.is_archived, c.folder, c.source_format, c.source_id"
constexpr int conversation_columns = 14;

Conversation read_conversation(const Statement& row) {
    Conversation conversation;
    conversation.id = row.integer(0);
    conversation.uuid = row.text(1);
    conversation.title = row.text(2);
    conversation.title_is_manual = row.integer(3) != 0;
    conversation.is_pinned = row.integer(4) != 0;
    conversation.model = row.text(5);
    conversation.active_leaf = row.optional_integer(6);
    conversation.created_ms = row.integer(7);
    conversation.updated_ms = row.integer(8);
    conversation.deleted_ms = row.optional_integer(9);
    conversation.is_archived = row.integer(10) != 0;
    conversation.folder = row.optional_integer(11);
    conversation.source = {row.text(12), row.text(13)};
    return conversation;
}

std::optional<Conversation> first_conversation(Statement& query) {
    if (!query.step()) return std::nullopt;
    return read_conversation(query);
}

/// The beginning of a message on one line: no code fences, no marks of headings, quotes or lists, no runs of
/// space.
std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty() && line.size() < last_line_bytes) {
        const std::size_t end = text.find('\n');
        std::string_view piece = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        for (;;) { // "> - # text", but not "#include" or "*text*"
            piece.remove_prefix(std::min(piece.find_first_not_of(" \t\r"), piece.size()));
            const std::size_t marks = std::min(piece.find_first_not_of("#>*-"), piece.size());
            if (marks == 0 || (marks < piece.size() && piece[marks] != ' ')) break;
            piece.remove_prefix(marks);
        }
        if (piece.substr(0, 3) == "```") continue;
        bool is_space_due = !line.empty();
        for (const char byte : piece) {
            if (static_cast<unsigned char>(byte) <= 0x20) {
                is_space_due = true;
                continue;
            }
            if (is_space_due && !line.empty()) line += ' ';
            is_space_due = false;
            line += byte;
        }
    }
    if (line.size() > last_line_bytes) line.resize(utf8_floor(line, last_line_bytes));
    return line;
}

/// The tags of every conversation that has any, by name.
std::map<ConversationId, std::vector<std::string>> all_tags(sqlite3* database) {
    Statement query(database, "SELECT ct.conversation, t.name FROM conversation_tag ct"
                              " JOIN tag t ON t.id = ct.tag ORDER BY ct.conversation, t.name_folded");
    std::map<ConversationId, std::vector<std::string>> tags;
    while (query.step())
        tags[query.integer(0)].push_back(query.text(1));
    return tags;
}

void require_found(std::int64_t rows) {
    if (rows == 0) throw Error(ErrorKind::not_found, "This conversation is no longer there.");
}

} // namespace

Conversation Conversations::create(std::string_view title, std::string_view model) {
    const TimeMs now = database_.now_ms();
    const std::int64_t id = change(database_, [&] {
        Statement insert(database_.handle(),
                         "INSERT INTO conversation(uuid, title, title_folded, model, created_ms, updated_ms)"
                         " VALUES(?, ?, ?, ?, ?, ?) RETURNING id");
        return insert.with(new_uuid(), title, fold(title), model, now, now).returned().value();
    });
    return find(id).value();
}

std::optional<Conversation> Conversations::find(ConversationId id) const {
    Statement query(database_.handle(), "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.id = ?");
    return first_conversation(query.with(id));
}

std::optional<Conversation> Conversations::find_uuid(std::string_view uuid) const {
    Statement query(database_.handle(),
                    "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.uuid = ?");
    return first_conversation(query.with(uuid));
}

std::optional<Conversation> Conversations::find_source(const Source& source) const {
    if (source.id.empty()) return std::nullopt;
    Statement query(database_.handle(), "SELECT " CONVERSATION_COLUMNS
                                        " FROM conversation c WHERE c.source_id = ? AND c.source_format = ?"
                                        " AND c.deleted_ms IS NULL ORDER BY c.id DESC LIMIT 1");
    return first_conversation(query.with(source.id, source.format));
}

std::vector<ConversationSummary> Conversations::list(const ListFilter& filter) const {
    std::string conditions = " WHERE c.deleted_ms IS NULL";
    if (filter.archived != ListFilter::Archived::also)
        conditions += filter.archived == ListFilter::Archived::only ? " AND c.is_archived <> 0"
                                                                    : " AND c.is_archived = 0";
    if (filter.folder) conditions += " AND c.folder = " + std::to_string(*filter.folder);
    if (filter.only_unfiled) conditions += " AND c.folder IS NULL";
    for (std::size_t i = 0; i < filter.tags.size(); ++i)
        conditions += " AND EXISTS(SELECT 1 FROM conversation_tag ct JOIN tag t ON t.id = ct.tag"
                      " WHERE ct.conversation = c.id AND t.name_folded = ?)";
    Statement query(database_.handle(),
                    "SELECT " CONVERSATION_COLUMNS
                    ", leaf.role, substr(leaf.content, 1, 800), above.role, substr(above.content, 1, 800),"
                    " EXISTS(SELECT 1 FROM message s WHERE s.status = 'streaming' AND s.conversation = c.id),"
                    " substr(c.draft, 1, 800)"
                    " FROM conversation c"
                    " LEFT JOIN message leaf ON leaf.id = c.active_leaf"
                    " LEFT JOIN message above ON above.id = leaf.parent" +
                        conditions + " ORDER BY c.is_pinned <> 0 DESC, c.updated_ms DESC, c.id DESC");
    int index = 0;
    for (const std::string& tag : filter.tags)
        query.bind(++index, fold(tag));
    std::map<ConversationId, std::vector<std::string>> tags = all_tags(database_.handle());
    const TimeMs now = database_.now_ms();
    std::vector<ConversationSummary> rows;
    while (query.step()) {
        ConversationSummary row;
        row.conversation = read_conversation(query);
        // An answer that has no text yet leaves the line to the question above it.
        for (const int column : {conversation_columns, conversation_columns + 2}) {
            row.last_role = role_named(query.text(column));
            row.last_line = one_line(query.text(column + 1));
            if (!row.last_line.empty()) break;
        }
        row.is_streaming = query.integer(conversation_columns + 4) != 0;
        row.draft_line = one_line(query.text(conversation_columns + 5));
        if (const auto found = tags.find(row.conversation.id); found != tags.end())
            row.tags = std::move(found->second);
        row.group = row.conversation.is_pinned ? DateGroup{DateGroup::Kind::pinned}
                                               : date_group(row.conversation.updated_ms, now);
        rows.push_back(std::move(row));
    }
    return rows;
}

void Conversations::rename(ConversationId id, std::string_view title) {
    change(database_, [&] {
        require_found(
            Statement(database_.handle(),
                      "UPDATE conversation SET title = ?, title_folded = ?, title_is_manual = ? WHERE id = ?")
                .with(title, fold(title), !title.empty(), id)
                .run());
    });
}

bool Conversations::set_automatic_title(ConversationId id, std::string_view title) {
    return change(database_, [&] {
        return Statement(database_.handle(), "UPDATE conversation SET title = ?, title_folded = ?"
                                             " WHERE id = ? AND title_is_manual = 0")
                   .with(title, fold(title), id)
                   .run() > 0;
    });
}

void Conversations::set_model(ConversationId id, std::string_view model) {
    change(database_, [&] {
        require_found(Statement(database_.handle(), "UPDATE conversation SET model = ? WHERE id = ?")
                          .with(model, id)
                          .run());
    });
}

std::vector<Conversation> Conversations::removed() const {
    Statement query(database_.handle(),
                    "SELECT " CONVERSATION_COLUMNS " FROM conversation c"
                    " WHERE c.deleted_ms IS NOT NULL ORDER BY c.deleted_ms DESC, c.id DESC");
    std::vector<Conversation> conversations;
    while (query.step())
        conversations.push_back(read_conversation(query));
    return conversations;
}

void Conversations::purge_all(const std::vector<Conversation>& conversations) {
    if (conversations.empty()) return;
    sqlite3* connection = database_.handle();
    change(database_, [&] {
        for (const Conversation& conversation : conversations) {
            Statement(connection, "DELETE FROM conversation_tag WHERE conversation = ?")
                .with(conversation.id)
                .run();
            Statement(connection, "DELETE FROM message WHERE conversation = ?").with(conversation.id).run();
            Statement(connection, "DELETE FROM conversation WHERE id = ?").with(conversation.id).run();
        }
        execute(connection, "DELETE FROM tag WHERE id NOT IN (SELECT tag FROM conversation_tag)");
        // A deletion only adds to a full-text table; merging its segments takes the words out.
        compact_search_index(connection);
    });
    empty_log(database_);
    for (const auto& backup : database_.backups())
        for (const Conversation& conversation : conversations)
            purge_from_backup(backup, conversation.uuid);
}

void Conversations::purge(ConversationId id) {
    const std::optional<Conversation> conversation = find(id);
    require_found(conversation ? 1 : 0);
    purge_all({*conversation});
}

std::int64_t Conversations::purge_removed(TimeMs before_ms) {
    std::vector<Conversation> old = removed();
    std::erase_if(old,
                  [&](const Conversation& conversation) { return *conversation.deleted_ms >= before_ms; });
    purge_all(old);
    std::vector<MessageId> messages;
    {
        Statement query(database_.handle(), "SELECT id FROM message WHERE removed_ms < ?");
        query.with(before_ms);
        while (query.step())
            messages.push_back(query.integer(0));
    }
    purge_messages(messages);
    return static_cast<std::int64_t>(old.size());
}

} // namespace spoutnik::storage
