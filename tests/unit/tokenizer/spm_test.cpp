// SPDX-License-Identifier: MIT
#include "tests/unit/tokenizer/tiny_vocabulary.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <random>

using namespace spoutnik::engine;
using spoutnik::testing::TinyVocabulary;
using Special = Tokenizer::Special;
using Tokens = std::vector<Token>;

namespace {

TinyVocabulary sentence_piece() {
    TinyVocabulary vocabulary;
    vocabulary.model = "llama";
    vocabulary.add_bytes(); // ids 0..255
    return vocabulary;
}

Tokens merge_naively(const TinyVocabulary& vocabulary, const std::string& ascii) {
    std::map<std::string, std::pair<Token, float>> known;
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
        known[vocabulary.tokens[i]] = {static_cast<Token>(i), vocabulary.scores[i]};
    std::vector<std::string> parts;
    for (const char letter : ascii)
        parts.emplace_back(1, letter);
    for (;;) {
        bool any = false;
        float best = 0;
        std::size_t where = 0;
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
            const auto found = known.find(parts[i] + parts[i + 1]);
            if (found == known.end() || (any && found->second.second <= best)) continue;
            any = true;
            best = found->second.second;
            where = i;
        }
        if (!any) break;
        parts[where] += parts[where + 1];
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
    Tokens out;
    for (const auto& part : parts) {
        if (known.contains(part))
            out.push_back(known[part].first);
        else
            for (const char byte : part)
                out.push_back(static_cast<unsigned char>(byte));
    }
    return out;
}

} // namespace

TEST_CASE("the best score merges first, and a space goes before the text") {
    auto vocabulary = sentence_piece();
    const Token space = vocabulary.add("▁", 1, -10);
    const Token h = vocabulary.add("h", 1, -11);
    const Token i = vocabulary.add("i", 1, -12);
    const Token hi = vocabulary.add("hi", 1, -2);
    const Token space_h = vocabulary.add("▁h", 1, -1);
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->encode("hi", Special::as_text) == Tokens{space_h, i});
    CHECK(tokenizer->encode("hhi", Special::as_text) == Tokens{space_h, hi});
    CHECK(tokenizer->encode(" i", Special::as_text) == Tokens{space, space, i});
    CHECK(tokenizer->encode("", Special::as_text).empty());
    CHECK(tokenizer->decode(Tokens{space_h, i}, false) == "hi");
    CHECK(tokenizer->decode(Tokens{space, space, i}, false) == " i");

    vocabulary.flags = {{"add_space_prefix", false}};
    const auto bare = vocabulary.load();
    CHECK(bare->encode("hi", Special::as_text) == Tokens{hi});
    CHECK(bare->decode(Tokens{space_h, i}, false) == " hi");
    CHECK(bare->encode("h", Special::as_text) == Tokens{h});
}

TEST_CASE("what has no token is written byte by byte") {
    const auto tokenizer = sentence_piece().load();
    CHECK(tokenizer->encode("é", Special::as_text) == Tokens{0xE2, 0x96, 0x81, 0xC3, 0xA9});
    CHECK(tokenizer->bytes_of(0xC3, false) == "\xC3");
    CHECK(tokenizer->bytes_of(0, false) == std::string(1, '\0'));

    auto poor = TinyVocabulary{};
    poor.model = "llama";
    poor.add("a");
    const Token unknown = poor.add("<unk>", 2);
    poor.flags = {{"add_space_prefix", false}};
    CHECK(poor.load()->encode("aba", Special::as_text) == Tokens{0, 0});
    poor.ids = {{"unknown", static_cast<std::uint32_t>(unknown)}};
    CHECK(poor.load()->encode("aba", Special::as_text) == Tokens{0, unknown, 0});
}

TEST_CASE("a space follows each special token, and decode takes it away again") {
    auto vocabulary = sentence_piece();
    vocabulary.add("▁", 1, -5);
    const Token bos = vocabulary.add("<s>", 3);
    const Token a = vocabulary.add("▁a", 1, -1);
    const Token named = vocabulary.add("name", 4);
    vocabulary.ids = {{"bos", static_cast<std::uint32_t>(bos)}};
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->adds_bos()); // unless the file says no
    const Tokens tokens = tokenizer->encode("a<s>a<s> a", Special::as_token);
    CHECK(tokens[0] == a);
    CHECK(tokens[1] == bos);
    CHECK(tokens[2] == a);
    CHECK(tokenizer->decode(tokens, true) == "a<s>a<s> a");
    CHECK(tokenizer->encode("aname", Special::as_text) == Tokens{a, named});
}

TEST_CASE("the queue gives what looking at every pair gives, by score") {
    std::mt19937 random(5);
    for (int round = 0; round < 30; ++round) {
        auto vocabulary = sentence_piece();
        vocabulary.flags = {{"add_space_prefix", false}};
        for (int i = 0; i < 30; ++i) {
            std::string text;
            for (auto n = 1 + random() % 4; n > 0; --n)
                text += static_cast<char>('a' + random() % 3);
            if (std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), text) ==
                vocabulary.tokens.end())
                vocabulary.add(text, 1, static_cast<float>(random() % 8)); // many ties
        }
        const auto tokenizer = vocabulary.load();
        for (int i = 0; i < 50; ++i) {
            std::string text;
            for (auto n = 1 + random() % 30; n > 0; --n)
                text += static_cast<char>('a' + random() % 3);
            CHECK(tokenizer->encode(text, Special::as_text) == merge_naively(vocabulary, text));
        }
    }
}

TEST_CASE("SentencePiece vocabularies that make no sense are refused") {
    const auto refused = [](const TinyVocabulary& vocabulary, const std::string& key) {
        CHECK_THROWS_WITH(vocabulary.load(), Catch::Contains(key));
    };
    for (const std::string text :
         {"<0x-1>", "<0x1>", "<0x001>", "<0xG0>", "0x41", "<0X41>", "<0x41", "", "<0x 1>"}) {
        auto bad = sentence_piece();
        bad.add(text, 6);
        refused(bad, "token 256");
    }
    auto bad = sentence_piece();
    bad.scores.pop_back();
    refused(bad, "scores");
    bad = sentence_piece();
    bad.scores[7] = std::nanf("");
    refused(bad, "token 7");
    bad = sentence_piece();
    bad.scores.clear();
    refused(bad, "scores");

    auto odd = sentence_piece();
    odd.scores[1] = std::numeric_limits<float>::infinity();
    odd.scores[2] = -std::numeric_limits<float>::infinity();
    CHECK_NOTHROW(odd.load());
    odd.kinds.clear(); // without kinds the texts say which tokens are bytes
    CHECK(odd.load()->bytes_of('A', false) == "A");
}
