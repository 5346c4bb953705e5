// SPDX-License-Identifier: MIT
// Products of quantised weights in whole numbers.
//
// A row of activations is rounded to 8 bits, a block at a time: x_i ~ s q_i with s = max |x| / 127. Where the
// weights' blocks hold 32 values the blocks of activations do too, and where they hold 256, 256. Then, for
// each block b of a row of weights, with w_i the weight's code less its offset, times the scale of its
// sub-block where there are such,
//
//   S_b = sum of w_i q_i                      (exact, 32 bits)
//   M_b = sum of m_g sum(q_i of group g)      (exact; formats with a minimum, groups of 16 or 32 values)
//   y   = fma(d_b s_b, S_b, y)                (f32, b ascending, y = 0 at first)
//   y   = fma(-(dmin_b s_b), M_b, y)          (the same, where there is a minimum)
//
// Sums of whole numbers do not depend on their order, and the order of the few f32 operations is given above:
// so every instruction set, one row or sixteen at a time, one token or many, gives the same bits.
//
// A block whose largest magnitude is below 2^-100 counts as zero; one that holds an infinity or a NaN gets
// the scale NaN, so that the result shows it.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

/// One row of rounded activations. Pointers are aligned to 64 bytes.
struct Int8Row {
    const std::int8_t* codes = nullptr; ///< [cols]
    const float* scales = nullptr;      ///< a block
    /// Blocks of 256: for each block 16 sums of 16 codes, then 8 sums of 32.
    const std::int16_t* group_sums = nullptr;
    const std::int32_t* block_sums = nullptr; ///< blocks of 32: the sum of each block's codes
};

/// The same, to be written.
struct Int8RowMemory {
    std::int8_t* codes = nullptr;
    float* scales = nullptr;
    std::int16_t* group_sums = nullptr;
    std::int32_t* block_sums = nullptr;
};

inline constexpr std::int64_t sums_per_256 = 24;

/// The operations in one instruction set.
struct Int8Table {
    /// Rounds a row in blocks of `block` values, 32 or 256. cols: whole blocks.
    void (*round_row)(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to);
    /// out[r] = row r . x for rows of a quantised format that lie `row_bytes` apart, without alignment.
    /// `then`: what the caller reads next, asked of the memory towards the end; null: what lies behind the
    /// rows.
    void (*dot_rows)(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                     std::int64_t cols, const Int8Row& x, float* out, const std::byte* then);
    /// out[t][r] = row r . x[t], the same bits. `scratch`: scratch_bytes(cols, tokens), aligned to 64 bytes.
    /// `then`: as above.
    void (*dot_tile)(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                     std::int64_t cols, const Int8Row* x, std::int64_t tokens, float* const* out,
                     std::byte* scratch, const std::byte* then);
    std::size_t (*scratch_bytes)(std::int64_t cols, std::int64_t tokens);
    /// Rows that dot_tile takes at a time: tasks should be multiples of it.
    std::int64_t rows_at_once;
};

const Int8Table& int8_reference_table();
const Int8Table& int8_avx2_table();   ///< exists where SPOUTNIK_X86_VARIANTS is defined
const Int8Table& int8_avx512_table(); ///< the same
/// AVX-512 with VBMI and GFNI; the same.
const Int8Table& int8_avx512_vbmi_table();
const Int8Table& int8_amx_table(); ///< the same

/// The table of an instruction set, which this processor must be able to run.
const Int8Table& int8_table_of(CpuIsa isa);

} // namespace spoutnik::kernels
