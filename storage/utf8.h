// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spoutnik::storage {

/// One character of a text and how many of its bytes it takes.
struct Utf8Character {
    char32_t code = 0;
    std::size_t size = 0;
};

/// The character that begins at `at` (< text.size()). An invalid or overlong sequence, a surrogate or a cut
/// end gives U+FFFD for one byte.
Utf8Character decode_utf8(std::string_view text, std::size_t at) noexcept;

void append_utf8(std::string& text, char32_t code);

/// `at`, or less, so that no character is cut in two.
std::size_t utf8_floor(std::string_view text, std::size_t at) noexcept;

} // namespace spoutnik::storage
