// SPDX-License-Identifier: MIT
// SentencePiece-style tokenization: neighbouring characters merge, best score first, as long as the merged
// text is a token; what stays unknown is written byte by byte. Source: Kudo and Richardson 2018.
#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace spoutnik::engine {

namespace {

constexpr std::string_view space_mark = "\xE2\x96\x81"; // U+2581, how the vocabulary writes a space

std::optional<unsigned char> hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned char>(digit - '0');
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned char>(digit - 'A' + 10);
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned char>(digit - 'a' + 10);
    return std::nullopt;
}

/// The byte of "<0xNN>", exactly so written.
std::optional<unsigned char> parse_byte_token(std::string_view text) {
    if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::nullopt;
    const auto high = hex_digit(text[3]);
    const auto low = hex_digit(text[4]);
    if (!high || !low) return std::nullopt;
    return static_cast<unsigned char>(*high << 4 | *low);
}

/// The symbols of a text as a chain, and the merges that wait.
struct Workspace {
    struct Link {
        std::uint32_t begin; ///< of the escaped text
        std::uint32_t bytes; ///< 0 once it has merged into its left neighbour
        std::int32_t previous;
        std::int32_t next;
    };
    struct Candidate {
        float score;
        std::int32_t at;     ///< index of the left link
        std::uint32_t bytes; ///< of both when queued: a candidate whose links have changed is dropped
        std::int32_t right;
    };
    struct Later {
        bool operator()(const Candidate& a, const Candidate& b) const {
            return a.score != b.score ? a.score < b.score : a.at > b.at;
        }
    };
    std::string text;
    std::vector<Link> links;
    std::vector<Candidate> heap;

    std::string_view text_of(std::uint32_t begin, std::uint32_t bytes) const {
        return std::string_view(text).substr(begin, bytes);
    }
    Link& link(std::int32_t at) { return links[static_cast<std::size_t>(at)]; }
};

class SpmTokenizer final : public VocabularyTokenizer {
  public:
    explicit SpmTokenizer(const gguf::File& file) : VocabularyTokenizer(file, true) {
        adds_space_ = file.find_bool("tokenizer.ggml.add_space_prefix").value_or(true);
        strips_leading_space_ = adds_space_;
        read_scores(file);
        read_byte_tokens();
    }

    std::vector<Token> encode(std::string_view text, Special special) const override {
        std::vector<Token> out;
        Workspace work;
        bool after_special = true; // the start of a text counts as one
        for (const TextPart& part : finder_.split(text, special)) {
            if (part.token >= 0) {
                out.push_back(part.token);
                after_special = true;
                continue;
            }
            work.text.clear();
            if (adds_space_ && after_special) work.text += space_mark;
            for (const char letter : part.text) {
                if (letter == ' ')
                    work.text += space_mark;
                else
                    work.text += letter;
            }
            encode_part(work, out);
            after_special = false;
        }
        return out;
    }

  protected:
    std::string ordinary_bytes_of(Token token) const override {
        const std::string_view text = vocabulary_.text(token);
        if (is_byte(token)) return std::string(1, static_cast<char>(parse_byte_token(text).value_or(0)));
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            if (text.substr(at).starts_with(space_mark)) {
                out += ' ';
                at += space_mark.size();
            } else {
                out += text[at++];
            }
        }
        return out;
    }

  private:
    void read_scores(const gguf::File& file);
    void read_byte_tokens();
    void encode_part(Workspace& work, std::vector<Token>& out) const;
    void queue_merge(Workspace& work, std::int32_t left, std::int32_t right) const;
    bool is_byte(Token token) const {
        if (vocabulary_.kind(token) == TokenKind::byte) return true;
        return !vocabulary_.has_kinds() && parse_byte_token(vocabulary_.text(token)).has_value();
    }

    std::vector<float> scores_;
    std::array<Token, 256> token_of_byte_{};
    bool adds_space_ = true;
};

void SpmTokenizer::read_scores(const gguf::File& file) {
    const auto* scores = file.find_floats("tokenizer.ggml.scores");
    if (scores == nullptr) throw Error("tokenizer.ggml.scores is missing");
    if (scores->size() != static_cast<std::size_t>(size_))
        throw Error(fmt::format("tokenizer.ggml.scores has {} entries for {} tokens", scores->size(), size_));
    scores_.reserve(scores->size());
    for (const double score : *scores) {
        if (std::isnan(score))
            throw Error(
                fmt::format("tokenizer.ggml.scores: the score of token {} is not a number", scores_.size()));
        scores_.push_back(static_cast<float>(score));
    }
}

void SpmTokenizer::read_byte_tokens() {
    token_of_byte_.fill(-1);
    for (Token token = 0; token < size_; ++token) {
        if (!is_byte(token)) continue;
        const auto byte = parse_byte_token(vocabulary_.text(token));
        if (!byte)
            throw Error(fmt::format(
                "tokenizer.ggml.tokens: token {} is a byte by its type but is not written <0xNN>", token));
        token_of_byte_[*byte] = token;
    }
}

void SpmTokenizer::queue_merge(Workspace& work, std::int32_t left, std::int32_t right) const {
    if (left < 0 || right < 0) return;
    const std::uint32_t bytes = work.link(left).bytes + work.link(right).bytes;
    const Token merged = vocabulary_.find(work.text_of(work.link(left).begin, bytes));
    if (merged < 0) return;
    work.heap.push_back({scores_[static_cast<std::size_t>(merged)], left, bytes, right});
    std::push_heap(work.heap.begin(), work.heap.end(), Workspace::Later{});
}

void SpmTokenizer::encode_part(Workspace& work, std::vector<Token>& out) const {
    if (work.text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw Error("the text is longer than 2 GiB");
    work.links.clear();
    work.heap.clear();
    for (std::size_t at = 0; at < work.text.size();) {
        const Utf8Step step = utf8_step(work.text, at);
        const std::size_t bytes = step.kind == Utf8Step::Kind::character ? step.bytes : 1;
        const auto index = static_cast<std::int32_t>(work.links.size());
        work.links.push_back(
            {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(bytes), index - 1, index + 1});
        at += bytes;
    }
    if (work.links.empty()) return;
    work.links.back().next = -1;
    for (std::int32_t i = 0; i >= 0; i = work.link(i).next)
        queue_merge(work, i, work.link(i).next);

    while (!work.heap.empty()) {
        std::pop_heap(work.heap.begin(), work.heap.end(), Workspace::Later{});
        const Workspace::Candidate best = work.heap.back();
        work.heap.pop_back();
        auto& left = work.link(best.at);
        auto& right = work.link(best.right);
        if (left.bytes == 0 || right.bytes == 0 || left.bytes + right.bytes != best.bytes) continue;
        left.bytes = best.bytes;
        left.next = right.next;
        right.bytes = 0;
        if (left.next >= 0) work.link(left.next).previous = best.at;
        queue_merge(work, left.previous, best.at);
        queue_merge(work, best.at, left.next);
    }
    for (std::int32_t at = 0; at >= 0; at = work.link(at).next) {
        const std::string_view text = work.text_of(work.link(at).begin, work.link(at).bytes);
        const Token token = vocabulary_.find(text);
        if (token >= 0) {
            out.push_back(token);
            continue;
        }
        for (const char byte : text) {
            const Token single = token_of_byte_[static_cast<unsigned char>(byte)];
            if (single >= 0)
                out.push_back(single);
            else if (vocabulary_.unknown() >= 0)
                out.push_back(vocabulary_.unknown());
        }
    }
}

} // namespace

std::unique_ptr<const Tokenizer> load_spm_tokenizer(const gguf::File& file) {
    return std::make_unique<const SpmTokenizer>(file);
}

} // namespace spoutnik::engine
