// SPDX-License-Identifier: MIT
// Drafts from the text itself: what followed the last few tokens when they came before (prompt lookup
// decoding, Saxena 2023; the n-gram case of speculative decoding, Leviathan et al. 2023). Answers that quote,
// correct or continue what they were given repeat long stretches of it.
#pragma once

#include "engine/tokenizer/tokenizer.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace spoutnik::engine {

/// An index of a growing sequence by its pairs, triples and quadruples of tokens. Each token costs a few
/// writes, each search a few reads, however long the sequence is.
class PromptLookup {
  public:
    static constexpr std::int64_t shortest_match = 2;
    static constexpr std::int64_t longest_match = 4;

    struct Draft {
        std::vector<Token> tokens; ///< empty: nothing is found
        std::int64_t matched = 0;  ///< tokens that were the same before it
    };

    void clear();
    void push(Token token);
    /// What followed the latest earlier place that ends in the same tokens as the sequence, the longest match
    /// first, `most` tokens. A place so near that its continuation runs into the end goes on in circles.
    Draft find(std::int64_t most) const;

  private:
    static constexpr std::size_t lengths = longest_match - shortest_match + 1;

    std::size_t slot(std::span<const Token> gram) const;
    void enter(std::size_t position);
    void grow();

    std::vector<Token> tokens_;
    /// For each length: where the latest n-gram with this hash is followed by something; 0: nowhere. Two
    /// n-grams may share a slot: the later one has it, the earlier one is not found any more.
    std::array<std::vector<std::uint32_t>, lengths> places_;
};

} // namespace spoutnik::engine
