// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

/// A text as searches see it: lower case; Latin, Greek, Cyrillic, Armenian and full-width letters in their
/// plain form (Unicode 14 NFKD without the marks: é to e, ﬁ to fi, Ａ to a); œ to oe, æ to ae, ß to ss, ø to
/// o, ł to l and their like; typographic quotes and dashes to ' " -; marks, soft hyphens and zero-width
/// characters dropped; any run of white space or control characters to one space, none at the ends. Other
/// scripts stay as they are. Always valid UTF-8 (an invalid byte becomes U+FFFD), and folding twice changes
/// nothing.
std::string fold(std::string_view text);

/// A folded text and where each of its bytes comes from.
struct FoldedText {
    std::string text;
    /// For byte i of `text`: the bytes [source_begin[i], source_end[i]) of the original, on character
    /// borders, with the dropped marks that follow the letter.
    std::vector<std::uint32_t> source_begin;
    std::vector<std::uint32_t> source_end;
};

/// `text` up to 4 GiB; beyond that the rest is left out.
FoldedText fold_with_map(std::string_view text);

} // namespace spoutnik::storage
