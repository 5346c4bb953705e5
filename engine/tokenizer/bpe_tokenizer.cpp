// SPDX-License-Identifier: MIT
// Byte-level byte-pair encoding. Source: Sennrich et al. 2016 (merging by rank), Radford et al. 2019 (bytes).
#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <queue>
#include <string>
#include <unordered_map>

namespace spoutnik::engine {

namespace {

/// A text that merging knows: a token's id, or above the last id a text that only occurs in merges.
using Symbol = std::uint32_t;
constexpr Symbol no_symbol = std::numeric_limits<Symbol>::max();

struct Merge {
    std::uint32_t rank; ///< lower merges first
    Symbol result;
};

/// From a pair of symbols to what they merge into. Open addressing; sized once.
class MergeTable {
  public:
    explicit MergeTable(std::size_t count) : slots_(std::bit_ceil(count + count / 2 + 1)) {}

    /// Keeps the first of two entries for one pair.
    void add(Symbol left, Symbol right, Merge merge) {
        std::size_t slot = home(left, right);
        for (; slots_[slot].left != no_symbol; slot = next(slot))
            if (slots_[slot].left == left && slots_[slot].right == right) return;
        slots_[slot] = {left, right, merge};
    }
    const Merge* find(Symbol left, Symbol right) const {
        for (std::size_t slot = home(left, right); slots_[slot].left != no_symbol; slot = next(slot))
            if (slots_[slot].left == left && slots_[slot].right == right) return &slots_[slot].merge;
        return nullptr;
    }

  private:
    struct Slot {
        Symbol left = no_symbol;
        Symbol right = 0;
        Merge merge{};
    };
    std::size_t home(Symbol left, Symbol right) const {
        std::uint64_t key = (std::uint64_t{left} << 32 | right) * 0x9E3779B97F4A7C15U;
        key ^= key >> 32;
        return static_cast<std::size_t>(key) & (slots_.size() - 1);
    }
    std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

    std::vector<Slot> slots_;
};

/// The symbols of one piece as a chain from which merges take links, and the merges that wait.
struct Workspace {
    struct Link {
        Symbol symbol;
        std::int32_t previous;
        std::int32_t next;
        std::uint32_t bytes; ///< of the piece, from this link's index on
    };
    struct Candidate {
        Merge merge;
        std::int32_t at; ///< index of the left link
        Symbol left;     ///< as they were when queued: a candidate whose links have changed is dropped
        Symbol right;
    };
    struct Later {
        bool operator()(const Candidate& a, const Candidate& b) const {
            return a.merge.rank != b.merge.rank ? a.merge.rank > b.merge.rank : a.at > b.at;
        }
    };
    std::vector<Link> links;
    std::vector<Candidate> heap;
};

class BpeTokenizer final : public VocabularyTokenizer {
  public:
    BpeTokenizer(const gguf::File& file, std::unique_ptr<const PreTokenizer> pre)
        : VocabularyTokenizer(file, pre->adds_bos()), pre_(std::move(pre)),
          merges_(merges_of(file) ? merges_of(file)->size() : 0) {
        read_merges(file);
    }

    std::vector<Token> encode(std::string_view text, Special special) const override {
        std::vector<Token> out;
        Workspace work;
        for (const TextPart& part : finder_.split(text, special)) {
            if (part.token >= 0) {
                out.push_back(part.token);
                continue;
            }
            for (const std::string_view piece : pre_->split(part.text))
                encode_piece(piece, work, out);
        }
        return out;
    }

  protected:
    std::string ordinary_bytes_of(Token token) const override {
        return from_byte_letters(vocabulary_.text(token));
    }

  private:
    static const std::vector<std::string>* merges_of(const gguf::File& file) {
        return file.find_strings("tokenizer.ggml.merges");
    }
    void read_merges(const gguf::File& file);
    void encode_piece(std::string_view piece, Workspace& work, std::vector<Token>& out) const;
    void queue_merge(Workspace& work, std::int32_t left) const;
    void append_symbol(Symbol symbol, std::string_view bytes, std::vector<Token>& out) const;

    std::unique_ptr<const PreTokenizer> pre_;
    MergeTable merges_;
    std::array<Symbol, 256> symbol_of_byte_{};
};

void BpeTokenizer::read_merges(const gguf::File& file) {
    // Merges may pass through texts that are no token: they get numbers of their own after the tokens'.
    std::unordered_map<std::string, Symbol> extra;
    const auto symbol_of = [&](std::string_view text) {
        const Token token = vocabulary_.find(text);
        if (token >= 0) return static_cast<Symbol>(token);
        const auto next = static_cast<Symbol>(static_cast<std::size_t>(vocabulary_.size()) + extra.size());
        return extra.try_emplace(std::string(text), next).first->second;
    };
    for (unsigned byte = 0; byte < 256; ++byte)
        symbol_of_byte_[byte] = symbol_of(letter_of_byte(static_cast<unsigned char>(byte)));

    const auto* merges = merges_of(file);
    if (merges == nullptr) throw Error("tokenizer.ggml.merges is missing");
    if (merges->size() > (std::size_t{1} << 26))
        throw Error(fmt::format("tokenizer.ggml.merges has {} entries, too many", merges->size()));
    std::string joined;
    for (std::size_t rank = 0; rank < merges->size(); ++rank) {
        const std::string_view merge = (*merges)[rank];
        const std::size_t space = merge.find(' ', 1);
        if (space == std::string_view::npos || space + 1 == merge.size())
            throw Error(fmt::format("tokenizer.ggml.merges: entry {} is not two texts and a space", rank));
        const std::string_view left = merge.substr(0, space);
        const std::string_view right = merge.substr(space + 1);
        joined.assign(left).append(right);
        merges_.add(symbol_of(left), symbol_of(right), {static_cast<std::uint32_t>(rank), symbol_of(joined)});
    }
}

void BpeTokenizer::queue_merge(Workspace& work, std::int32_t left) const {
    if (left < 0) return;
    const auto& link = work.links[static_cast<std::size_t>(left)];
    if (link.next < 0) return;
    const Symbol right = work.links[static_cast<std::size_t>(link.next)].symbol;
    const Merge* merge = merges_.find(link.symbol, right);
    if (merge == nullptr) return;
    work.heap.push_back({*merge, left, link.symbol, right});
    std::push_heap(work.heap.begin(), work.heap.end(), Workspace::Later{});
}

void BpeTokenizer::encode_piece(std::string_view piece, Workspace& work, std::vector<Token>& out) const {
    if (pre_->ignores_merges()) {
        const Token whole = vocabulary_.find(to_byte_letters(piece));
        if (whole >= 0) {
            out.push_back(whole);
            return;
        }
    }
    if (piece.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw Error("the text holds more than 2 GiB without a break");
    work.links.clear();
    work.heap.clear();
    const auto count = static_cast<std::int32_t>(piece.size());
    for (std::int32_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(piece[static_cast<std::size_t>(i)]);
        work.links.push_back({symbol_of_byte_[byte], i - 1, i + 1 < count ? i + 1 : -1, 1});
    }
    for (std::int32_t i = 0; i + 1 < count; ++i)
        queue_merge(work, i);

    while (!work.heap.empty()) {
        std::pop_heap(work.heap.begin(), work.heap.end(), Workspace::Later{});
        const Workspace::Candidate best = work.heap.back();
        work.heap.pop_back();
        auto& left = work.links[static_cast<std::size_t>(best.at)];
        if (left.symbol != best.left || left.next < 0) continue;
        auto& right = work.links[static_cast<std::size_t>(left.next)];
        if (right.symbol != best.right) continue;
        left.symbol = best.merge.result;
        left.bytes += right.bytes;
        left.next = right.next;
        right.symbol = no_symbol;
        if (left.next >= 0) work.links[static_cast<std::size_t>(left.next)].previous = best.at;
        queue_merge(work, left.previous);
        queue_merge(work, best.at);
    }
    for (std::int32_t at = count > 0 ? 0 : -1; at >= 0; at = work.links[static_cast<std::size_t>(at)].next) {
        const auto& link = work.links[static_cast<std::size_t>(at)];
        append_symbol(link.symbol, piece.substr(static_cast<std::size_t>(at), link.bytes), out);
    }
}

void BpeTokenizer::append_symbol(Symbol symbol, std::string_view bytes, std::vector<Token>& out) const {
    if (symbol < static_cast<Symbol>(vocabulary_.size())) {
        out.push_back(static_cast<Token>(symbol));
        return;
    }
    // No token: its bytes one by one, and what the vocabulary has no token for at all as its unknown token.
    for (const char byte : bytes) {
        const Symbol single = symbol_of_byte_[static_cast<unsigned char>(byte)];
        if (single < static_cast<Symbol>(vocabulary_.size()))
            out.push_back(static_cast<Token>(single));
        else if (vocabulary_.unknown() >= 0)
            out.push_back(vocabulary_.unknown());
    }
}

} // namespace

std::unique_ptr<const Tokenizer> load_bpe_tokenizer(const gguf::File& file) {
    const std::string* name = file.find_string("tokenizer.ggml.pre");
    return std::make_unique<const BpeTokenizer>(
        file, std::make_unique<const PreTokenizer>(name == nullptr ? std::string_view() : *name));
}

} // namespace spoutnik::engine
