// SPDX-License-Identifier: MIT
// A data folder of years: thousands of conversations, and one of thousands of messages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace spoutnik::bench {

/// An answer as models write them: paragraphs with marks, a list, code, a table, a formula. The same number
/// gives the same text.
std::string markdown_answer(std::uint32_t number);
/// Nothing but one block of code.
std::string long_code(int lines);

/// The title of the long conversation.
extern const char* const long_title;

/// Makes the folder's database unless it has one: `conversations` of ten messages, and one, the latest, of
/// `messages`.
void make_history(const std::filesystem::path& folder, int conversations, int messages);

} // namespace spoutnik::bench
