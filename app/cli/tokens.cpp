// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"

#include "engine/gguf/gguf.h"
#include "engine/tokenizer/tokenizer.h"

#include <cstdio>

#include <fmt/core.h>
#include <fmt/format.h>

namespace spoutnik::app::cli {

int run_tokenize(const TokenizeOptions& options) {
    const auto file = engine::gguf::File::open(options.model);
    const auto tokenizer = engine::Tokenizer::load(*file);
    const auto special =
        options.special ? engine::Tokenizer::Special::as_token : engine::Tokenizer::Special::as_text;
    fmt::print("{}\n", fmt::join(tokenizer->encode(read_stdin(), special), " "));
    return 0;
}

int run_detokenize(const DetokenizeOptions& options) {
    const auto file = engine::gguf::File::open(options.model);
    const auto tokenizer = engine::Tokenizer::load(*file);
    for (const engine::Token token : options.tokens)
        if (token < 0 || token >= tokenizer->size())
            throw engine::Error(
                fmt::format("token {} is not in this vocabulary of {}", token, tokenizer->size()));
    const std::string text = tokenizer->decode(options.tokens, true);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

} // namespace spoutnik::app::cli
