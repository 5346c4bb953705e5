// SPDX-License-Identifier: MIT
#include "engine/tokenizer/pre_tokenizer.h"
#include "tests/unit/tokenizer/tiny_vocabulary.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace spoutnik::engine;
using spoutnik::testing::TinyVocabulary;
using Special = Tokenizer::Special;
using Tokens = std::vector<Token>;

namespace {

/// Merging as the paper's pseudo-code has it: look at every pair, join the best, start again.
Tokens merge_naively(const TinyVocabulary& vocabulary, std::string_view piece) {
    std::map<std::string, Token> id_of;
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
        id_of[vocabulary.tokens[i]] = static_cast<Token>(i);
    std::vector<std::string> parts;
    for (const char byte : piece)
        parts.emplace_back(letter_of_byte(static_cast<unsigned char>(byte)));
    for (;;) {
        std::size_t best = vocabulary.merges.size();
        std::size_t where = 0;
        for (std::size_t i = 0; i + 1 < parts.size(); ++i)
            for (std::size_t rank = 0; rank < best; ++rank)
                if (vocabulary.merges[rank] == parts[i] + " " + parts[i + 1]) {
                    best = rank;
                    where = i;
                    break;
                }
        if (best == vocabulary.merges.size()) break;
        parts[where] += parts[where + 1];
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
    Tokens out;
    for (const auto& part : parts) {
        if (id_of.contains(part)) {
            out.push_back(id_of[part]);
            continue;
        }
        for (const char byte : from_byte_letters(part))
            out.push_back(id_of.at(std::string(letter_of_byte(static_cast<unsigned char>(byte)))));
    }
    return out;
}

} // namespace

TEST_CASE("merges go by rank, then from the left") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token bc = vocabulary.add_merge("b", "c");
    const Token ab = vocabulary.add_merge("a", "b");
    const Token abc = vocabulary.add_merge("a", "bc");
    const Token aa = vocabulary.add_merge("a", "a");
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->encode("abc", Special::as_text) == Tokens{abc});
    CHECK(tokenizer->encode("bcab", Special::as_text) == Tokens{bc, ab});
    CHECK(tokenizer->encode("aaa", Special::as_text) == Tokens{aa, 'a'});
    CHECK(tokenizer->encode("", Special::as_text).empty());
    CHECK(tokenizer->encode("abc abc", Special::as_text) == Tokens{abc, ' ', abc}); // no merge over pieces
}

TEST_CASE("the queue gives what looking at every pair gives") {
    std::mt19937 random(11);
    for (int round = 0; round < 30; ++round) {
        TinyVocabulary vocabulary;
        vocabulary.add_bytes();
        std::vector<std::string> texts{"a", "b", "c"};
        for (int i = 0; i < 25; ++i) {
            const std::string left = texts[random() % texts.size()];
            const std::string right = texts[random() % texts.size()];
            vocabulary.merges.push_back(left + " " + right);
            // Some merged texts are no token of their own: merging goes on through them.
            const std::string joined = left + right;
            if (random() % 4 != 0 && std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), joined) ==
                                         vocabulary.tokens.end())
                vocabulary.add(joined);
            texts.push_back(joined);
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

TEST_CASE("where merges are ignored a piece that is a token is taken whole") {
    TinyVocabulary vocabulary;
    vocabulary.pre = "llama-bpe";
    vocabulary.add_bytes();
    const Token word = vocabulary.add("Ġword");
    CHECK(vocabulary.load()->encode("a word", Special::as_text) == Tokens{'a', word});
    vocabulary.pre = "qwen2";
    CHECK(vocabulary.load()->encode("a word", Special::as_text) == Tokens{'a', ' ', 'w', 'o', 'r', 'd'});
}

TEST_CASE("a byte without a token becomes the unknown token, or nothing") {
    TinyVocabulary vocabulary;
    vocabulary.add("a");
    const Token unknown = vocabulary.add("<unk>", 2);
    CHECK(vocabulary.load()->encode("aba", Special::as_text) == Tokens{0, 0});
    vocabulary.ids = {{"unknown", static_cast<std::uint32_t>(unknown)}};
    CHECK(vocabulary.load()->encode("aba", Special::as_text) == Tokens{0, unknown, 0});
}

TEST_CASE("special tokens are read in templates, user-defined ones everywhere") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token control = vocabulary.add("<|go|>", 3);
    const Token shorter = vocabulary.add("<|g", 4);
    const Token tail = vocabulary.add("o|><", 4);
    const Token accent = vocabulary.add("ø", 4); // itself, not the byte that is written so
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->encode("<|go|>", Special::as_token) == Tokens{control});
    // Longest first: as text the control token is out of the race, and of the others the longer wins.
    CHECK(tokenizer->encode("<|go|><", Special::as_text) == Tokens{shorter, tail});
    CHECK(tokenizer->encode("<|go|><", Special::as_token) == Tokens{control, '<'});
    CHECK(tokenizer->encode("a<|go|><|go|>b", Special::as_token) == Tokens{'a', control, control, 'b'});
    CHECK(tokenizer->encode("ø", Special::as_text) == Tokens{accent});
    CHECK(tokenizer->bytes_of(accent, false) == "ø");
    CHECK(tokenizer->bytes_of(control, false).empty());
    CHECK(tokenizer->bytes_of(control, true) == "<|go|>");
    CHECK(tokenizer->decode(Tokens{'a', control, 'b'}, false) == "ab");
}

TEST_CASE("the longest special token wins wherever it stands") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token two = vocabulary.add("xy", 4);
    const Token three = vocabulary.add("yyy", 4);
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->encode("xyyy", Special::as_text) == Tokens{'x', three});
    CHECK(tokenizer->encode("xyyxy", Special::as_text) == Tokens{two, 'y', two});
    CHECK(tokenizer->encode("yyyyyy", Special::as_text) == Tokens{three, three});
}

TEST_CASE("tokens that end a turn") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token eos = vocabulary.add("</s>", 3);
    const Token im_end = vocabulary.add("<|im_end|>", 1); // a converter forgot that it is control
    const Token end = vocabulary.add("<|end|>", 3);
    const Token own = vocabulary.add("<stop>", 3);
    const Token channel = vocabulary.add("<|channel|>", 3);
    vocabulary.ids = {{"eos", static_cast<std::uint32_t>(eos)}, {"eot", static_cast<std::uint32_t>(own)}};
    const auto tokenizer = vocabulary.load();
    for (const Token token : {eos, im_end, end, own})
        CHECK(tokenizer->ends_turn(token));
    CHECK_FALSE(tokenizer->ends_turn('a'));
    CHECK_FALSE(tokenizer->ends_turn(100000));
    CHECK(tokenizer->encode("<|im_end|>", Special::as_token) == Tokens{im_end});
    CHECK(tokenizer->encode("<|im_end|>", Special::as_text).size() == 10);
    CHECK(tokenizer->bytes_of(channel, false) == "<|channel|>");

    // gpt-oss: the end of a message is not the end of the turn, and stays visible.
    const Token returns = vocabulary.add("<|return|>", 3);
    CHECK(vocabulary.load()->ends_turn(end));
    const Token call = vocabulary.add("<|call|>", 3);
    const auto harmony = vocabulary.load();
    CHECK_FALSE(harmony->ends_turn(end));
    CHECK(harmony->ends_turn(returns));
    CHECK(harmony->ends_turn(call));
    CHECK(harmony->bytes_of(end, false) == "<|end|>");
}

TEST_CASE("BOS: what the file says, else what the family does") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token bos = vocabulary.add("<s>", 3);
    CHECK(vocabulary.load()->bos() == -1);
    CHECK(vocabulary.load()->eos() == -1);
    vocabulary.flags = {{"add_bos_token", true}};
    CHECK_FALSE(vocabulary.load()->adds_bos()); // there is none to add
    vocabulary.ids = {{"bos", static_cast<std::uint32_t>(bos)}, {"eos", 0xFFFFFFFFU}};
    CHECK(vocabulary.load()->adds_bos());
    CHECK(vocabulary.load()->bos() == bos);
    CHECK(vocabulary.load()->eos() == -1);
    vocabulary.flags.clear();
    CHECK_FALSE(vocabulary.load()->adds_bos());
    vocabulary.pre = "llama-bpe";
    CHECK(vocabulary.load()->adds_bos());
}

TEST_CASE("odd vocabularies are read with care") {
    TinyVocabulary vocabulary;
    vocabulary.add_bytes();
    const Token empty = vocabulary.add("");
    vocabulary.add("", 3);
    vocabulary.add("", 4);
    vocabulary.add("twice");
    const Token again = vocabulary.add("twice");
    vocabulary.add("odd kind", 99);
    vocabulary.merges = {"a b", "a b", "x yz", "\xFF \xFE",
                         "a  b"}; // twice, unknown, not UTF-8, "a" and " b"
    const auto tokenizer = vocabulary.load();
    CHECK(tokenizer->find("twice") == again);
    CHECK(tokenizer->find("") == -1);
    CHECK(tokenizer->bytes_of(empty, true).empty());
    CHECK(tokenizer->decode(tokenizer->encode("abxyz\xFF", Special::as_token), true) == "abxyz\xFF");
    CHECK_THROWS_WITH(tokenizer->bytes_of(5000, true), Catch::Contains("5000"));
    CHECK_THROWS_AS(tokenizer->text_of(-1), Error);
    CHECK_THROWS_AS(tokenizer->decode(Tokens{1, -7}, true), Error);
}

TEST_CASE("vocabularies that make no sense are refused with the key at fault") {
    const auto refused = [](const TinyVocabulary& vocabulary, const std::string& key) {
        CHECK_THROWS_WITH(vocabulary.load(), Catch::Contains(key));
        CHECK_THROWS_AS(vocabulary.load(), Error);
    };
    TinyVocabulary good;
    good.add_bytes();

    TinyVocabulary bad = good;
    bad.kinds.pop_back();
    refused(bad, "token_type");
    bad = good;
    bad.ids = {{"bos", 256}};
    refused(bad, "bos_token_id");
    bad = good;
    bad.ids = {{"eot", 0x7FFFFFFF}};
    refused(bad, "eot_token_id");
    bad = good;
    bad.merges = {"ab"};
    refused(bad, "merges");
    bad.merges = {"a "};
    refused(bad, "merges");
    bad.merges = {""};
    refused(bad, "merges");
    bad = good;
    bad.pre = "nobody-knows";
    refused(bad, "nobody-knows");
    bad = good;
    bad.model = "bert";
    refused(bad, "bert");
    bad.model = "no_vocab";
    refused(bad, "no vocabulary");
    bad = good;
    bad.add(std::string(5000, '<'), 3);
    refused(bad, "special");
    bad = TinyVocabulary{};
    refused(bad, "tokenizer.ggml.tokens");

    using spoutnik::testing::GgufWriter;
    CHECK_THROWS_WITH(TinyVocabulary::load_from(GgufWriter().set("a", "b")),
                      Catch::Contains("tokenizer.ggml.model"));
    CHECK_THROWS_WITH(TinyVocabulary::load_from(GgufWriter().set("tokenizer.ggml.model", "gpt2")),
                      Catch::Contains("tokenizer.ggml.tokens"));
    // Numbers where texts are expected, and the reverse.
    CHECK_THROWS_AS(TinyVocabulary::load_from(GgufWriter()
                                                  .set("tokenizer.ggml.model", "gpt2")
                                                  .set("tokenizer.ggml.tokens", std::vector<float>{1})),
                    Error);
    auto kinds_as_text = good;
    kinds_as_text.kinds.clear();
    CHECK_THROWS_AS(TinyVocabulary::load_from(kinds_as_text.writer().set("tokenizer.ggml.token_type",
                                                                         std::vector<std::string>{"1"})),
                    Error);
    CHECK_THROWS_WITH(
        TinyVocabulary::load_from(GgufWriter()
                                      .set("tokenizer.ggml.model", "gpt2")
                                      .set("tokenizer.ggml.tokens", std::vector<std::string>{"a"})),
        Catch::Contains("merges"));
}

TEST_CASE("one tokenizer serves several texts at once with the same result") {
    TinyVocabulary vocabulary;
    vocabulary.pre = "deepseek-v3";
    vocabulary.add_bytes();
    vocabulary.add_merge("a", "b");
    const auto tokenizer = vocabulary.load();
    const std::string text = "abab, 123 \xFF déjà\n";
    const Tokens expected = tokenizer->encode(text, Special::as_text);
    for (int i = 0; i < 100; ++i)
        CHECK(tokenizer->encode(text, Special::as_text) == expected);
}
