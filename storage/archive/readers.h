// SPDX-License-Identifier: MIT
// One reader a format. `is_...` recognises a conversation by its content; `read_...` takes whatever of it can
// be taken and counts the rest. Neither throws for what the JSON holds.
#pragma once

#include "storage/archive/json_text.h"
#include "storage/archive/omissions.h"
#include "storage/conversations.h"

namespace spoutnik::storage::archive {

/// An entry of ChatGPT's conversations.json: `mapping` of nodes with author, content_type and parts.
bool is_chatgpt(const Json& conversation);
Tree read_chatgpt(const Json& conversation, Omissions& omissions);

/// An entry of DeepSeek's conversations.json: `mapping` of nodes whose messages are lists of fragments.
bool is_deepseek(const Json& conversation);
Tree read_deepseek(const Json& conversation, Omissions& omissions);

/// An entry of Open WebUI's chat export: `chat` with `history.messages`, or the older list `messages`.
bool is_open_webui(const Json& conversation);
Tree read_open_webui(const Json& conversation, Omissions& omissions);

/// LM Studio's *.conversation.json: `messages` with `versions`.
bool is_lm_studio(const Json& conversation);
Tree read_lm_studio(const Json& conversation, Omissions& omissions);

} // namespace spoutnik::storage::archive
