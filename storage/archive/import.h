// SPDX-License-Identifier: MIT
// Conversations of other programs, and Spoutnik's own files, into the database.
#pragma once

#include "storage/archive/omissions.h"
#include "storage/conversations.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace spoutnik::storage::archive {

/// Reads a file's text, whatever its bytes. Its format is recognised by content: ChatGPT's, DeepSeek's and
/// Open WebUI's arrays (each conversation by itself), a conversation of LM Studio, Spoutnik's own JSON. Gives
/// each conversation that could be read, as a numbered tree; what could not is counted. Throws Error(invalid)
/// where the text holds no conversation of any format, Error(newer_schema) for a later version of our own.
void read_conversations(std::string_view text, const std::function<void(Tree)>& take, Omissions& omissions);

struct ImportReport {
    std::int64_t conversations = 0; ///< new ones
    std::int64_t messages = 0;
    std::int64_t branches = 0;     ///< ends of branches in them
    std::int64_t already_here = 0; ///< from the same source, or of the same uuid: left as they are
    std::map<std::string, std::int64_t> formats; ///< conversations of each: "chatgpt", "spoutnik" ...
    Omissions omissions;
};

/// Adds a file's conversations to the database, a few at a time. What was added before a failure stays: an
/// import can be repeated, since each conversation comes in once.
ImportReport import_text(Conversations& conversations, std::string_view text);

} // namespace spoutnik::storage::archive
