// SPDX-License-Identifier: MIT
// The tokens of a model file: their texts, kinds and the few that have a role.
#pragma once

#include "engine/gguf/gguf.h"
#include "engine/tokenizer/tokenizer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

/// tokenizer.ggml.token_type of the GGUF specification.
enum class TokenKind : std::uint8_t {
    normal = 1,
    unknown = 2,
    control = 3,      ///< marks structure; never made from text that a person writes
    user_defined = 4, ///< found whole in any text, before the vocabulary's own rules
    unused = 5,
    byte = 6, ///< SentencePiece's <0xNN>
};

/// Texts and kinds of all tokens. Immutable after construction. All texts lie in one string, and the index
/// over them holds ids only.
class Vocabulary {
  public:
    /// Reads tokenizer.ggml.tokens, token_type and the *_token_id keys. Throws Error where they disagree.
    explicit Vocabulary(const gguf::File& file);

    std::int64_t size() const { return static_cast<std::int64_t>(kinds_.size()); }
    bool contains(Token token) const { return token >= 0 && token < size(); }
    /// Throws Error for an id outside the vocabulary.
    std::string_view text(Token token) const;
    TokenKind kind(Token token) const { return kinds_[static_cast<std::size_t>(token)]; }
    /// True where the file says which kind each token has.
    bool has_kinds() const { return has_kinds_; }
    /// The id of a text, -1 when there is none. Of two tokens with one text, the later. Empty texts are never
    /// found.
    Token find(std::string_view text) const;
    std::size_t longest_text() const { return longest_text_; } ///< bytes

    // Ids with a role; -1 when the file names none.
    Token bos() const { return bos_; }
    Token eos() const { return eos_; }
    Token unknown() const { return unknown_; }
    bool ends_turn(Token token) const;

  private:
    std::string_view text_at(std::size_t index) const {
        return std::string_view(texts_).substr(starts_[index], starts_[index + 1] - starts_[index]);
    }
    void read_texts(const gguf::File& file);
    void read_kinds(const gguf::File& file);
    void build_index();
    void correct_kinds();
    void find_turn_ends(const gguf::File& file);
    Token read_id(const gguf::File& file, std::string_view key) const;

    std::string texts_;
    std::vector<std::uint32_t> starts_; ///< size() + 1 offsets into texts_
    std::vector<TokenKind> kinds_;
    /// A slot of the index over texts. The tag, other bits of the hash, spares most comparisons of texts.
    struct Slot {
        std::uint32_t tag = 0;
        Token token = -1; ///< -1 is free
    };
    std::size_t slot_of(std::string_view text) const;
    std::vector<Slot> index_; ///< open addressing, a power of two long
    std::vector<Token> turn_ends_;
    std::size_t longest_text_ = 0;
    bool has_kinds_ = false;
    Token bos_ = -1;
    Token eos_ = -1;
    Token unknown_ = -1;
};

} // namespace spoutnik::engine
