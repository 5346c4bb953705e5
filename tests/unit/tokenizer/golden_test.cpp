// SPDX-License-Identifier: MIT
// Whole published vocabularies against token ids of llama.cpp.
#include "engine/tokenizer/tokenizer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

using namespace spoutnik::engine;
namespace fs = std::filesystem;

namespace {

fs::path vocabularies() {
    return fs::path(SPOUTNIK_SHARED_DIR) / "data" / "vocab";
}

bool has_vocabularies() {
    if (fs::is_directory(vocabularies())) return true;
    std::cout << "skipped: the published vocabularies are not on this machine\n";
    return false;
}

} // namespace

TEST_CASE("every published vocabulary gives llama.cpp's token ids") {
    if (!has_vocabularies()) return;
    for (const std::string name : {"deepseek-llm", "deepseek-v3", "qwen2", "llama-spm"}) {
        const auto file = gguf::File::open(vocabularies() / ("vocab-" + name + ".gguf"));
        const auto tokenizer = Tokenizer::load(*file);
        std::ifstream in(vocabularies() / ("vocab-" + name + ".tokens.json"));
        const auto cases = nlohmann::json::parse(in);
        REQUIRE(cases.size() >= 48);
        for (const auto& one : cases) {
            const auto text = one.at("text").get<std::string>();
            INFO(name << ": " << text);
            const auto plain = tokenizer->encode(text, Tokenizer::Special::as_text);
            const auto special = tokenizer->encode(text, Tokenizer::Special::as_token);
            CHECK(plain == one.at("plain").get<std::vector<Token>>());
            CHECK(special == one.at("special").get<std::vector<Token>>());
            CHECK(tokenizer->decode(plain, true) == text);
            CHECK(tokenizer->decode(special, true) == text);
        }
    }
}

TEST_CASE("any bytes come back from a published vocabulary as they went in") {
    if (!has_vocabularies()) return;
    std::string every_byte;
    for (int i = 0; i < 256; ++i)
        every_byte += static_cast<char>(i);
    const std::vector<std::string> texts{every_byte, "caf\xC3", "\xE2\x82", "a\xFFz \xF0\x9F\x98 b",
                                         "\xED\xA0\x80 \xC0\x80 \xF4\x90\x80\x80"};
    // The first DeepSeek vocabulary has no token for bytes that UTF-8 never uses.
    for (const std::string name : {"deepseek-v3", "qwen2", "llama-spm"}) {
        const auto file = gguf::File::open(vocabularies() / ("vocab-" + name + ".gguf"));
        const auto tokenizer = Tokenizer::load(*file);
        for (const auto& text : texts) {
            INFO(name);
            CHECK(tokenizer->decode(tokenizer->encode(text, Tokenizer::Special::as_text), false) == text);
        }
    }
}

TEST_CASE("lines of a megabyte and less without a space are tokenized and come back") {
    if (!has_vocabularies()) return;
    const std::size_t bytes = std::size_t{1} << 18;
    std::string mixed;
    for (std::size_t i = 0; mixed.size() < bytes; ++i)
        mixed += static_cast<char>('a' + (i * i + i / 7) % 26);
    const std::vector<std::string> texts{std::string(4 * bytes, 'x'), std::string(bytes, ' ') + "x", mixed,
                                         std::string(bytes, '\xFF')};
    for (const std::string name : {"deepseek-v3", "llama-spm"}) {
        const auto file = gguf::File::open(vocabularies() / ("vocab-" + name + ".gguf"));
        const auto tokenizer = Tokenizer::load(*file);
        for (const auto& text : texts) {
            const auto tokens = tokenizer->encode(text, Tokenizer::Special::as_text);
            INFO(name << " " << text.substr(0, 8) << " " << tokens.size());
            CHECK((tokenizer->decode(tokens, false) == text));
        }
    }
}

TEST_CASE("published vocabularies know their roles") {
    if (!has_vocabularies()) return;
    const auto v3_file = gguf::File::open(vocabularies() / "vocab-deepseek-v3.gguf");
    const auto v3 = Tokenizer::load(*v3_file);
    CHECK(v3->size() == 128815);
    CHECK(v3->bos() == 0);
    CHECK(v3->eos() == 1);
    CHECK(v3->adds_bos());
    CHECK(v3->ends_turn(1));
    CHECK_FALSE(v3->ends_turn(0));
    CHECK_FALSE(v3->ends_turn(-1));
    CHECK(v3->text_of(128803) == "<｜User｜>");
    CHECK(v3->find("<｜User｜>") == 128803);
    CHECK(v3->find("no such token") == -1);
    // A marker of structure, though the file calls it user-defined.
    CHECK(v3->encode("<｜fim▁hole｜>", Tokenizer::Special::as_text).size() > 1);
    CHECK(v3->encode("<｜fim▁hole｜>", Tokenizer::Special::as_token) == std::vector<Token>{128800});

    const auto qwen_file = gguf::File::open(vocabularies() / "vocab-qwen2.gguf");
    const auto qwen = Tokenizer::load(*qwen_file);
    CHECK(qwen->bos() == -1);
    CHECK_FALSE(qwen->adds_bos());
    CHECK(qwen->ends_turn(qwen->find("<|im_end|>")));
    CHECK(qwen->ends_turn(qwen->find("<|endoftext|>")));
    CHECK(qwen->bytes_of(151645, false).empty());
    CHECK(qwen->bytes_of(151645, true) == "<|im_end|>");
    CHECK(qwen->bytes_of(151657, false) == "<tool_call>");
}
