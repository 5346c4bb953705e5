// SPDX-License-Identifier: MIT
#include "kernels/cuda/matvec.cuh"

#include "kernels/cuda/round_chunk.cuh"
#include "kernels/cuda/weight_stages.cuh"

#include <algorithm>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int threads = 32 * matvec_warps;
constexpr int tile_by_chunks = 16 * matvec_warps; ///< rows of a tile times chunks of a step
constexpr int padding = 4; ///< floats behind the sums of a token, so that lanes meet different banks

/// The sums of a step: of `blocks` blocks a row, for all rows of the tile and up to `tokens` tokens.
template <Format format, int tokens>
struct Sums {
    static constexpr int blocks = blocks_a_chunk<format>;
    /// Where there are several tokens the sums are many: they are read before the next ones are written.
    static constexpr int sets = tokens == 1 ? 2 : 1;
    static constexpr bool has_minima = Codec<format>::minimum;
    /// The minimum of a block of 32 multiplies a sum of activations alone, which is at hand.
    static constexpr bool has_minimum_sums = has_minima && Codec<format>::scale_groups > 0;
    static constexpr int rows_and_blocks = tile_by_chunks * blocks;
    static constexpr int products = tokens * (rows_and_blocks + padding * blocks * matvec_warps);
    static constexpr int floats =
        products * (has_minimum_sums ? 2 : 1) + rows_and_blocks * (has_minima ? 2 : 1);

    float* memory;
    int rows; ///< of the tile

    __device__ __forceinline__ Sums(float* at, int tile_rows) : memory(at), rows(tile_rows) {}
    __device__ __forceinline__ float& product(int block, int token, int row) const {
        return memory[(block * tokens + token) * (rows + padding) + row];
    }
    __device__ __forceinline__ float& minimum_product(int block, int token, int row) const {
        return memory[products + (block * tokens + token) * (rows + padding) + row];
    }
    __device__ __forceinline__ float& scale(int block, int row) const {
        return memory[products * (has_minimum_sums ? 2 : 1) + block * rows + row];
    }
    __device__ __forceinline__ float& minimum(int block, int row) const {
        return memory[products * (has_minimum_sums ? 2 : 1) + rows_and_blocks + block * rows + row];
    }
};

/// What a block of threads works on.
template <Format format, int tokens>
struct Tile {
    const MatvecCall& call;
    RoundedRows x;
    std::int64_t group;  ///< see Job
    int first_row;       ///< of the matrix
    int rows;            ///< of the tile
    int tokens_here;     ///< in the group
    unsigned char* ring; ///< [stages][rows][pitch]

    __device__ __forceinline__ explicit Tile(const MatvecCall& c)
        : call(c), x(c.x), group(blockIdx.x), rows(16 * (matvec_warps / c.plan.warps_along)),
          ring(dynamic_shared<unsigned char>()) {
        first_row = static_cast<int>(blockIdx.y) * rows;
        const std::int64_t left = call.job.tokens - group * tokens;
        tokens_here = tokens == 1 ? 1 : static_cast<int>(left < tokens ? left : tokens);
    }

    __device__ __forceinline__ Sums<format, tokens> sums(int set) const {
        auto* behind = reinterpret_cast<float*>(ring + call.plan.stages * rows * call.plan.pitch);
        return {behind + set * Sums<format, tokens>::floats, rows};
    }
    __device__ __forceinline__ std::int64_t x_row(int segment, int token) const {
        if (tokens == 1 && call.rounds_itself != 0) return 0;
        return call.job.x_row(group, segment, group * tokens + token);
    }
    /// Rounds the block's row behind the sums: it is there for all after the next barrier.
    __device__ __forceinline__ void round_own() {
        constexpr int block = Codec<format>::values;
        auto* memory = reinterpret_cast<unsigned char*>(sums(Sums<format, tokens>::sets).memory);
        x.codes = reinterpret_cast<std::int8_t*>(memory);
        memory += x.chunks * chunk_columns;
        x.scales = reinterpret_cast<float*>(memory);
        memory += x.blocks * static_cast<int>(sizeof(float));
        if constexpr (block == 32)
            x.block_sums = reinterpret_cast<std::int32_t*>(memory);
        else
            x.group_sums = reinterpret_cast<GroupSums*>(memory);
        const float* source = row_of(call.floats, call.job.x_row(group, 0, group));
        for (std::int64_t chunk = threadIdx.x / 32U; chunk < x.chunks; chunk += matvec_warps)
            round_chunk<block>(source, call.floats.cols, chunk, x, 0);
    }
    /// Bytes that it takes.
    static int own_bytes(const RoundedRows& shape) {
        constexpr int sums_of_a_block =
            static_cast<int>(Codec<format>::values == 32 ? sizeof(std::int32_t) : sizeof(GroupSums));
        return static_cast<int>(shape.chunks) * chunk_columns +
               static_cast<int>(shape.blocks) * (static_cast<int>(sizeof(float)) + sums_of_a_block);
    }
    /// Bytes of the rows before a step.
    __device__ __forceinline__ std::int64_t bytes_before(int step) const {
        return static_cast<std::int64_t>(step) * call.plan.warps_along * chunk_bytes<format>;
    }
    __device__ __forceinline__ const unsigned char* source(int segment, int step, int row) const {
        return call.job.matrix_at(call.job.matrix(group, segment), segment) +
               static_cast<std::size_t>(first_row + row) * call.job.row_bytes + bytes_before(step);
    }
    __device__ __forceinline__ unsigned char* place(int iteration, int row) const {
        return ring + (iteration % call.plan.stages * rows + row) * call.plan.pitch;
    }
};

/// Begins to read a step's bytes into the ring.
template <Format format, int tokens>
__device__ void fetch(const Tile<format, tokens>& tile, int iteration) {
    const MatvecPlan& plan = tile.call.plan;
    const int segment = iteration / plan.steps;
    const int step = iteration % plan.steps;
    const int lanes = threads / tile.rows;
    const int row = static_cast<int>(threadIdx.x) / lanes;
    if (tile.first_row + row >= tile.call.job.rows) return;
    const std::int64_t left = static_cast<std::int64_t>(tile.call.job.row_bytes) - tile.bytes_before(step);
    const std::int64_t step_bytes = static_cast<std::int64_t>(plan.warps_along) * chunk_bytes<format>;
    const int bytes = static_cast<int>(left < step_bytes ? left : step_bytes);
    fetch_row<format>(tile.place(iteration, row), tile.source(segment, step, row), bytes,
                      static_cast<int>(threadIdx.x) % lanes, lanes, plan.is_fast != 0);
}

/// The codes of a group and half of it, of rows g and g + 8 (first and second) of a warp's sixteen.
__device__ __forceinline__ void fragment_of(const Words& first, const Words& second, int group,
                                            std::uint32_t (&a)[4]) {
    a[0] = first[2 * group];
    a[1] = second[2 * group];
    a[2] = first[2 * group + 1];
    a[3] = second[2 * group + 1];
}

/// Sixteen rows times a chunk, for blocks of 32: each step of the tensor cores is a block.
template <Format format, int tokens>
__device__ __forceinline__ void multiply_blocks_of_32(const Words& first, const Words& second, const Words& x,
                                                      const Sums<format, tokens>& to, int first_block,
                                                      int row) {
    const int i = static_cast<int>(threadIdx.x % 4U);
#pragma unroll
    for (int group = 0; group < chunk_groups; ++group) {
        std::uint32_t a[4];
        fragment_of(first, second, group, a);
        const std::uint32_t b[2] = {x[2 * group], x[2 * group + 1]};
        std::int32_t d[4] = {0, 0, 0, 0};
        mma_s8(d, a, b);
#pragma unroll
        for (int e = 0; e < 4; ++e) {
            const int token = 2 * i + e % 2;
            if (tokens > 1 || token == 0)
                to.product(first_block + group, token, row + e / 2 * 8) = static_cast<float>(d[e]);
        }
    }
}

/// A warp's share of a step: 16 rows, one chunk.
template <Format format, int tokens>
__device__ void multiply(const Tile<format, tokens>& tile, int iteration, const Sums<format, tokens>& to) {
    using Coder = Codec<format>;
    const MatvecPlan& plan = tile.call.plan;
    const int segment = iteration / plan.steps;
    const int step = iteration % plan.steps;
    const int warp = static_cast<int>(threadIdx.x / 32U);
    const int in_step = warp % plan.warps_along;
    const int chunk = step * plan.warps_along + in_step;
    if (chunk >= plan.chunks) return; // a whole warp
    const int lane = static_cast<int>(threadIdx.x % 32U);
    const int i = lane % 4;
    const int row = warp / plan.warps_along * 16 + lane / 4; // in the tile; the second is 8 further on

    const unsigned char* rows[2];
    for (int r = 0; r < 2; ++r)
        rows[r] = tile.place(iteration, row + 8 * r) +
                  lead_of<format>(tile.source(segment, step, row + 8 * r)) + in_step * chunk_bytes<format>;
    const typename Coder::Bytes first_bytes(rows[0]);
    const typename Coder::Bytes second_bytes(rows[1]);
    Words first;
    Words second;
    Coder::codes(first_bytes, i, first);
    Coder::codes(second_bytes, i, second);

    // The tokens of the group are the columns of the other fragment.
    const int token = lane / 4;
    const bool is_token = token < tile.tokens_here;
    const std::int64_t x_row = tile.x_row(segment, is_token ? token : 0);
    Words x;
    {
        const auto* source =
            reinterpret_cast<const uint4*>(tile.x.codes + (x_row * tile.x.chunks + chunk) * chunk_columns);
#pragma unroll
        for (int q = 0; q < 4; ++q) {
            const uint4 part = is_token ? source[4 * q + i] : make_uint4(0, 0, 0, 0);
            x[4 * q] = part.x;
            x[4 * q + 1] = part.y;
            x[4 * q + 2] = part.z;
            x[4 * q + 3] = part.w;
        }
    }

    if constexpr (Coder::scale_groups == 0) {
        const int first_block = in_step * chunk_groups;
        multiply_blocks_of_32<format, tokens>(first, second, x, to, first_block, row);
        for (int block = i; block < chunk_groups; block += 4) // the four lanes of a row share its scales
            for (int r = 0; r < 2; ++r) {
                const unsigned char* at = rows[r] + block * Coder::bytes;
                to.scale(first_block + block, row + 8 * r) = Coder::scale(at);
                if (Coder::minimum) to.minimum(first_block + block, row + 8 * r) = Coder::minimum_of(at);
            }
    } else {
        std::uint32_t scales_of_first[Coder::scale_groups / 4];
        std::uint32_t scales_of_second[Coder::scale_groups / 4];
        Coder::scales(first_bytes, scales_of_first);
        Coder::scales(second_bytes, scales_of_second);
        std::int32_t sum[4] = {0, 0, 0, 0};
#pragma unroll
        for (int group = 0; group < chunk_groups; ++group) {
            std::uint32_t a[4];
            fragment_of(first, second, group, a);
            const std::uint32_t b[2] = {x[2 * group], x[2 * group + 1]};
            multiply_group<format>(a, b, scales_of_first, scales_of_second, group, sum);
        }
        std::int32_t minimum_sum[4] = {0, 0, 0, 0};
        if constexpr (Coder::minimum)
            multiply_minima<format>(Coder::minima(first_bytes, i), Coder::minima(second_bytes, i),
                                    is_token ? tile.x.group_sums + x_row * tile.x.blocks + chunk : nullptr,
                                    minimum_sum);
#pragma unroll
        for (int e = 0; e < 4; ++e) {
            const int column = 2 * i + e % 2;
            if (tokens == 1 && column != 0) continue;
            to.product(in_step, column, row + e / 2 * 8) = static_cast<float>(sum[e]);
            if constexpr (Coder::minimum)
                to.minimum_product(in_step, column, row + e / 2 * 8) = static_cast<float>(minimum_sum[e]);
        }
        if (i == 0)
            for (int r = 0; r < 2; ++r) {
                const typename Coder::Bytes& bytes = r == 0 ? first_bytes : second_bytes;
                to.scale(in_step, row + 8 * r) = Coder::scale(bytes);
                if (Coder::minimum) to.minimum(in_step, row + 8 * r) = Coder::minimum_of(bytes);
            }
    }
}

/// The elements of the result that a thread owns.
template <Format format, int tokens>
struct Owned {
    static constexpr int most = tokens == 1 ? 1 : tokens * 64 / threads;
    float y[most] = {};
    Finisher finishers[most];

    /// Applies the scales of a step's blocks in their order; at the end of a segment hands the result on.
    __device__ __forceinline__ void take(const Tile<format, tokens>& tile, int iteration,
                                         const Sums<format, tokens>& sums) {
        const MatvecPlan& plan = tile.call.plan;
        const int segment = iteration / plan.steps;
        const int step = iteration % plan.steps;
        const int first_block = step * plan.warps_along * blocks_a_chunk<format>;
        const int blocks = min(plan.warps_along * blocks_a_chunk<format>,
                               tile.call.job.cols / Codec<format>::values - first_block);
#pragma unroll
        for (int n = 0; n < most; ++n) {
            const int element = static_cast<int>(threadIdx.x) + n * threads;
            const int row = element % tile.rows;
            const int token = element / tile.rows;
            if (token >= tile.tokens_here || tile.first_row + row >= tile.call.job.rows) continue;
            const std::int64_t x_row = tile.x_row(segment, token);
            const float* scales = tile.x.scales + x_row * tile.x.blocks + first_block;
#pragma unroll 4
            for (int block = 0; block < blocks; ++block) {
                const float s = scales[block];
                y[n] = fmaf(sums.scale(block, row) * s, sums.product(block, token, row), y[n]);
                if constexpr (Codec<format>::minimum) {
                    float minimum_sum = 0.0F;
                    if constexpr (Sums<format, tokens>::has_minimum_sums)
                        minimum_sum = sums.minimum_product(block, token, row);
                    else
                        minimum_sum = static_cast<float>(
                            tile.x.block_sums[x_row * tile.x.blocks + first_block + block]);
                    y[n] = fmaf(-(sums.minimum(block, row) * s), minimum_sum, y[n]);
                }
            }
            if (step < plan.steps - 1) continue;
            finishers[n].take(tile.call.job, tile.group, tile.group * tokens + token, tile.first_row + row,
                              segment, y[n]);
            y[n] = 0.0F;
        }
    }
};

__device__ __forceinline__ void wait_for_stage(int stages) {
    if (stages == 2)
        copy_async_wait<0>();
    else if (stages == 3)
        copy_async_wait<1>();
    else
        copy_async_wait<2>();
}

template <Format format, int tokens>
__global__ void __launch_bounds__(threads) matvec(MatvecCall call) {
    Tile<format, tokens> tile(call);
    const int iterations = call.job.segments() * call.plan.steps;
    const int ahead = call.plan.stages - 1;
    constexpr int sets = Sums<format, tokens>::sets;
    Owned<format, tokens> owned;
    for (int i = 0; i < ahead; ++i) {
        if (i < iterations) fetch(tile, i);
        copy_async_commit();
    }
    if constexpr (tokens == 1)
        if (call.rounds_itself != 0) tile.round_own();
    for (int i = 0; i < iterations; ++i) {
        wait_for_stage(call.plan.stages);
        __syncthreads(); // everyone's bytes of step i and sums of step i - 1 are there, stage i - 1 is free
        if (i + ahead < iterations) fetch(tile, i + ahead);
        copy_async_commit();
        if (i > 0) owned.take(tile, i - 1, tile.sums((i - 1) % sets));
        if constexpr (sets == 1) __syncthreads(); // the sums are used up
        multiply(tile, i, tile.sums(i % sets));
    }
    __syncthreads();
    owned.take(tile, iterations - 1, tile.sums((iterations - 1) % sets));
}

template <Format format>
MatvecPlan plan_of(const Job& job, int sums_bytes) {
    constexpr int budget = 48 * 1024; // what every device grants without asking, and four blocks an SM
    MatvecPlan plan;
    plan.chunks = (job.cols + chunk_columns - 1) / chunk_columns;
    plan.warps_along = plan.chunks >= 3 ? 4 : plan.chunks;
    plan.steps = (plan.chunks + plan.warps_along - 1) / plan.warps_along;
    plan.pitch = stage_pitch(plan.warps_along * chunk_bytes<format>);
    const int stage_bytes = plan.tile_rows() * plan.pitch;
    plan.stages = std::clamp((budget - sums_bytes) / stage_bytes, 2, 4);
    plan.is_fast = rows_come_fast<format>(job) ? 1 : 0;
    return plan;
}

template <Format format, int tokens>
void run(const Context& context, const Job& job, const RoundedRows& x, std::int64_t groups,
         const RowsToRound* floats) {
    using Set = Sums<format, tokens>;
    constexpr int sums_bytes = Set::floats * Set::sets * static_cast<int>(sizeof(float));
    MatvecCall call{job, x, plan_of<format>(job, sums_bytes), 0, {}};
    if (floats != nullptr) {
        call.rounds_itself = 1;
        call.floats = *floats;
    }
    const int tile_rows = call.plan.tile_rows();
    const dim3 grid(static_cast<unsigned>(groups),
                    static_cast<unsigned>((job.rows + tile_rows - 1) / tile_rows),
                    job.work == Work::rows ? static_cast<unsigned>(job.matrices) : 1U);
    const int own_bytes = floats != nullptr ? Tile<format, tokens>::own_bytes(x) : 0;
    const int shared = call.plan.stages * tile_rows * call.plan.pitch + sums_bytes + own_bytes;
    launch(matvec<format, tokens>, grid, threads, static_cast<std::size_t>(shared), context.stream, call);
}

} // namespace

bool rounds_itself(const Context& context, const Job& job, std::int64_t groups) {
    constexpr int most_chunks =
        4 * matvec_warps;                   // some 1500 clocks of a warp; the first weights take as long
    constexpr std::int64_t most_blocks = 8; // a multiprocessor
    constexpr int rows_a_block = 16;
    const bool has_one_row = job.work != Work::down || job.experts_used == 1;
    const std::int64_t blocks =
        (job.rows + rows_a_block - 1) / rows_a_block * groups * (job.work == Work::rows ? job.matrices : 1);
    return has_one_row && (job.cols + chunk_columns - 1) / chunk_columns <= most_chunks &&
           blocks <= most_blocks * context.multiprocessors;
}

void launch_matvec(const Context& context, Format format, const Job& job, const RoundedRows& x,
                   std::int64_t groups, bool one_token, const RowsToRound* floats) {
    with_quantised(format, [&]<Format f>() {
        if (one_token)
            run<f, 1>(context, job, x, groups, floats);
        else
            run<f, matvec_tokens>(context, job, x, groups, nullptr);
    });
}

} // namespace spoutnik::kernels::cuda
