// SPDX-License-Identifier: MIT
// Products of weights in f32, f16 and bf16, summed in f32.
//
// A block of four warps takes four rows of the matrix and one token or up to eight. Thread n adds up the
// columns of pieces n, n + 128, ... of 16 bytes of the row, in ascending order, with fused multiply-adds; the
// threads of a warp are added in a tree, then the warps in order. So the order depends on the number of
// columns alone, and a token has the same bits alone and among hundreds.
//
// One token: four rows and two pieces under way are 128 bytes a thread, 2048 threads an SM: far more than
// bandwidth times latency asks for. Eight tokens: 32 products a loaded weight and activation pair of 4 + 8
// values, half of the f32 rate; prompts of models in floats are bound by that.
#pragma once

#include "kernels/cuda/product_job.cuh"
#include "kernels/format.h"

#include <cstdint>

namespace spoutnik::kernels::cuda {

inline constexpr int float_tokens = 8; ///< of a group, where there are several

struct FloatCall {
    Job job;
    const float* x = nullptr;
    std::int64_t x_stride = 0;        ///< from one token (or pair) to the next
    std::int64_t x_matrix_stride = 0; ///< Work::rows: from the activations of one matrix to the next
    int is_aligned = 0;               ///< every row of weights and of activations begins at 16 bytes
};

/// Tiles of rows that one launch takes: a grid goes no further down, a vocabulary may.
inline constexpr int most_tiles_down = 65535;

/// Runs a job over weights in floats. `call.is_aligned` need not be set.
void launch_float_products(const Context& context, Format format, FloatCall call, std::int64_t groups,
                           bool one_token_a_group, int tiles_a_launch = most_tiles_down);

} // namespace spoutnik::kernels::cuda
