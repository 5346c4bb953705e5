// SPDX-License-Identifier: MIT
// Scratch memory for the activations of one pass: taken once, used by every layer and every token.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace spoutnik::engine {

/// A set of activation buffers [tokens, cols] on the device that grow together to the largest batch seen.
class Workspace {
  public:
    using Slot = std::size_t;

    explicit Workspace(kernels::Backend& backend) : backend_(backend) {}

    /// Declares a buffer of `cols` floats a token; `most`: only passes of so many tokens at most use it.
    Slot add(std::int64_t cols, std::int64_t most = std::numeric_limits<std::int64_t>::max());
    /// Floats a token, in all buffers together.
    std::int64_t values_per_token() const;
    /// Makes room for `tokens` rows in every slot. Throws kernels::OutOfMemory.
    void ensure(std::int64_t tokens);
    /// The first `tokens` rows of a slot, not more than it was declared for, contiguous.
    kernels::Tensor rows(Slot slot, std::int64_t tokens) const;
    /// The same memory read as whole numbers (ids of experts).
    std::int32_t* ids(Slot slot) const;

  private:
    struct Entry {
        std::int64_t cols = 0;
        std::int64_t most = 0; ///< tokens
        std::unique_ptr<kernels::Buffer> buffer;
    };
    kernels::Backend& backend_;
    std::vector<Entry> slots_;
    std::int64_t capacity_ = 0; ///< tokens
};

/// The rows of a tensor [tokens, heads * width] seen by head: [tokens, heads, width].
inline kernels::Heads by_head(kernels::Tensor t, std::int64_t heads) {
    const std::int64_t width = t.cols / heads;
    return {t.data, t.rows, heads, width, t.stride, width};
}

/// Values first ... first + width - 1 of every head.
inline kernels::Heads part_of(kernels::Heads h, std::int64_t first, std::int64_t width) {
    return {h.data + first, h.tokens, h.heads, width, h.token_stride, h.head_stride};
}

/// Columns first ... first + cols - 1 of every row.
inline kernels::Tensor part_of(kernels::Tensor t, std::int64_t first, std::int64_t cols) {
    return {t.data + first, t.rows, cols, t.stride};
}

/// The last `count` rows.
template <class AnyTensor>
AnyTensor last_rows(const AnyTensor& t, std::int64_t count) {
    return {t.data + (t.rows - count) * t.stride, count, t.cols, t.stride};
}

/// A contiguous tensor [tokens, cols] as [tokens * (cols / width), width]: one row a head.
inline kernels::Tensor one_row_each(kernels::Tensor t, std::int64_t width) {
    return {t.data, t.rows * (t.cols / width), width, width};
}

} // namespace spoutnik::engine
