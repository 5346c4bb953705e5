// SPDX-License-Identifier: MIT
// Spoutnik's own file of conversations, version 1: everything, so that exporting, importing and exporting
// again gives the same bytes.
//
//   {"format": "spoutnik-conversations", "version": 1, "conversations": [
//    {"uuid", "title", "title_is_manual", "is_pinned", "is_archived", "folder", "tags": [], "draft", "model",
//     "source": {"format", "id"}, "created_ms", "updated_ms", "active_leaf", "messages": [
//      {"parent", "role", "status", "content", "reasoning", "model", "error", "created_ms", "finished_ms",
//       "reasoning_ms", "reasoning_tokens", "prompt_tokens", "generated_tokens", "tokens_per_second",
//       "model_hash", "sampling": {}, "token_ids": []} ...]} ...]}
//
// `parent` and `active_leaf` are places in `messages`, from 0; a parent stands before its child. What is
// empty, zero or false is left out, and read as that. Times are milliseconds since 1970 UTC. Each message
// stands on a line of its own.
#pragma once

#include "storage/archive/json_text.h"
#include "storage/archive/omissions.h"
#include "storage/conversations.h"

#include <optional>
#include <string_view>
#include <vector>

namespace spoutnik::storage::archive {

inline constexpr std::string_view own_format = "spoutnik-conversations";
inline constexpr std::int64_t own_version = 1;

/// One element of `conversations`, as a numbered tree. Never throws for what the JSON holds.
Tree read_own(const Json& conversation, Omissions& omissions);

/// The elements of such a file's `conversations`, unread; nullopt for another file. Throws
/// Error(newer_schema) when a later version wrote it.
std::optional<std::vector<std::string_view>> own_conversations(std::string_view text);

} // namespace spoutnik::storage::archive
