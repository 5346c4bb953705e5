// SPDX-License-Identifier: MIT
#include "engine/session/prompt_lookup.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string_view>

using spoutnik::engine::PromptLookup;
using spoutnik::engine::Token;

namespace {

void push(PromptLookup& lookup, std::string_view text) {
    for (const char letter : text)
        lookup.push(static_cast<Token>(letter));
}

std::string found(const PromptLookup& lookup, std::int64_t most) {
    std::string text;
    for (const Token token : lookup.find(most).tokens)
        text += static_cast<char>(token);
    return text;
}

} // namespace

TEST_CASE("what followed the same tokens before is found") {
    PromptLookup lookup;
    CHECK(lookup.find(8).tokens.empty());
    push(lookup, "the cat sat; the c");
    CHECK(found(lookup, 4) == "at s");
    CHECK(found(lookup, 0).empty());
    CHECK(lookup.find(4).matched == 4);
    push(lookup, "u");
    CHECK(lookup.find(4).tokens.empty());
    push(lookup, " ca");
    CHECK(found(lookup, 3) == "t s");
    CHECK(lookup.find(3).matched == 3);
}

TEST_CASE("the longest match comes first, then the latest place") {
    PromptLookup lookup;
    push(lookup, "abcd1 xbcd2 ycd3 ");
    SECTION("four tokens") {
        push(lookup, "abcd");
        CHECK(found(lookup, 1) == "1");
    }
    SECTION("three, of which there are two places") {
        push(lookup, "zbcd");
        CHECK(found(lookup, 1) == "2");
    }
    SECTION("two") {
        push(lookup, "zcd");
        CHECK(found(lookup, 1) == "3");
        CHECK(lookup.find(1).matched == 2);
    }
    SECTION("one is not enough") {
        push(lookup, "zd");
        CHECK(lookup.find(1).tokens.empty());
    }
}

TEST_CASE("a circle goes on") {
    PromptLookup lookup;
    push(lookup, "xababab");
    CHECK(found(lookup, 5) == "ababa");
    push(lookup, "====");
    CHECK(found(lookup, 6) == "======");
}

TEST_CASE("a long text is found as a short one, and nothing of it after it was cleared") {
    PromptLookup lookup;
    std::vector<Token> text;
    std::uint64_t state = 5;
    for (int i = 0; i < 20000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        text.push_back(static_cast<Token>(state >> 47U));
    }
    for (const Token token : text)
        lookup.push(token);
    int right = 0;
    for (std::size_t at = 0; at < 100; ++at) {
        const std::size_t place = 190 * at + 10;
        for (std::size_t i = 0; i < 4; ++i)
            lookup.push(text[place + i]);
        const auto draft = lookup.find(6);
        if (std::ranges::equal(draft.tokens, std::span(text).subspan(place + 4, 6))) ++right;
    }
    CHECK(right > 60); // n-grams that share a slot push each other out
    lookup.clear();
    for (std::size_t i = 0; i < 4; ++i)
        lookup.push(text[i]);
    CHECK(lookup.find(6).tokens.empty());
}
