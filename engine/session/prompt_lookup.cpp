// SPDX-License-Identifier: MIT
#include "engine/session/prompt_lookup.h"

#include <algorithm>

namespace spoutnik::engine {

void PromptLookup::clear() {
    tokens_.clear();
    for (auto& places : places_)
        std::ranges::fill(places, 0U);
}

std::size_t PromptLookup::slot(std::span<const Token> gram) const {
    std::uint64_t hash = gram.size();
    for (const Token token : gram)
        hash = (hash ^ static_cast<std::uint32_t>(token)) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(hash >> 32U) & (places_[0].size() - 1); // a power of two
}

void PromptLookup::push(Token token) {
    tokens_.push_back(token);
    if (tokens_.size() * 2 > places_[0].size())
        grow();
    else
        enter(tokens_.size() - 1);
}

/// The n-grams that end before `position` are followed by it.
void PromptLookup::enter(std::size_t position) {
    for (std::size_t i = 0; i < lengths; ++i) {
        const std::size_t length = i + shortest_match;
        if (position < length) return;
        places_[i][slot(std::span(tokens_).subspan(position - length, length))] =
            static_cast<std::uint32_t>(position);
    }
}

void PromptLookup::grow() {
    const std::size_t size = std::max<std::size_t>(1024, 2 * places_[0].size());
    for (auto& places : places_)
        places.assign(size, 0U);
    for (std::size_t position = 1; position < tokens_.size(); ++position)
        enter(position);
}

PromptLookup::Draft PromptLookup::find(std::int64_t most) const {
    Draft draft;
    for (std::size_t length = longest_match; length >= shortest_match; --length) {
        if (tokens_.size() <= length) continue;
        const auto end = std::span(tokens_).last(length);
        const std::size_t place = places_[length - shortest_match][slot(end)];
        if (place < length || !std::ranges::equal(end, std::span(tokens_).subspan(place - length, length)))
            continue;
        const std::size_t known = tokens_.size() - place;
        for (std::size_t i = 0; i < static_cast<std::size_t>(std::max<std::int64_t>(0, most)); ++i)
            draft.tokens.push_back(tokens_[place + i % known]);
        draft.matched = static_cast<std::int64_t>(length);
        break;
    }
    return draft;
}

} // namespace spoutnik::engine
