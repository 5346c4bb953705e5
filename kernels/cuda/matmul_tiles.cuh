// SPDX-License-Identifier: MIT
// Many tokens times quantised weights: prefill. Bound by arithmetic.
//
// A block of four warps computes 64 rows of the matrix for 64 (or 16) tokens. Chunk by chunk of 256 columns,
// the bytes of the rows and the codes of the tokens come into shared memory by asynchronous copies, one chunk
// ahead; the threads decode the rows once, to signed bytes in the order of fragments; each warp multiplies 16
// rows with all tokens on the tensor cores, sums in whole numbers, and applies the scales in f32, block after
// block, in the order that int8_rows.h defines. An element of the result belongs to one thread all along, so
// it has the bits that matvec.cuh gives it.
//
// Tokens are neighbours, or pairs (token, k) of one expert where `groups` is given: the grid is made for the
// most tiles there can be, and blocks without a tile end at once.
//
// Paper figures for q4_K, 64 tokens: 84 KiB of shared memory, two blocks an SM. A chunk is 64 products of a
// fragment a warp, each followed by four multiply-adds of whole numbers, which at half rate cost what the
// product costs (2 clocks an SM); decoding adds some 220 instructions a thread a chunk to 500. That is 500 to
// 1000 multiply-adds a clock and SM, or 110 to 220 T/s on an H200, where 15,000 tokens/s of V2-Lite (2.4 G
// weights a token) ask for 36.
#pragma once

#include "kernels/cuda/expert_groups.cuh"
#include "kernels/cuda/product_job.cuh"
#include "kernels/cuda/rounded_rows.cuh"
#include "kernels/format.h"

#include <cstddef>

namespace spoutnik::kernels::cuda {

/// Tokens of a tile: few where an expert has few.
inline constexpr int wide_tile = 64;
inline constexpr int narrow_tile = 16;

/// Bytes of shared memory that a block takes.
std::size_t tile_shared_bytes(Format format, int tokens_a_tile);

/// Runs a job in any quantised format. groups: null for Work::rows.
void launch_matmul_tiles(const Context& context, Format format, const Job& job, const RoundedRows& x,
                         const ExpertGroups* groups, int tokens_a_tile);

} // namespace spoutnik::kernels::cuda
