// SPDX-License-Identifier: MIT
#include "engine/tokenizer/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <limits>

namespace spoutnik::engine {

namespace {

constexpr std::size_t most_tokens = std::size_t{1} << 24;
constexpr std::size_t most_text_bytes = std::numeric_limits<std::uint32_t>::max();

/// Tokens that end a turn whichever file they are in; files forget to say so.
constexpr std::array turn_end_texts{
    std::string_view("<|eot_id|>"),
    std::string_view("<|im_end|>"),
    std::string_view("<|end|>"),
    std::string_view("<|return|>"),
    std::string_view("<|call|>"),
    std::string_view("<end_of_turn>"),
    std::string_view("<|endoftext|>"),
    std::string_view("<|eom_id|>"),
    std::string_view("<|end_of_text|>"),
    std::string_view("[EOT]"),
    std::string_view("<｜end▁of▁sentence｜>"),
};

/// Fill-in-the-middle markers that published files give as ordinary or user-defined tokens. Like the ends of
/// a turn they are structure, so text that a person writes must not become them.
constexpr std::array marker_texts{
    std::string_view("<|fim_prefix|>"), std::string_view("<|fim_suffix|>"),
    std::string_view("<|fim_middle|>"), std::string_view("<|fim_pad|>"),
    std::string_view("<|fim_repo|>"),   std::string_view("<|repo_name|>"),
    std::string_view("<|file_sep|>"),   std::string_view("<fim-prefix>"),
    std::string_view("<fim-suffix>"),   std::string_view("<fim-middle>"),
    std::string_view("<fim-pad>"),      std::string_view("<fim-repo>"),
    std::string_view("<fim_prefix>"),   std::string_view("<fim_suffix>"),
    std::string_view("<fim_middle>"),   std::string_view("<fim_pad>"),
    std::string_view("<reponame>"),     std::string_view("<｜fim▁begin｜>"),
    std::string_view("<｜fim▁hole｜>"), std::string_view("<｜fim▁end｜>"),
    std::string_view("<PRE>"),          std::string_view("<SUF>"),
    std::string_view("<MID>"),          std::string_view("▁<PRE>"),
    std::string_view("▁<SUF>"),         std::string_view("▁<MID>"),
    std::string_view("<PAD>"),          std::string_view("[PAD]"),
    std::string_view("<REPO>"),
};

/// gpt-oss writes its channels with these; whoever reads the answer needs to see them.
constexpr std::array visible_texts{
    std::string_view("<|channel|>"),
    std::string_view("<|message|>"),
    std::string_view("<|start|>"),
    std::string_view("<|constrain|>"),
};

TokenKind kind_of_number(std::int64_t number) {
    return number >= 1 && number <= 6 ? static_cast<TokenKind>(number) : TokenKind::normal;
}

constexpr std::uint32_t tag_of(std::size_t hash) {
    return static_cast<std::uint32_t>(hash >> 32);
}

} // namespace

Vocabulary::Vocabulary(const gguf::File& file) {
    read_texts(file);
    read_kinds(file);
    build_index();
    bos_ = read_id(file, "tokenizer.ggml.bos_token_id");
    eos_ = read_id(file, "tokenizer.ggml.eos_token_id");
    unknown_ = read_id(file, "tokenizer.ggml.unknown_token_id");
    correct_kinds();
    find_turn_ends(file);
}

void Vocabulary::read_texts(const gguf::File& file) {
    const auto* tokens = file.find_strings("tokenizer.ggml.tokens");
    if (tokens == nullptr) throw Error("tokenizer.ggml.tokens is missing: the file has no vocabulary");
    if (tokens->empty()) throw Error("tokenizer.ggml.tokens is empty");
    if (tokens->size() > most_tokens)
        throw Error(fmt::format("tokenizer.ggml.tokens has {} tokens, more than the {} that can be handled",
                                tokens->size(), most_tokens));
    std::size_t total = 0;
    for (const auto& token : *tokens) {
        total += token.size(); // cannot overflow: the texts are in memory
        longest_text_ = std::max(longest_text_, token.size());
    }
    if (total > most_text_bytes) throw Error("tokenizer.ggml.tokens holds more than 4 GiB of text");
    texts_.reserve(total);
    starts_.reserve(tokens->size() + 1);
    for (const auto& token : *tokens) {
        starts_.push_back(static_cast<std::uint32_t>(texts_.size()));
        texts_ += token;
    }
    starts_.push_back(static_cast<std::uint32_t>(texts_.size()));
}

void Vocabulary::read_kinds(const gguf::File& file) {
    const std::size_t count = starts_.size() - 1;
    kinds_.assign(count, TokenKind::normal);
    const auto* numbers = file.find_ints("tokenizer.ggml.token_type");
    if (numbers == nullptr) return;
    if (numbers->size() != count)
        throw Error(
            fmt::format("tokenizer.ggml.token_type has {} entries for {} tokens", numbers->size(), count));
    std::transform(numbers->begin(), numbers->end(), kinds_.begin(), kind_of_number);
    has_kinds_ = true;
}

void Vocabulary::build_index() {
    const std::size_t count = kinds_.size();
    index_.resize(std::bit_ceil(count + count / 2 + 1));
    for (std::size_t id = 0; id < count; ++id) {
        const std::string_view token_text = text_at(id);
        if (token_text.empty()) continue;
        index_[slot_of(token_text)] = {tag_of(std::hash<std::string_view>{}(token_text)),
                                       static_cast<Token>(id)};
    }
}

std::size_t Vocabulary::slot_of(std::string_view text) const {
    const std::size_t hash = std::hash<std::string_view>{}(text);
    const std::uint32_t tag = tag_of(hash);
    const std::size_t mask = index_.size() - 1;
    std::size_t slot = hash & mask;
    while (index_[slot].token >= 0 &&
           (index_[slot].tag != tag || text_at(static_cast<std::size_t>(index_[slot].token)) != text))
        slot = (slot + 1) & mask;
    return slot;
}

Token Vocabulary::find(std::string_view text) const {
    if (text.empty() || text.size() > longest_text_) return -1;
    return index_[slot_of(text)].token;
}

std::string_view Vocabulary::text(Token token) const {
    if (!contains(token))
        throw Error(fmt::format("token {} is not in the vocabulary, which has {} tokens", token, size()));
    return text_at(static_cast<std::size_t>(token));
}

Token Vocabulary::read_id(const gguf::File& file, std::string_view key) const {
    const auto id = file.find_int(key);
    // Some writers say "none" with -1 or its unsigned twin.
    if (!id || *id == -1 || *id == std::numeric_limits<std::uint32_t>::max()) return -1;
    if (*id < 0 || *id >= size())
        throw Error(fmt::format("{} is {}, but the vocabulary has {} tokens", key, *id, size()));
    return static_cast<Token>(*id);
}

void Vocabulary::correct_kinds() {
    const auto set_kind = [this](std::string_view token_text, TokenKind kind) {
        const Token token = find(token_text);
        if (token >= 0) kinds_[static_cast<std::size_t>(token)] = kind;
    };
    for (const auto token_text : turn_end_texts)
        set_kind(token_text, TokenKind::control);
    for (const auto token_text : marker_texts)
        set_kind(token_text, TokenKind::control);
    for (const auto token_text : visible_texts)
        set_kind(token_text, TokenKind::user_defined);
}

void Vocabulary::find_turn_ends(const gguf::File& file) {
    // gpt-oss ends a message, not its turn, with <|end|>.
    const bool end_is_inner = find("<|return|>") >= 0 && find("<|call|>") >= 0;
    if (end_is_inner && find("<|end|>") >= 0)
        kinds_[static_cast<std::size_t>(find("<|end|>"))] = TokenKind::user_defined;
    for (const auto token_text : turn_end_texts) {
        const Token token = find(token_text);
        if (token >= 0 && !(end_is_inner && token_text == "<|end|>")) turn_ends_.push_back(token);
    }
    for (const Token token :
         {eos_, read_id(file, "tokenizer.ggml.eot_token_id"), read_id(file, "tokenizer.ggml.eom_token_id")})
        if (token >= 0) turn_ends_.push_back(token);
}

bool Vocabulary::ends_turn(Token token) const {
    return std::find(turn_ends_.begin(), turn_ends_.end(), token) != turn_ends_.end();
}

} // namespace spoutnik::engine
