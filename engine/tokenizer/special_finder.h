// SPDX-License-Identifier: MIT
// Finds the tokens that are written out in a text: longest first, as the vocabularies' makers do.
#pragma once

#include "engine/tokenizer/vocabulary.h"

#include <bitset>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

/// A part of a text: a token found whole, or (token < 0) a stretch between such tokens.
struct TextPart {
    std::string_view text;
    Token token = -1;
};

/// Immutable after construction. Keeps no texts, only which lengths and first bytes are worth a look-up.
class SpecialFinder {
  public:
    /// The vocabulary must outlive the finder.
    explicit SpecialFinder(const Vocabulary& vocabulary);

    /// `text` cut into parts, in order, none empty. With as_text only user-defined tokens are found, with
    /// as_token control and unknown tokens too. Where tokens overlap the longest wins, then the leftmost.
    std::vector<TextPart> split(std::string_view text, Tokenizer::Special special) const;

  private:
    /// The tokens looked for in one of the two readings.
    struct Reading {
        std::bitset<256> first_bytes;
        std::vector<std::size_t> lengths; ///< bytes, longest first, each once
        void add(std::string_view text);
        void finish();
    };
    bool is_special(Token token, Tokenizer::Special special) const;

    const Vocabulary* vocabulary_;
    Reading as_text_;
    Reading as_token_;
};

} // namespace spoutnik::engine
