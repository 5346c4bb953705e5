// SPDX-License-Identifier: MIT
// One token on AVX-512: weights multiplied in the order in which they lie in memory, four blocks of 256
// values at a time, across the ends of rows. The memory keeps up better when each line is wanted in its turn
// than with the lines of four rows at once (bench/NOTES.md).
//
// Blocks says how a format's blocks are multiplied:
//
//   Blocks::bytes               of a block of 256 values
//   Blocks::has_minimum
//   Blocks::Operand             activations in the order that such blocks meet them, beginning anywhere
//   Blocks::lay(x, count, operand)
//                               for rows of `count` blocks
//   Blocks::products(blocks, operand, column, out)
//                               of blocks in order, the first of which is block `column` of its row
//
// What is left of a block are a sum and a factor, or two; they go to a chain of scalar operations.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_codecs.h"
#include "kernels/cpu/int8_loops.h"

namespace spoutnik::kernels {
namespace {

/// Columns of the longest rows that are gone through so: activations must stay in the first-level cache, and
/// laying them must not weigh beside the few rows that a call has (bench/NOTES.md).
inline constexpr std::int64_t operand_columns = 2048;

/// Where a block's S_b and d_b s_b of int8_rows.h go, and, where there is a minimum, M_b and -dmin_b s_b;
/// those of the blocks after it follow.
struct BlockProducts {
    float* sums;
    float* factors;
    float* minima;
    float* steps;
};

/// Products of blocks in order become results of rows, in the order that int8_rows.h asks for. A row's blocks
/// are a chain in which each operation waits for the one before, so they are kept until there are several
/// rows to go through side by side.
template <bool has_minimum>
class RowChains {
  public:
    /// Rows of `blocks` blocks.
    RowChains(std::int64_t blocks, float* out) : blocks_(blocks), out_(out) {}

    /// For the next four blocks.
    BlockProducts next() {
        return {sums_ + filled_, factors_ + filled_, has_minimum ? minima_ + filled_ : nullptr,
                has_minimum ? steps_ + filled_ : nullptr};
    }
    /// So many of them are there.
    void add(std::int64_t count) {
        filled_ += count;
        if (filled_ < rows_together * blocks_) return;
        go_through<rows_together>(0);
        out_ += rows_together;
        filled_ = 0;
    }
    /// The last `rows` rows, fewer than four.
    void finish(std::int64_t rows) {
        for (std::int64_t r = 0; r < rows; ++r)
            go_through<1>(r);
    }

  private:
    static constexpr int rows_together = 4;
    static constexpr std::int64_t capacity = rows_together * operand_columns / 256;

    template <int rows>
    void go_through(std::int64_t first) {
        float totals[rows] = {};
        for (std::int64_t b = 0; b < blocks_; ++b) {
#pragma GCC unroll 4
            for (int r = 0; r < rows; ++r) {
                const std::int64_t i = (first + r) * blocks_ + b;
                totals[r] = __builtin_fmaf(factors_[i], sums_[i], totals[r]);
                if constexpr (has_minimum) totals[r] = __builtin_fmaf(steps_[i], minima_[i], totals[r]);
            }
        }
        for (int r = 0; r < rows; ++r)
            out_[first + r] = totals[r];
    }

    std::int64_t filled_ = 0; ///< blocks whose products are kept
    std::int64_t blocks_;
    float* out_;
    float sums_[capacity];
    float factors_[capacity];
    float minima_[has_minimum ? capacity : 1];
    float steps_[has_minimum ? capacity : 1];
};

/// Rows of at most `operand_columns` columns, one after the other.
template <class Blocks>
void dot_rows_in_order(const Byte* rows, std::int64_t row_count, std::int64_t cols, const Int8Row& x,
                       Ahead& ahead, float* out) {
    constexpr std::int64_t n = 4;
    const std::int64_t blocks = cols / 256;
    if (blocks == 0) {
        for (std::int64_t r = 0; r < row_count; ++r)
            out[r] = 0.0F;
        return;
    }
    typename Blocks::Operand operand; // NOLINT: what is read of it is written before
    Blocks::lay(x, blocks, operand);
    RowChains<Blocks::has_minimum> chains(blocks, out);
    Byte last[n * Blocks::bytes];
    std::int64_t column = 0; // of the next block
    for (std::int64_t left = row_count * blocks; left > 0; left -= n) {
        ahead.ask(n * Blocks::bytes);
        if (left < n) { // the last block takes the place of those that are not there
            for (std::int64_t i = 0; i < n; ++i)
                __builtin_memcpy(last + i * Blocks::bytes, rows + (i < left ? i : left - 1) * Blocks::bytes,
                                 Blocks::bytes);
            rows = last;
        }
        Blocks::products(rows, operand, column, chains.next());
        chains.add(left < n ? left : n);
        rows += n * Blocks::bytes;
        for (column += n; column >= blocks;)
            column -= blocks;
    }
    chains.finish(row_count % 4);
}

} // namespace
} // namespace spoutnik::kernels
