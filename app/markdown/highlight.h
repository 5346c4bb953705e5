// SPDX-License-Identifier: MIT
// Source code as coloured pieces. One scanner reads every language from a table of its comments, quotes and
// words (languages.cpp); markup and diffs, which have another shape, have scanners of their own. Nothing is
// parsed: what can't be told without a grammar stays plain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app {

/// What a piece of code is, in the order the theme lists its colours.
enum class CodeKind : std::uint8_t {
    comment,
    string,
    number,
    keyword,
    type,     ///< types, tags of markup
    function, ///< a name that is called
    name,     ///< keys, attributes, variables that carry a sign
    meta,     ///< directives of the preprocessor, annotations, heads of a diff
    added,    ///< lines of a diff
    removed
};

/// Bytes [begin, end) of the code, never empty.
struct CodePiece {
    std::size_t begin = 0;
    std::size_t end = 0;
    CodeKind kind = CodeKind::comment;

    bool operator==(const CodePiece&) const = default;
};

/// The pieces that have a colour, in order and apart from each other, on borders of UTF-8 characters.
/// `language` is the word of the fence in any case; none for a language that isn't known.
std::vector<CodePiece> highlight(std::string_view code, std::string_view language);

/// The ending of a file in this language, without its dot: "py"; "txt" where it isn't known.
std::string file_ending(std::string_view language);

/// How a person writes the language's name: "C++"; what the fence says where it isn't known.
std::string language_name(std::string_view language);

/// The first name of every language that is known, for tests.
std::vector<std::string> known_languages();

} // namespace spoutnik::app
