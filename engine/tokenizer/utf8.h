// SPDX-License-Identifier: MIT
// Walking over bytes that should be UTF-8 and may not be. Source: the Unicode Standard, table 3-7
// ("Well-Formed UTF-8 Byte Sequences") and its advice on maximal subparts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spoutnik::engine {

/// What stands at one place of a byte string.
struct Utf8Step {
    enum class Kind : std::uint8_t {
        character, ///< a well-formed character of `bytes` bytes
        cut_off,   ///< the first `bytes` bytes of a character, and there the text ends
        invalid,   ///< `bytes` bytes that no continuation makes a character
    };
    Kind kind;
    std::size_t bytes; ///< at least 1
};

/// Looks at text[at]; `at` must be less than text.size().
Utf8Step utf8_step(std::string_view text, std::size_t at);

/// Appends a code point (0..10FFFF) in UTF-8.
void append_utf8(std::string& out, char32_t code_point);

} // namespace spoutnik::engine
