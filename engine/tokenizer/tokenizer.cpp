// SPDX-License-Identifier: MIT
#include "engine/tokenizer/tokenizer.h"

#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

#include <fmt/format.h>

#include <utility>

namespace spoutnik::engine {

namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

} // namespace

std::unique_ptr<const Tokenizer> Tokenizer::load(const gguf::File& file) {
    const std::string& model = file.get_string("tokenizer.ggml.model");
    if (model == "gpt2") return load_bpe_tokenizer(file);
    if (model == "llama") return load_spm_tokenizer(file);
    if (model == "no_vocab" || model == "none")
        throw Error(fmt::format("tokenizer.ggml.model is '{}': the file has no vocabulary", model));
    throw Error(fmt::format("tokenizer.ggml.model is '{}', a kind of vocabulary that is not known", model));
}

std::string Tokenizer::decode(std::span<const Token> tokens, bool show_special) const {
    std::string out;
    // The reverse of encode: a space was put before the text and before what follows each special token.
    bool strips = strips_leading_space_;
    for (const Token token : tokens) {
        const std::string bytes = bytes_of(token, show_special);
        if (bytes.empty()) continue;
        const bool is_special = strips_leading_space_ && show_special && bytes_of(token, false).empty();
        out.append(bytes, strips && !is_special && bytes.front() == ' ' ? 1 : 0);
        strips = is_special;
    }
    return out;
}

VocabularyTokenizer::VocabularyTokenizer(const gguf::File& file, bool adds_bos_by_default)
    : vocabulary_(file), finder_(vocabulary_) {
    size_ = vocabulary_.size();
    bos_ = vocabulary_.bos();
    eos_ = vocabulary_.eos();
    adds_bos_ = file.find_bool("tokenizer.ggml.add_bos_token").value_or(adds_bos_by_default) && bos_ >= 0;
}

std::string VocabularyTokenizer::bytes_of(Token token, bool show_special) const {
    const std::string_view text = vocabulary_.text(token); // refuses ids outside
    switch (vocabulary_.kind(token)) {
    case TokenKind::control:
    case TokenKind::unknown:
        return show_special ? std::string(text) : std::string();
    case TokenKind::user_defined:
        return std::string(text);
    case TokenKind::normal:
    case TokenKind::unused:
    case TokenKind::byte:
        break;
    }
    return ordinary_bytes_of(token);
}

std::string StreamingDecoder::push(Token token) {
    const std::string bytes =
        first_ ? tokenizer_->decode({&token, 1}, show_special_) : tokenizer_->bytes_of(token, show_special_);
    if (!tokenizer_->bytes_of(token, show_special_).empty()) first_ = false;
    pending_ += bytes;
    std::string out;
    std::size_t at = 0;
    while (at < pending_.size()) {
        const Utf8Step step = utf8_step(pending_, at);
        if (step.kind == Utf8Step::Kind::cut_off) break;
        if (step.kind == Utf8Step::Kind::character)
            out.append(pending_, at, step.bytes);
        else
            out += replacement_character;
        at += step.bytes;
    }
    pending_.erase(0, at);
    return out;
}

std::string StreamingDecoder::finish() {
    first_ = true;
    return std::exchange(pending_, {}).empty() ? std::string() : std::string(replacement_character);
}

} // namespace spoutnik::engine
