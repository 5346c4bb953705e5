// SPDX-License-Identifier: MIT
#include "engine/error.h"
#include "engine/tokenizer/pre_tokenizer.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

using namespace spoutnik::engine;

namespace {

const std::vector<std::string> all_names{
    "deepseek-v3", "deepseek-llm", "deepseek-coder", "llama-bpe", "llama3",           "llama-v3",
    "smaug-bpe",   "glm4",         "chatglm-bpe",    "qwen2",     "deepseek-r1-qwen", "gpt-4o",
    "kimi-k2",     "gpt-2",        "olmo",           "gigachat",  "default",          ""};

/// The pieces with a bar between them.
std::string cut(const std::string& name, std::string_view text) {
    std::string out;
    for (const auto piece : PreTokenizer(name).split(text))
        out += (out.empty() ? "" : "|") + std::string(piece);
    return out;
}

} // namespace

TEST_CASE("each family cuts words, numbers, marks and spaces in its own way") {
    const std::string text = "It's 12345, OK?!\n\n  déjà vu  ";
    CHECK(cut("llama-bpe", text) == "It|'s| |123|45|,| OK|?!\n\n| | déjà| vu|  ");
    CHECK(cut("qwen2", text) == "It|'s| |1|2|3|4|5|,| OK|?!\n\n| | déjà| vu|  ");
    CHECK(cut("gpt-4o", text) == "It's| |123|45|,| OK|?!\n\n| | déjà| vu|  ");
    CHECK(cut("gpt-2", text) == "It|'s| 12345|,| OK|?!|\n\n | déjà| vu|  ");
    CHECK(cut("deepseek-v3", text) == "It|'s| |123|45|,| OK|?!\n\n| | déjà| vu|  ");
    // Its third expression takes ASCII letters too, so a word that has others falls apart.
    CHECK(cut("deepseek-llm", text) == "It|'|s| |12345|,| OK|?!|\n|\n| | d|é|j|à| vu|  ");
    CHECK(cut("deepseek-coder", text) == "It|'|s| |1|2|3|4|5|,| OK|?!|\n|\n| | déjà| vu|  ");
    CHECK(cut("default", text) == "It|'|s| |123|45|,| OK|?!|\n\n | déjà| vu|  ");
}

TEST_CASE("cases that set the families apart") {
    CHECK(cut("llama-bpe", "IT'LL") == "IT|'LL");
    CHECK(cut("gpt-2", "IT'LL") == "IT|'|LL"); // lower case only
    CHECK(cut("gpt-4o", "camelCaseHTTPServer") == "camel|Case|HTTPServer");
    CHECK(cut("gpt-4o", "a//b ///\n/c") == "a|//|b| ///\n/|c");
    CHECK(cut("kimi-k2", "a//b ///\n/c") == "a|//|b| ///\n|/c");
    CHECK(cut("kimi-k2", "abc中文def 漢字") == "abc|中文|def| |漢字");
    CHECK(cut("kimi-k2", "ひらがなカタカナ漢字") == "ひらがなカタカナ|漢字");
    CHECK(cut("gpt-4o", "abc中文def") == "abc中文def");
    CHECK(cut("deepseek-v3", "(abc中文ひらdef") == "(abc|中文ひら|def");
    CHECK(cut("deepseek-v3", "x_y") == "x|_y");
    CHECK(cut("deepseek-coder", "中文 42\r\n") == "中文| |4|2|\r|\n");
    CHECK(cut("llama-bpe", "x\u00A0y\u3000\u3000z") == "x|\u00A0y|\u3000|\u3000z"); // wide spaces are spaces
    CHECK(cut("llama-bpe", "a\u180Eb") == "a|\u180Eb");                             // this is none
    CHECK(cut("olmo", "a 1") == cut("gpt-2", "a 1"));
    CHECK(cut("deepseek-r1-qwen", "12") == "1|2");
    CHECK(cut("qwen2", "") == "");
}

TEST_CASE("the properties that go with a family") {
    CHECK(PreTokenizer("llama-bpe").ignores_merges());
    CHECK(PreTokenizer("llama-bpe").adds_bos());
    CHECK_FALSE(PreTokenizer("qwen2").ignores_merges());
    CHECK_FALSE(PreTokenizer("deepseek-v3").adds_bos());
}

TEST_CASE("an unknown family is named in the error") {
    CHECK_THROWS_WITH(PreTokenizer("tekken-9"),
                      Catch::Contains("tekken-9") && Catch::Contains("tokenizer.ggml.pre"));
    CHECK_THROWS_AS(PreTokenizer("Qwen2"), Error);
}

TEST_CASE("pieces cover every byte of any text, valid or not") {
    std::mt19937 random(7);
    const std::vector<std::string> scraps{
        "a",      "Z",  "'s", "7", " ",      "  ", "\n",   "\r\n",     "é",    "中",
        "\u3000", "ひ", "<",  "_", "\u0301", "😀",  "\xFF", "\xE2\x82", "\xC3", std::string(1, '\0')};
    for (const auto& name : all_names) {
        const PreTokenizer pre(name);
        for (int round = 0; round < 200; ++round) {
            std::string text;
            for (auto i = random() % 40; i > 0; --i)
                text += scraps[random() % scraps.size()];
            std::string joined;
            bool any_empty = false;
            for (const auto piece : pre.split(text)) {
                joined += piece;
                any_empty = any_empty || piece.empty();
            }
            INFO(name);
            CHECK(joined == text);
            CHECK_FALSE(any_empty);
        }
    }
}

TEST_CASE("long runs of one kind are cut without trying all ways") {
    const std::size_t bytes = std::size_t{1} << 18;
    std::vector<std::string> texts;
    for (const char letter : {' ', '\n', 'a', 'A', '7', '!', '\''})
        texts.push_back(std::string(bytes, letter) + "x");
    texts.emplace_back();
    while (texts.back().size() < bytes)
        texts.back() += "中";
    for (const std::string name : {"deepseek-v3", "deepseek-llm", "deepseek-coder", "llama-bpe", "gpt-4o",
                                   "kimi-k2", "gpt-2", "default"}) {
        const PreTokenizer pre(name);
        for (const auto& text : texts) {
            std::size_t total = 0;
            for (const auto piece : pre.split(text))
                total += piece.size();
            CHECK(total == text.size());
        }
    }
}
