// SPDX-License-Identifier: MIT
// The inner loops of the CPU backend, one table of them for each instruction set.
//
// The contract that makes results independent of batches and threads: within one table, the dot product of a
// row with a vector is summed in one order, fixed by the number of columns alone, whichever of dot_rows and
// dot_tile computes it; dequantize() gives the bits of kernels::dequantize(); every other function treats its
// elements alike wherever they stand.
//
// This header is included by translation units compiled for one instruction set, so it holds declarations
// only: an inline function here could reach the program in its AVX-512 form and be called on any processor.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

struct CpuTable {
    /// `values` floats from the blocks at `source`; no alignment needed on either side.
    void (*dequantize)(Format format, const std::byte* source, std::int64_t values, float* destination);

    /// out[r] = row r . x for rows of `cols` values that lie `row_bytes` apart, dequantised on the way.
    void (*dot_rows)(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                     std::int64_t cols, const float* x, float* out);

    /// out[t][r] = row r . x[t] for f32 rows `stride` floats apart.
    void (*dot_tile)(const float* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
                     const float* const* x, std::int64_t tokens, float* const* out);

    /// out[i][c] += sum over r of weights[i][r] * rows[r * stride + c], r ascending.
    void (*mix_rows)(const float* const* weights, std::int64_t count, const float* rows, std::int64_t stride,
                     std::int64_t row_count, std::int64_t cols, float* const* out);
    /// out[c * out_stride + r] = x[r * stride + c]. Bits are moved, not numbers.
    void (*transpose)(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, float* out,
                      std::int64_t out_stride);

    float (*sum_of_squares)(const float* x, std::int64_t n);
    /// The largest of n >= 1 values; unspecified among NaNs.
    float (*largest)(const float* x, std::int64_t n);
    /// x[i] = exp(x[i] - shift); returns their sum.
    float (*exp_and_sum)(float* x, std::int64_t n, float shift);

    /// out[i] = x[i] * factor * gain[i]
    void (*scale_with_gain)(const float* x, float factor, const float* gain, std::int64_t n, float* out);
    /// out[i] += factor * x[i]
    void (*add_scaled)(float factor, const float* x, std::int64_t n, float* out);
    /// out[i] = out[i] * a + x[i] * b
    void (*blend)(float a, float b, const float* x, std::int64_t n, float* out);
    /// out[i] *= factor
    void (*scale)(float factor, std::int64_t n, float* out);
    /// out[i] = silu(gate[i]) * up[i]
    void (*swiglu)(const float* gate, const float* up, std::int64_t n, float* out);

    /// Rounds to nearest even, NaN stays NaN. `destination` needs no alignment.
    void (*store_f16)(const float* x, std::int64_t n, std::byte* destination);
    void (*store_bf16)(const float* x, std::int64_t n, std::byte* destination);
};

const CpuTable& reference_table();
const CpuTable& avx2_table();   ///< exists where SPOUTNIK_X86_VARIANTS is defined
const CpuTable& avx512_table(); ///< the same

/// The table of an instruction set; throws std::invalid_argument when this processor cannot run it.
const CpuTable& table_of(CpuIsa isa);

} // namespace spoutnik::kernels
