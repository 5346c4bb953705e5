// SPDX-License-Identifier: MIT
#include "engine/tokenizer/utf8.h"
#include "tests/unit/tokenizer/tiny_vocabulary.h"

#include <catch2/catch.hpp>

#include <random>

using namespace spoutnik::engine;
using spoutnik::testing::TinyVocabulary;

namespace {

const std::string unreadable = "\xEF\xBF\xBD";

std::unique_ptr<const Tokenizer> byte_tokenizer() {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    vocabulary.add("<|end|>", 3);
    return vocabulary.load();
}

bool is_whole(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text, at);
        if (step.kind != Utf8Step::Kind::character) return false;
        at += step.bytes;
    }
    return true;
}

} // namespace

TEST_CASE("a character is shown when its last byte has come") {
    const auto tokenizer = byte_tokenizer();
    StreamingDecoder decoder(*tokenizer);
    const std::string text = "é😀";
    std::vector<std::string> shown;
    for (const char byte : text)
        shown.push_back(decoder.push(static_cast<unsigned char>(byte)));
    CHECK(shown == std::vector<std::string>{"", "é", "", "", "", "😀"});
    CHECK(decoder.finish().empty());
}

TEST_CASE("bytes that cannot become a character are shown as one") {
    const auto tokenizer = byte_tokenizer();
    StreamingDecoder decoder(*tokenizer);
    CHECK(decoder.push(0xFF) == unreadable);
    CHECK(decoder.push(0xE2).empty());
    CHECK(decoder.push(0x82).empty());
    CHECK(decoder.push('a') == unreadable + "a"); // three bytes were needed, two came
    CHECK(decoder.push(0xF0).empty());
    CHECK(decoder.finish() == unreadable);
    CHECK(decoder.finish().empty());
    CHECK(decoder.push('b') == "b"); // ready for another text
}

TEST_CASE("control tokens are shown on demand only") {
    const auto tokenizer = byte_tokenizer();
    CHECK(StreamingDecoder(*tokenizer).push(256).empty());
    CHECK(StreamingDecoder(*tokenizer, true).push(256) == "<|end|>");
}

TEST_CASE("SentencePiece's first space is not shown, later ones are") {
    TinyVocabulary vocabulary;
    vocabulary.model = "llama";
    const Token control = vocabulary.add("<s>", 3);
    const Token word = vocabulary.add("▁a");
    const auto tokenizer = vocabulary.load();
    StreamingDecoder decoder(*tokenizer);
    CHECK(decoder.push(control).empty());
    CHECK(decoder.push(word) == "a");
    CHECK(decoder.push(word) == " a");
    CHECK(decoder.push(control).empty());
    CHECK(decoder.push(word) == " a");
}

TEST_CASE("any stream of bytes is whole characters at every moment") {
    const auto tokenizer = byte_tokenizer();
    std::mt19937 random(3);
    const std::string interesting = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xFF\xED\xA0\xF4\x90";
    for (int round = 0; round < 500; ++round) {
        StreamingDecoder decoder(*tokenizer);
        std::vector<Token> tokens;
        std::string shown;
        bool whole = true;
        for (int i = 0; i < 20; ++i) {
            tokens.push_back(static_cast<unsigned char>(interesting[random() % interesting.size()]));
            const std::string more = decoder.push(tokens.back());
            whole = whole && is_whole(more);
            shown += more;
        }
        shown += decoder.finish();
        CHECK(whole);
        // The same as reading all at once with each ill-formed stretch replaced.
        const std::string all = tokenizer->decode(tokens, false);
        std::string expected;
        for (std::size_t at = 0; at < all.size();) {
            const Utf8Step step = utf8_step(all, at);
            if (step.kind == Utf8Step::Kind::character)
                expected += all.substr(at, step.bytes);
            else
                expected += unreadable;
            at += step.bytes;
        }
        CHECK(shown == expected);
    }
}
