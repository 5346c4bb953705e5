// SPDX-License-Identifier: MIT
// Rows of `message` as values, and where they stand in the tree; nothing outside storage/ includes it.
#pragma once

#include "storage/conversations.h"
#include "storage/statement.h"

#include <optional>
#include <vector>

namespace spoutnik::storage {

/// What read_message() reads, of a message `m`. Removed siblings are not counted.
#define MESSAGE_COLUMNS                                                                                      \
    "m.id, m.conversation, m.parent, m.role, m.status, m.created_ms, m.finished_ms, m.reasoning_ms, "        \
    "m.reasoning_tokens, m.prompt_tokens, m.generated_tokens, m.tokens_per_second, m.model, m.error, "       \
    "m.content, m.reasoning, "                                                                               \
    "(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent "        \
    "AND s.removed_ms IS NULL), "                                                                            \
    "(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent "        \
    "AND s.removed_ms IS NULL AND s.id < m.id)"
inline constexpr int message_columns = 18;

/// What read_replay() reads, from a column on.
#define REPLAY_COLUMNS "m.sampling, m.token_ids, m.model_hash"

Message read_message(const Statement& row);
std::vector<Message> read_messages(Statement& query);
Replay read_replay(const Statement& row, int column);

/// Inside the caller's transaction. Token ids are stored as little-endian 32-bit integers.
void write_replay(sqlite3* database, MessageId message, const Replay& replay);

struct Place {
    ConversationId conversation = 0;
    std::optional<MessageId> parent;
    Role role = Role::user;
};

/// Where a message stands; throws when it is gone or removed.
Place place_of(sqlite3* database, MessageId id);
void require_in(sqlite3* database, ConversationId conversation, MessageId message);

/// The youngest living message below `message`, itself included: a child is younger than its parent, so it
/// is a leaf.
MessageId youngest_below(sqlite3* database, MessageId message);

} // namespace spoutnik::storage
