// SPDX-License-Identifier: MIT
#include "storage/message_rows.h"

namespace spoutnik::storage {

namespace {

constexpr std::size_t token_id_bytes = 4;

std::string packed(const std::vector<std::int32_t>& ids) {
    std::string bytes;
    bytes.reserve(ids.size() * token_id_bytes);
    for (const std::int32_t id : ids)
        for (unsigned shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>(static_cast<std::uint32_t>(id) >> shift & 0xFFU);
    return bytes;
}

/// Bytes that do not make a whole id are left out: other hands may have written them.
std::vector<std::int32_t> unpacked(std::string_view bytes) {
    std::vector<std::int32_t> ids;
    ids.reserve(bytes.size() / token_id_bytes);
    for (std::size_t at = 0; at + token_id_bytes <= bytes.size(); at += token_id_bytes) {
        std::uint32_t id = 0;
        for (unsigned i = 0; i < token_id_bytes; ++i)
            id |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8U * i;
        ids.push_back(static_cast<std::int32_t>(id));
    }
    return ids;
}

} // namespace

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

Replay read_replay(const Statement& row, int column) {
    return {row.text(column), unpacked(row.blob(column + 1)), row.text(column + 2)};
}

void write_replay(sqlite3* database, MessageId message, const Replay& replay) {
    const std::string ids = packed(replay.token_ids);
    // Empty is NULL: what is not known takes no room.
    const auto known = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    Statement update(database, "UPDATE message SET sampling = ?, token_ids = ?, model_hash = ? WHERE id = ?");
    update.with(known(replay.sampling), ids.empty() ? std::nullopt : std::optional(Statement::Bytes{ids}),
                known(replay.model_hash), message);
    update.run();
}

Place place_of(sqlite3* database, MessageId id) {
    Statement query(database,
                    "SELECT conversation, parent, role FROM message WHERE id = ? AND removed_ms IS NULL");
    if (!query.with(id).step()) throw Error(ErrorKind::not_found, "This message is no longer there.");
    return {query.integer(0), query.optional_integer(1), role_named(query.text(2))};
}

void require_in(sqlite3* database, ConversationId conversation, MessageId message) {
    if (place_of(database, message).conversation != conversation)
        throw Error(ErrorKind::invalid, "This message belongs to another conversation.");
}

MessageId youngest_below(sqlite3* database, MessageId message) {
    Statement query(database, "WITH RECURSIVE below(id) AS (SELECT ?1 UNION ALL SELECT m.id FROM below"
                              " JOIN message m ON m.parent = below.id AND m.id > below.id"
                              " AND m.removed_ms IS NULL) SELECT max(id) FROM below");
    query.with(message).step();
    return query.integer(0);
}

} // namespace spoutnik::storage
