// SPDX-License-Identifier: MIT
// Reasoning as Open WebUI keeps it, in front of the answer:
//   <details type="reasoning" done="true" duration="5">
//   <summary>Thought for 5 seconds</summary>
//   &gt; escaped line, or "> line"
//   </details>
#pragma once

#include "storage/archive/omissions.h"
#include "storage/conversations.h"

#include <string>

namespace spoutnik::storage::archive {

/// Moves such blocks from the beginning of the content into the reasoning. Blocks of other types (calls of
/// tools, code that was run) go and are counted.
void take_reasoning(Message& message, Omissions& omissions);

/// The content with the reasoning in front.
std::string with_reasoning(const Message& message);

/// Appends with & < > " ' as entities.
void append_html_escaped(std::string& html, std::string_view text);

} // namespace spoutnik::storage::archive
