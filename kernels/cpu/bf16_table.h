// SPDX-License-Identifier: MIT
// Attention's inner loops on processors that multiply bfloat16 (AVX-512 BF16, AMX): products of pairs of
// 16-bit values, exact, added up in f32. Queries, cache rows and softmax weights are rounded to bf16; a cache
// in f32 is not touched by any of this.
//
// As everywhere, an element of a result is computed in an order that depends on its shape alone.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

/// Memory that the next call will read: `rows` times `row_bytes`, `stride_bytes` apart. Asked for while this
/// one multiplies, so that it need not wait; nothing is read when there are no rows.
struct Ahead {
    const std::byte* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t row_bytes = 0;
    std::int64_t stride_bytes = 0;
};

/// Vectors of `cols` values that rows are multiplied with.
struct Bf16Vectors {
    const std::uint16_t* const* rows = nullptr; ///< [count]
    std::int64_t count = 0;
    /// The same with two neighbouring values as one column, for tables that take them so:
    /// turned[p * stride + 2 i + j] = rows[i][2 p + j], or 0 where `cols` is odd and ends before it.
    const std::uint16_t* turned = nullptr;
    std::int64_t turned_stride = 0;
};

struct Bf16Table {
    /// out[i] = x[i], rounded to nearest even.
    void (*round)(const float* x, std::int64_t n, std::uint16_t* out);
    /// The same for f16 values.
    void (*round_f16)(const std::byte* x, std::int64_t n, std::uint16_t* out);
    /// The same for `n` values, a multiple of 32, in blocks of Q8_0.
    void (*round_q8_0)(const std::byte* x, std::int64_t n, std::uint16_t* out);
    /// out[i][r] = row r . x[i] for rows `stride` values apart, cols >= 1.
    void (*dot_tile)(const std::uint16_t* rows, std::int64_t stride, std::int64_t row_count,
                     std::int64_t cols, const Bf16Vectors& x, float* const* out, const Ahead& ahead);
    bool takes_turned; ///< dot_tile reads vectors turned; else as rows
    /// out[2 c] = first[c], out[2 c + 1] = second[c], or 0 where there is no second row.
    void (*pair_rows)(const std::uint16_t* first, const std::uint16_t* second, std::int64_t cols,
                      std::uint16_t* out);
    /// out[i][c] += weights[i][2 p] * pairs[p][2 c] + weights[i][2 p + 1] * pairs[p][2 c + 1], p ascending,
    /// for pairs of rows `stride` values apart. `fresh`: out is not read, it counts as 0.
    void (*mix_pairs)(const std::uint16_t* const* weights, std::int64_t count, const std::uint16_t* pairs,
                      std::int64_t stride, std::int64_t pair_count, std::int64_t cols, float* const* out,
                      bool fresh, const Ahead& ahead);
};

const Bf16Table& bf16_avx512_table(); ///< exists where SPOUTNIK_X86_VARIANTS is defined
const Bf16Table& bf16_amx_table();    ///< the same

/// The table for an instruction set, or null where this processor has none. For `amx` it is that of AVX-512
/// where amx_support.h has something against bf16 on tiles.
const Bf16Table* bf16_table_of(CpuIsa isa);

} // namespace spoutnik::kernels
