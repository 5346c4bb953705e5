// SPDX-License-Identifier: MIT
// The tables that highlight.cpp reads.
#pragma once

#include <span>
#include <string_view>
#include <unordered_map>

#include "app/markdown/highlight.h"

namespace spoutnik::app::markdown {

/// How the text of a language is told apart.
enum class Shape {
    words,  ///< comments, quotes, words: nearly all
    markup, ///< tags and attributes
    diff    ///< a line is what its first letter says
};

/// A comment or a string that begins and ends with a mark.
struct Quote {
    std::string_view open;
    std::string_view close;
    bool escapes = true; ///< a backslash takes the next character
    bool lines = false;  ///< may go over line breaks
};

/// Peculiarities, to be combined.
enum Trait : unsigned {
    plain_words = 0,
    any_case = 1U << 0U,        ///< keywords in any case
    nested = 1U << 1U,          ///< block comments inside block comments
    lifetimes = 1U << 2U,       ///< 'a is a name, 'a' a character
    hash_directives = 1U << 3U, ///< a line that begins with # is for the preprocessor
    at_marks = 1U << 4U,        ///< @name is an annotation
    dollars = 1U << 5U,         ///< $name is a variable
    keys = 1U << 6U,   ///< the word or string before a colon or equals sign at the line's start is a key
    dashes = 1U << 7U, ///< words contain dashes
    backslash_words = 1U << 8U, ///< \name is a command
    calls = 1U << 9U,           ///< a name before ( is a function
    capitals = 1U << 10U,       ///< a word that begins with a capital is a type
    raw_strings = 1U << 11U,    ///< R"x(...)x" of C++ and r#"..."# of Rust
    sections = 1U << 12U,       ///< a line [in brackets] is a heading
    heredocs = 1U << 13U,       ///< <<WORD up to a line that is WORD
    colon_names = 1U << 14U     ///< :name is a symbol
};

struct Language {
    std::string_view names; ///< of the fence, apart by spaces, the first the usual one
    std::string_view title; ///< as people write it
    std::string_view ending;
    Shape shape = Shape::words;
    unsigned traits = plain_words;
    std::string_view line_comments; ///< marks apart by spaces
    std::span<const Quote> comments;
    std::span<const Quote> strings; ///< longer marks before shorter ones
    std::string_view keywords;
    std::string_view types;
};

/// A language with its words ready to be looked up.
struct KnownLanguage {
    const Language* table = nullptr;
    std::unordered_map<std::string_view, CodeKind> words;
};

std::span<const Language> languages();

/// Null for a language that isn't known.
const KnownLanguage* find_language(std::string_view name);

} // namespace spoutnik::app::markdown
