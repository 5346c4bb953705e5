// SPDX-License-Identifier: MIT
// Few tokens times quantised weights: decode. Bound by memory, so everything serves the stream of weights.
//
// A block of four warps owns 16, 32 or 64 rows of the matrix and reads each of their bytes once, a step of
// columns at a time, through a ring of stages in shared memory (asynchronous copies of 16 bytes whose global
// addresses are aligned whatever the row's: a row keeps its address modulo 16 in the ring). A warp takes 16
// rows and one chunk of 256 columns of a step: it decodes the bytes to whole numbers straight into fragments
// and multiplies them with up to eight tokens on the tensor cores, whose sums are exact. The sums of the
// step's blocks go through shared memory to the threads that own an element of the result: they apply the
// scales, block after block, in the order that int8_rows.h defines. While they do, the others compute the
// next step.
//
// Where rounds_itself() says so, each block rounds its row of activations to 8 bits while the first stages
// arrive.
//
// Paper figures for an H200 (132 SMs at 1.7 GHz, 4.2 TB/s of copies, 19 bytes a clock and SM):
//   - Under way: three of four stages of 9 KiB (q4) a block, four blocks an SM: 100 KiB, while bandwidth
//   times
//     latency (0.7 us) asks for 22 KiB.
//   - Work: 4096 weights of q4_K are 2304 bytes or 121 clocks of the SM's share; a warp decodes and
//   multiplies
//     them in some 150 instructions, of which four schedulers issue four a clock. q2_K: 71 clocks, some 200.
//   - Shared memory: each byte of weights is written once and read at most twice, 60 of 128 bytes a clock.
#pragma once

#include "kernels/cuda/product_job.cuh"
#include "kernels/cuda/rounded_rows.cuh"
#include "kernels/format.h"

#include <cstdint>

namespace spoutnik::kernels::cuda {

inline constexpr int matvec_warps = 4;
inline constexpr int matvec_tokens = 8; ///< columns of a fragment

/// How the four warps share rows and columns, and how the ring of stages lies in shared memory.
struct MatvecPlan {
    int chunks = 0;      ///< of 256 columns, in a row
    int warps_along = 0; ///< 1, 2 or 4 warps along the columns; the others along the rows
    int steps = 0;       ///< of warps_along chunks
    int stages = 0;      ///< 2 to 4
    int pitch = 0;       ///< bytes from one row of a stage to the next
    int is_fast = 0;     ///< rows begin at addresses that the codec takes as they are

    int tile_rows() const { return 16 * (matvec_warps / warps_along); }
};

struct MatvecCall {
    Job job;
    RoundedRows x; ///< rows: Job::x_row
    MatvecPlan plan;
    int rounds_itself = 0; ///< each block the one row that it needs, into shared memory; x has only its shape
    RowsToRound floats;    ///< then
};

/// Whether the blocks of a job with a token (or pair) a group should round their row themselves: where that
/// is soon done, while the first weights are on their way, and the blocks are few. It saves the start of a
/// kernel, and changes no bit.
bool rounds_itself(const Context& context, const Job& job, std::int64_t groups);

/// Runs a job in any quantised format, one token (or pair) a group or up to eight. `floats`: the rows that
/// blocks round themselves; null where x is rounded.
void launch_matvec(const Context& context, Format format, const Job& job, const RoundedRows& x,
                   std::int64_t groups, bool one_token_a_group, const RowsToRound* floats);

} // namespace spoutnik::kernels::cuda
