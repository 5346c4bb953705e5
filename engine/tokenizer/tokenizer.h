// SPDX-License-Identifier: MIT
// Text to token ids and back, as the model file's own vocabulary says.
#pragma once

#include "engine/gguf/gguf.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

using Token = std::int32_t;

/// Immutable after construction; safe to use from several threads.
class Tokenizer {
  public:
    /// Reads tokenizer.ggml.* of the file. Throws Error for a vocabulary that is missing, inconsistent or of
    /// an unknown kind.
    static std::unique_ptr<const Tokenizer> load(const gguf::File& file);
    virtual ~Tokenizer() = default;

    /// How special tokens written out in a text are read.
    enum class Special {
        as_text,  ///< "<|im_end|>" typed by a person stays eighteen characters: for everything users write
        as_token, ///< becomes the token: for rendered chat templates
    };

    /// Token ids of `text`, byte for byte (invalid UTF-8 allowed). No BOS or EOS is added.
    virtual std::vector<Token> encode(std::string_view text, Special special) const = 0;
    /// The bytes of one token; control tokens give their text when `show_special`, else nothing.
    virtual std::string bytes_of(Token token, bool show_special) const = 0;
    /// The text of a sequence (SentencePiece's leading space removed where the model adds one).
    std::string decode(std::span<const Token> tokens, bool show_special) const;

    std::int64_t size() const { return size_; }
    Token bos() const { return bos_; } ///< -1 when the file has none
    Token eos() const { return eos_; }
    bool adds_bos() const { return adds_bos_; }
    /// The text of a token as the vocabulary writes it ("<think>"), for templates: bos_token, eos_token.
    virtual std::string_view text_of(Token token) const = 0;
    /// True for eos and the other end-of-turn tokens ("<|im_end|>", "<|eot_id|>", ...).
    virtual bool ends_turn(Token token) const = 0;
    /// The id of the token with exactly this text, or -1.
    virtual Token find(std::string_view text) const = 0;

  protected:
    std::int64_t size_ = 0;
    Token bos_ = -1;
    Token eos_ = -1;
    bool adds_bos_ = false;
    bool strips_leading_space_ = false;
};

/// Joins the bytes of tokens into text that never ends in half a UTF-8 character.
class StreamingDecoder {
  public:
    explicit StreamingDecoder(const Tokenizer& tokenizer, bool show_special = false)
        : tokenizer_(&tokenizer), show_special_(show_special) {}
    /// The complete characters that this token finishes; incomplete bytes wait for the next call.
    std::string push(Token token);
    /// What is left at the end: an unfinished character becomes U+FFFD.
    std::string finish();

  private:
    const Tokenizer* tokenizer_;
    bool show_special_;
    bool first_ = true;
    std::string pending_;
};

} // namespace spoutnik::engine
