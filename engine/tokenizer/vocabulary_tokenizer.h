// SPDX-License-Identifier: MIT
// What the two kinds of tokenizer share: the vocabulary and the search for special tokens.
#pragma once

#include "engine/tokenizer/special_finder.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/vocabulary.h"

namespace spoutnik::engine {

class VocabularyTokenizer : public Tokenizer {
  public:
    std::string_view text_of(Token token) const override { return vocabulary_.text(token); }
    bool ends_turn(Token token) const override { return vocabulary_.ends_turn(token); }
    Token find(std::string_view text) const override { return vocabulary_.find(text); }
    std::string bytes_of(Token token, bool show_special) const override;

  protected:
    /// `adds_bos_by_default` holds where the file has no tokenizer.ggml.add_bos_token.
    VocabularyTokenizer(const gguf::File& file, bool adds_bos_by_default);
    /// The bytes that an ordinary token's text stands for.
    virtual std::string ordinary_bytes_of(Token token) const = 0;

    const Vocabulary vocabulary_;
    const SpecialFinder finder_;
};

/// Byte-level BPE (tokenizer.ggml.model "gpt2").
std::unique_ptr<const Tokenizer> load_bpe_tokenizer(const gguf::File& file);
/// SentencePiece-style merging by score (tokenizer.ggml.model "llama").
std::unique_ptr<const Tokenizer> load_spm_tokenizer(const gguf::File& file);

} // namespace spoutnik::engine
