// SPDX-License-Identifier: MIT
// The messages of a conversation, a tree: each knows its parent, the conversation knows the leaf that is
// shown.
#include "storage/change.h"
#include "storage/conversations.h"

namespace spoutnik::storage {

namespace {

#define MESSAGE_COLUMNS                                                                                      \
    "m.id, m.conversation, m.parent, m.role, m.status, m.created_ms, m.finished_ms, m.reasoning_ms, "        \
    "m.reasoning_tokens, m.prompt_tokens, m.generated_tokens, m.tokens_per_second, m.model, m.error, "       \
    "m.content, "                                                                                            \
    "m.reasoning, "                                                                                          \
    "(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent), "      \
    "(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent "        \
    "AND s.id < m.id)"

/// From the leaf `branch` begins with up to the root. A parent is always older than its child; asking for it
/// keeps a damaged row from making a circle.
#define BRANCH_ABOVE                                                                                         \
    " UNION ALL SELECT p.id, p.parent, branch.depth + 1 FROM branch"                                         \
    " JOIN message p ON p.id = branch.parent AND p.id < branch.id)"                                          \
    " SELECT " MESSAGE_COLUMNS " FROM branch JOIN message m ON m.id = branch.id ORDER BY branch.depth DESC"

Message read_message(const Statement& row) {
    Message message;
    message.id = row.integer(0);
    message.conversation = row.integer(1);
    message.parent = row.optional_integer(2);
    message.role = role_named(row.text(3));
    message.status = status_named(row.text(4));
    message.created_ms = row.integer(5);
    message.finished_ms = row.integer(6);
    message.reasoning_ms = row.integer(7);
    message.reasoning_tokens = row.integer(8);
    message.prompt_tokens = row.integer(9);
    message.generated_tokens = row.integer(10);
    message.tokens_per_second = row.real(11);
    message.model = row.text(12);
    message.error = row.text(13);
    message.content = row.text(14);
    message.reasoning = row.text(15);
    message.sibling_count = row.integer(16);
    message.sibling_index = row.integer(17);
    return message;
}

std::vector<Message> read_messages(Statement& query) {
    std::vector<Message> messages;
    while (query.step())
        messages.push_back(read_message(query));
    return messages;
}

struct Place {
    ConversationId conversation = 0;
    std::optional<MessageId> parent;
    Role role = Role::user;
};

/// Where a message stands; throws when it is gone.
Place place_of(sqlite3* database, MessageId id) {
    Statement query(database, "SELECT conversation, parent, role FROM message WHERE id = ?");
    if (!query.with(id).step()) throw Error(ErrorKind::not_found, "This message is no longer there.");
    return {query.integer(0), query.optional_integer(1), role_named(query.text(2))};
}

void require_in(sqlite3* database, ConversationId conversation, MessageId message) {
    if (place_of(database, message).conversation != conversation)
        throw Error(ErrorKind::invalid, "This message belongs to another conversation.");
}

struct NewMessage {
    ConversationId conversation = 0;
    std::optional<MessageId> parent;
    Role role = Role::user;
    Status status = Status::done;
    std::string_view content;
    std::string_view model;
};

/// Adds one message inside the caller's transaction.
MessageId insert_message(sqlite3* database, const NewMessage& message, TimeMs now) {
    const bool is_whole = message.status != Status::streaming;
    const std::optional<std::string> folded =
        is_whole ? std::optional(folded_message(message.content, {})) : std::nullopt;
    Statement insert(database,
                     "INSERT INTO message(conversation, parent, role, status, created_ms, finished_ms, model,"
                     " content, reasoning, folded) VALUES(?, ?, ?, ?, ?, ?, ?, ?, '', ?) RETURNING id");
    insert.with(message.conversation, message.parent, name_of(message.role), name_of(message.status), now,
                is_whole ? now : 0, message.model, message.content, folded);
    return insert.returned().value();
}

/// The branch that ends at `leaf` becomes the one shown, the conversation the latest updated.
void show_written(sqlite3* database, ConversationId conversation, MessageId leaf, std::string_view model,
                  TimeMs now) {
    const std::int64_t rows =
        Statement(database, "UPDATE conversation SET active_leaf = ?, updated_ms = ?,"
                            " model = CASE WHEN ?3 = '' THEN model ELSE ?3 END WHERE id = ?4")
            .with(leaf, now, model, conversation)
            .run();
    if (rows == 0) throw Error(ErrorKind::not_found, "This conversation is no longer there.");
}

/// A prompt and the empty answer under it.
Turn insert_turn(sqlite3* database, ConversationId conversation, std::optional<MessageId> parent,
                 std::string_view text, std::string_view model, TimeMs now) {
    Turn turn;
    turn.user = insert_message(database, {conversation, parent, Role::user, Status::done, text, {}}, now);
    turn.answer = insert_message(
        database, {conversation, turn.user, Role::assistant, Status::streaming, {}, model}, now);
    show_written(database, conversation, turn.answer, model, now);
    return turn;
}

/// The leaf of what is shown: active_leaf, or the latest message where that is missing or points nowhere.
#define SHOWN_LEAF                                                                                           \
    "coalesce((SELECT l.id FROM conversation c JOIN message l ON l.id = c.active_leaf AND l.conversation = " \
    "c.id"                                                                                                   \
    " WHERE c.id = ?1), (SELECT max(id) FROM message WHERE conversation = ?1))"

std::optional<MessageId> shown_leaf(sqlite3* database, ConversationId conversation) {
    Statement query(database, "SELECT " SHOWN_LEAF);
    query.with(conversation).step();
    return query.optional_integer(0);
}

} // namespace

std::string_view name_of(Role role) noexcept {
    switch (role) {
    case Role::system:
        return "system";
    case Role::user:
        return "user";
    case Role::assistant:
        return "assistant";
    case Role::tool:
        return "tool";
    }
    return "user";
}

std::string_view name_of(Status status) noexcept {
    switch (status) {
    case Status::streaming:
        return "streaming";
    case Status::done:
        return "done";
    case Status::interrupted:
        return "interrupted";
    case Status::error:
        return "error";
    }
    return "done";
}

Role role_named(std::string_view name) noexcept {
    for (const Role role : {Role::system, Role::user, Role::tool})
        if (name == name_of(role)) return role;
    return Role::assistant;
}

Status status_named(std::string_view name) noexcept {
    for (const Status status : {Status::streaming, Status::interrupted, Status::error})
        if (name == name_of(status)) return status;
    return Status::done;
}

Turn Conversations::begin_turn(ConversationId conversation, std::string_view text, std::string_view model) {
    return change(database_, [&] {
        sqlite3* connection = database_.handle();
        return insert_turn(connection, conversation, shown_leaf(connection, conversation), text, model,
                           database_.now_ms());
    });
}

Turn Conversations::begin_turn_at(ConversationId conversation, std::optional<MessageId> parent,
                                  std::string_view text, std::string_view model) {
    return change(database_, [&] {
        if (parent) require_in(database_.handle(), conversation, *parent);
        return insert_turn(database_.handle(), conversation, parent, text, model, database_.now_ms());
    });
}

Turn Conversations::begin_edit(MessageId user, std::string_view text, std::string_view model) {
    return change(database_, [&] {
        const Place place = place_of(database_.handle(), user);
        if (place.role != Role::user)
            throw Error(ErrorKind::invalid, "Only a message of the person can be edited.");
        return insert_turn(database_.handle(), place.conversation, place.parent, text, model,
                           database_.now_ms());
    });
}

MessageId Conversations::begin_regeneration(MessageId answer, std::string_view model) {
    return change(database_, [&] {
        const Place place = place_of(database_.handle(), answer);
        if (place.role != Role::assistant)
            throw Error(ErrorKind::invalid, "Only an answer can be generated again.");
        const TimeMs now = database_.now_ms();
        const MessageId id = insert_message(
            database_.handle(),
            {place.conversation, place.parent, Role::assistant, Status::streaming, {}, model}, now);
        show_written(database_.handle(), place.conversation, id, model, now);
        return id;
    });
}

MessageId Conversations::append(ConversationId conversation, std::optional<MessageId> parent, Role role,
                                std::string_view text) {
    return change(database_, [&] {
        if (parent) require_in(database_.handle(), conversation, *parent);
        const TimeMs now = database_.now_ms();
        const MessageId id =
            insert_message(database_.handle(), {conversation, parent, role, Status::done, text, {}}, now);
        show_written(database_.handle(), conversation, id, {}, now);
        return id;
    });
}

bool Conversations::save_partial(MessageId answer, const Answer& partial) {
    return change(database_, [&] {
        // message.folded stays NULL: the search tables are written once, at the end.
        return Statement(
                   database_.handle(),
                   "UPDATE message SET content = ?, reasoning = ?, reasoning_ms = ?, reasoning_tokens = ?,"
                   " prompt_tokens = ?, generated_tokens = ?, tokens_per_second = ?"
                   " WHERE id = ? AND status = 'streaming'")
                   .with(partial.content, partial.reasoning, partial.reasoning_ms, partial.reasoning_tokens,
                         partial.prompt_tokens, partial.generated_tokens, partial.tokens_per_second, answer)
                   .run() > 0;
    });
}

bool Conversations::finish(MessageId answer, Status status, const Answer& answer_text,
                           std::string_view error) {
    if (status == Status::streaming)
        throw Error(ErrorKind::invalid, "A finished answer can't be streaming any more.");
    return change(database_, [&] {
        const TimeMs now = database_.now_ms();
        Statement update(
            database_.handle(),
            "UPDATE message SET status = ?, content = ?, reasoning = ?, folded = ?, reasoning_ms = ?,"
            " reasoning_tokens = ?, prompt_tokens = ?, generated_tokens = ?, tokens_per_second = ?,"
            " error = ?, finished_ms = ? WHERE id = ? RETURNING conversation");
        update.with(name_of(status), answer_text.content, answer_text.reasoning,
                    folded_message(answer_text.content, answer_text.reasoning), answer_text.reasoning_ms,
                    answer_text.reasoning_tokens, answer_text.prompt_tokens, answer_text.generated_tokens,
                    answer_text.tokens_per_second, error, now, answer);
        const std::optional<ConversationId> conversation = update.returned();
        if (!conversation) return false;
        Statement(database_.handle(), "UPDATE conversation SET updated_ms = ? WHERE id = ?")
            .with(now, *conversation)
            .run();
        return true;
    });
}

std::int64_t Conversations::mark_interrupted() {
    if (query_integer(database_.handle(), "SELECT count(*) FROM message WHERE status = 'streaming'") == 0)
        return 0;
    return change(database_, [&] {
        const std::int64_t rows =
            Statement(database_.handle(), "UPDATE message SET status = 'interrupted', finished_ms = ?"
                                          " WHERE status = 'streaming'")
                .with(database_.now_ms())
                .run();
        fold_missing(database_.handle());
        return rows;
    });
}

std::optional<Message> Conversations::message(MessageId id) const {
    Statement query(database_.handle(), "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.id = ?");
    if (!query.with(id).step()) return std::nullopt;
    return read_message(query);
}

std::vector<Message> Conversations::branch(ConversationId conversation) const {
    Statement query(database_.handle(),
                    "WITH RECURSIVE branch(id, parent, depth) AS ("
                    "SELECT id, parent, 0 FROM message WHERE id = " SHOWN_LEAF BRANCH_ABOVE);
    return read_messages(query.with(conversation));
}

std::vector<Message> Conversations::branch_to(MessageId leaf) const {
    Statement query(database_.handle(), "WITH RECURSIVE branch(id, parent, depth) AS ("
                                        "SELECT id, parent, 0 FROM message WHERE id = ?1" BRANCH_ABOVE);
    return read_messages(query.with(leaf));
}

std::vector<MessageId> Conversations::siblings(MessageId message) const {
    Statement query(database_.handle(),
                    "SELECT s.id FROM message m JOIN message s ON s.conversation ="
                    " m.conversation AND s.parent IS m.parent WHERE m.id = ? ORDER BY s.id");
    query.with(message);
    std::vector<MessageId> ids;
    while (query.step())
        ids.push_back(query.integer(0));
    return ids;
}

std::vector<Message> Conversations::all_messages(ConversationId conversation) const {
    Statement query(database_.handle(),
                    "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.conversation = ? ORDER BY m.id");
    return read_messages(query.with(conversation));
}

void Conversations::set_active_leaf(ConversationId conversation, MessageId leaf) {
    change(database_, [&] {
        require_in(database_.handle(), conversation, leaf);
        Statement(database_.handle(), "UPDATE conversation SET active_leaf = ? WHERE id = ?")
            .with(leaf, conversation)
            .run();
    });
}

MessageId Conversations::show_branch_of(MessageId message) {
    return change(database_, [&] {
        const Place place = place_of(database_.handle(), message);
        // A child is younger than its parent: the youngest message below is a leaf.
        Statement query(
            database_.handle(),
            "WITH RECURSIVE below(id) AS (SELECT ?1 UNION ALL SELECT m.id FROM below"
            " JOIN message m ON m.parent = below.id AND m.id > below.id) SELECT max(id) FROM below");
        query.with(message).step();
        const MessageId leaf = query.integer(0);
        Statement(database_.handle(), "UPDATE conversation SET active_leaf = ? WHERE id = ?")
            .with(leaf, place.conversation)
            .run();
        return leaf;
    });
}

} // namespace spoutnik::storage
