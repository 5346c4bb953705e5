// SPDX-License-Identifier: MIT
// One token on AVX-512: weights in blocks of 256 values, four blocks at a time. Short rows are multiplied in
// the order in which they lie in memory, across the ends of rows: the memory keeps up better when each line
// is wanted in its turn than with the lines of four rows at once. Long rows go four side by side: activations
// would no longer stay in the first-level cache, and laying them would weigh beside the few rows that a call
// has (bench/NOTES.md).
//
// Blocks says how a format's blocks are multiplied:
//
//   Blocks::bytes               of a block
//   Blocks::has_minimum
//   Blocks::groups              of a block whose sums of activations are wanted: 8 of 32 values or 16 of 16
//   Blocks::lay(from, to)       puts a block's codes of activations into the order in which weights meet them
//   Blocks::multiply(blocks, x) four blocks of weights
//
// What is left of a block are a sum and a factor, or two; they go to a chain of f32 operations.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_codecs.h"
#include "kernels/cpu/int8_loops.h"

namespace spoutnik::kernels {
namespace {

/// Columns of the longest rows that are gone through in order.
inline constexpr std::int64_t operand_columns = 2048;

/// What four blocks of weights meet.
struct FourOperands {
    const std::int8_t* codes[4]; ///< as Blocks::lay leaves them, aligned to 64 bytes
    __m512i sums[2];             ///< words: the sums of the groups of the four, one after the other
};

/// S_b and M_b of int8_rows.h, and d_b and dmin_b, of four blocks.
struct FourBlocks {
    __m128i sums;
    __m128i minima; ///< where the format has such
    __m128 scales;
    __m128 steps;
};

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

/// Activations in the order that blocks meet them. The first three blocks of a row stand behind its end
/// again, since four blocks of weights may be the end of one row and the beginning of the next.
struct Operand {
    static constexpr std::int64_t places = operand_columns / 256 + 3;
    alignas(64) std::int8_t codes[places * 256];
    alignas(64) std::int16_t sums[places * 16]; ///< of groups: 8 or 16 a block, without gaps
    float scales[places];
};

template <class Blocks>
constexpr std::int64_t sums_at = Blocks::groups == 8 ? 16 : 0; ///< in Int8Row::group_sums of a block

/// For rows of `count` blocks.
template <class Blocks>
void lay(const Int8Row& x, std::int64_t count, Operand& out) {
    for (std::int64_t i = 0; i < count + 3; ++i) {
        const std::int64_t b = i % count;
        Blocks::lay(x.codes + 256 * b, out.codes + 256 * i);
        __builtin_memcpy(out.sums + Blocks::groups * i, x.group_sums + sums_per_256 * b + sums_at<Blocks>,
                         Blocks::groups * sizeof(std::int16_t));
        out.scales[i] = x.scales[b];
    }
}

/// Products of four blocks in order, the first of which is block `column` of its row.
template <class Blocks>
void multiply_in_order(const Byte* blocks, const Operand& x, std::int64_t column, const BlockProducts& out) {
    const Byte* const each[4] = {blocks, blocks + Blocks::bytes, blocks + 2 * Blocks::bytes,
                                 blocks + 3 * Blocks::bytes};
    const std::int8_t* codes = x.codes + 256 * column;
    const std::int16_t* sums = x.sums + Blocks::groups * column;
    FourOperands met{.codes = {codes, codes + 256, codes + 512, codes + 768},
                     .sums = {_mm512_loadu_si512(sums), _mm512_setzero_si512()}};
    if constexpr (Blocks::groups == 16) met.sums[1] = _mm512_loadu_si512(sums + 32);
    const FourBlocks four = Blocks::multiply(each, met);
    const __m128 scales = _mm_loadu_ps(x.scales + column);
    _mm_storeu_ps(out.sums, _mm_cvtepi32_ps(four.sums));
    _mm_storeu_ps(out.factors, _mm_mul_ps(four.scales, scales));
    if constexpr (Blocks::has_minimum) {
        _mm_storeu_ps(out.minima, _mm_cvtepi32_ps(four.minima));
        _mm_storeu_ps(out.steps, _mm_xor_ps(_mm_mul_ps(four.steps, scales), _mm_set1_ps(-0.0F)));
    }
}

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
    Operand operand; // NOLINT: what is read of it is written before
    lay<Blocks>(x, blocks, operand);
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
        multiply_in_order<Blocks>(rows, operand, column, chains.next());
        chains.add(left < n ? left : n);
        rows += n * Blocks::bytes;
        for (column += n; column >= blocks;)
            column -= blocks;
    }
    chains.finish(row_count % 4);
}

/// Four rows of any length, side by side.
template <class Blocks>
void dot_four_rows(const Byte* const* rows, std::int64_t cols, const Int8Row& x, Ahead& ahead, float* out) {
    __m128 total = _mm_setzero_ps();
    std::int64_t at = 0;
    for (std::int64_t b = 0; b * 256 < cols; ++b, at += Blocks::bytes) {
        ahead.ask(4 * Blocks::bytes);
        alignas(64) std::int8_t codes[256];
        Blocks::lay(x.codes + 256 * b, codes);
        const std::int16_t* of_groups = x.group_sums + sums_per_256 * b + sums_at<Blocks>;
        const __m512i sums = Blocks::groups == 8 ? _mm512_broadcast_i32x4(load_16(of_groups))
                                                 : _mm512_broadcast_i64x4(load_32(of_groups));
        const Byte* const each[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
        const FourBlocks four =
            Blocks::multiply(each, {.codes = {codes, codes, codes, codes}, .sums = {sums, sums}});
        const __m128 s = _mm_set1_ps(x.scales[b]);
        total = _mm_fmadd_ps(_mm_mul_ps(four.scales, s), _mm_cvtepi32_ps(four.sums), total);
        if constexpr (Blocks::has_minimum)
            total = _mm_fnmadd_ps(_mm_mul_ps(four.steps, s), _mm_cvtepi32_ps(four.minima), total);
    }
    _mm_storeu_ps(out, total);
}

} // namespace
} // namespace spoutnik::kernels
