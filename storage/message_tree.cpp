// SPDX-License-Identifier: MIT
// The messages of a conversation, a tree: each knows its parent, the conversation knows the leaf that is
// shown.
#include "storage/change.h"
#include "storage/conversations.h"
#include "storage/message_rows.h"

namespace spoutnik::storage {

namespace {

/// From the leaf `branch` begins with up to the root. A parent is always older than its child; asking for it
/// keeps a damaged row from making a circle.
#define BRANCH_ABOVE                                                                                         \
    " UNION ALL SELECT p.id, p.parent, branch.depth + 1 FROM branch"                                         \
    " JOIN message p ON p.id = branch.parent AND p.id < branch.id)"                                          \
    " SELECT " MESSAGE_COLUMNS " FROM branch JOIN message m ON m.id = branch.id ORDER BY branch.depth DESC"

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
    " WHERE c.id = ?1 AND l.removed_ms IS NULL),"                                                            \
    " (SELECT max(id) FROM message WHERE conversation = ?1 AND removed_ms IS NULL))"

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
        Statement(connection, "UPDATE conversation SET draft = NULL WHERE id = ? AND draft IS NOT NULL")
            .with(conversation)
            .run();
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

Message Conversations::begin_continuation(MessageId answer, std::string_view model) {
    return change(database_, [&] {
        sqlite3* connection = database_.handle();
        const Place place = place_of(connection, answer);
        if (place.role != Role::assistant)
            throw Error(ErrorKind::invalid, "Only an answer can be continued.");
        Statement below(connection, "SELECT 1 FROM message WHERE parent = ? AND removed_ms IS NULL");
        if (below.with(answer).step())
            throw Error(ErrorKind::invalid, "Only the last answer of a branch can be continued.");
        // Out of the search tables until it is finished, as every answer that streams.
        const std::int64_t rows =
            Statement(connection, "UPDATE message SET status = 'streaming', finished_ms = 0, error = '',"
                                  " folded = NULL, model = CASE WHEN ?2 = '' THEN model ELSE ?2 END"
                                  " WHERE id = ?1 AND status IS NOT 'streaming'")
                .with(answer, model)
                .run();
        if (rows == 0) throw Error(ErrorKind::invalid, "This answer is still being written.");
        show_written(connection, place.conversation, answer, model, database_.now_ms());
        return message(answer).value();
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
        const bool is_streaming =
            Statement(database_.handle(),
                      "UPDATE message SET content = ?, reasoning = ?, reasoning_ms = ?, reasoning_tokens = ?,"
                      " prompt_tokens = ?, generated_tokens = ?, tokens_per_second = ?"
                      " WHERE id = ? AND status = 'streaming'")
                .with(partial.content, partial.reasoning, partial.reasoning_ms, partial.reasoning_tokens,
                      partial.prompt_tokens, partial.generated_tokens, partial.tokens_per_second, answer)
                .run() > 0;
        if (is_streaming && partial.replay != nullptr)
            write_replay(database_.handle(), answer, *partial.replay);
        return is_streaming;
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
        if (answer_text.replay != nullptr) write_replay(database_.handle(), answer, *answer_text.replay);
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
    Statement query(database_.handle(), "SELECT s.id FROM message m JOIN message s ON s.conversation ="
                                        " m.conversation AND s.parent IS m.parent AND s.removed_ms IS NULL"
                                        " WHERE m.id = ? ORDER BY s.id");
    query.with(message);
    std::vector<MessageId> ids;
    while (query.step())
        ids.push_back(query.integer(0));
    return ids;
}

std::vector<Message> Conversations::all_messages(ConversationId conversation) const {
    Statement query(database_.handle(), "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.conversation = ?"
                                        " AND m.removed_ms IS NULL ORDER BY m.id");
    return read_messages(query.with(conversation));
}

Replay Conversations::replay(MessageId message) const {
    Statement query(database_.handle(), "SELECT " REPLAY_COLUMNS " FROM message m WHERE m.id = ?");
    return query.with(message).step() ? read_replay(query, 0) : Replay{};
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
        const MessageId leaf = youngest_below(database_.handle(), message);
        Statement(database_.handle(), "UPDATE conversation SET active_leaf = ? WHERE id = ?")
            .with(leaf, place.conversation)
            .run();
        return leaf;
    });
}

} // namespace spoutnik::storage
