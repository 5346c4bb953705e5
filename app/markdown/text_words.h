// SPDX-License-Identifier: MIT
// ASCII's letters and words, without a locale.
#pragma once

#include <string>
#include <string_view>

namespace spoutnik::app::markdown {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || is_capital(c);
}
/// What names are made of; every byte of a longer UTF-8 character counts as a letter.
constexpr bool is_name(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (is_capital(c)) c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// Calls see(word) for each word between single spaces.
template <class See>
void for_each_word(std::string_view words, See see) {
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        if (end != 0) see(words.substr(0, end));
        if (end == std::string_view::npos) return;
        words.remove_prefix(end + 1);
    }
}

} // namespace spoutnik::app::markdown
