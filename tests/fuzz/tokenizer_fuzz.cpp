// SPDX-License-Identifier: MIT
// Hostile vocabularies and hostile texts. The input is a sequence of fields that end in 0xF5, a byte that
// never occurs in UTF-8: three options, the text, then token texts and merges in turn. From them a model file
// is made.
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/gguf_writer.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace spoutnik;

namespace {

std::string next_field(std::string_view& input) {
    const std::size_t end = input.find('\xF5');
    std::string field(input.substr(0, end));
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return field;
}

unsigned option(const std::string& field, std::size_t at) {
    return at < field.size() ? static_cast<unsigned char>(field[at]) : 0;
}

std::vector<std::byte> model_file(const std::string& options, std::string_view rest) {
    static const std::vector<std::string> names{
        "deepseek-v3", "deepseek-llm", "deepseek-coder", "llama-bpe", "qwen2",
        "gpt-4o",      "kimi-k2",      "gpt-2",          "default",   "?"};
    std::vector<std::string> tokens;
    std::vector<std::string> merges;
    std::vector<std::int32_t> kinds;
    std::vector<float> scores;
    while (!rest.empty() && tokens.size() < 200) {
        tokens.push_back(next_field(rest));
        kinds.push_back(static_cast<std::int32_t>(option(options, 3 + tokens.size()) % 8));
        scores.push_back(static_cast<float>(tokens.size() % 5));
        if (!rest.empty()) merges.push_back(next_field(rest));
    }
    testing::GgufWriter file;
    file.set("tokenizer.ggml.model", option(options, 0) % 2 == 0 ? "gpt2" : "llama")
        .set("tokenizer.ggml.pre", names[option(options, 1) % names.size()])
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.merges", merges)
        .set("tokenizer.ggml.bos_token_id", std::uint32_t{option(options, 2)});
    if (option(options, 2) % 2 == 0) file.set("tokenizer.ggml.unknown_token_id", std::uint32_t{0});
    if (option(options, 3) % 4 != 0) file.set("tokenizer.ggml.token_type", kinds);
    if (option(options, 3) % 5 != 0) file.set("tokenizer.ggml.scores", scores);
    return file.build();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string options = next_field(input);
    const std::string text = next_field(input);
    const std::vector<std::byte> image = model_file(options, input);
    try {
        const auto file = engine::gguf::File::parse(image);
        const auto tokenizer = engine::Tokenizer::load(*file);
        for (const auto special :
             {engine::Tokenizer::Special::as_text, engine::Tokenizer::Special::as_token}) {
            const auto tokens = tokenizer->encode(text, special);
            engine::StreamingDecoder decoder(*tokenizer, true);
            for (const auto token : tokens) {
                if (token < 0 || token >= tokenizer->size()) std::abort();
                decoder.push(token);
                tokenizer->ends_turn(token);
            }
            decoder.finish();
            tokenizer->decode(tokens, true);
        }
    } catch (const engine::Error&) {
        // A refusal is an answer.
    }
    return 0;
}
