// SPDX-License-Identifier: MIT
#include "storage/archive/first_words.h"

#include "storage/utf8.h"

namespace spoutnik::storage::archive {

namespace {

constexpr std::size_t most_characters = 56; // as the window's own

bool is_blank(char byte) {
    return static_cast<unsigned char>(byte) <= 0x20;
}

/// The first line that holds anything, every run of white space as one space.
std::string first_line(std::string_view text) {
    std::string line;
    bool is_space_due = false;
    for (const char byte : text) {
        if ((byte == '\n' || byte == '\r') && !line.empty()) break;
        if (is_blank(byte)) {
            is_space_due = !line.empty();
            continue;
        }
        if (is_space_due) line += ' ';
        is_space_due = false;
        line += byte;
    }
    return line;
}

std::string cut_at_word(std::string line) {
    std::size_t end = 0;
    std::size_t characters = 0;
    for (; end < line.size() && characters < most_characters; ++characters)
        end += decode_utf8(line, end).size;
    if (end >= line.size()) return line;
    line.resize(end);
    const std::size_t space = line.rfind(' ');
    if (space != std::string::npos && space > end / 2) line.resize(space);
    return line + "…";
}

} // namespace

std::string first_words(const Tree& tree) {
    for (const auto& [message, replay] : tree.messages) {
        if (message.role != Role::user) continue;
        std::string line = first_line(message.content);
        if (!line.empty()) return cut_at_word(std::move(line));
    }
    return {};
}

} // namespace spoutnik::storage::archive
