// SPDX-License-Identifier: MIT
// Cuts a text into the pieces inside which byte-level BPE merges, by the expressions that each family of
// vocabularies was trained with (tokenizer.ggml.pre).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace spoutnik::engine {

/// Immutable after construction; safe to use from several threads.
class PreTokenizer {
  public:
    /// Throws Error naming `name` when it is not known. "" and "default" are what files without a name use.
    explicit PreTokenizer(std::string_view name);
    ~PreTokenizer();
    PreTokenizer(const PreTokenizer&) = delete;
    PreTokenizer& operator=(const PreTokenizer&) = delete;

    /// The pieces of `text`, in order, covering every byte. Bytes that are not UTF-8 are pieces of their own.
    std::vector<std::string_view> split(std::string_view text) const;
    /// True where a piece that is itself a token is taken whole, without merging.
    bool ignores_merges() const { return ignores_merges_; }
    /// True where files without tokenizer.ggml.add_bos_token expect BOS.
    bool adds_bos() const { return adds_bos_; }

  private:
    class Expression;
    std::vector<std::unique_ptr<const Expression>> expressions_;
    bool ignores_merges_ = false;
    bool adds_bos_ = false;
};

} // namespace spoutnik::engine
