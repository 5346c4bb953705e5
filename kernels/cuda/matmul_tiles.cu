// SPDX-License-Identifier: MIT
#include "kernels/cuda/matmul_tiles.cuh"

#include "kernels/cuda/weight_stages.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr int warps = 4;
constexpr int threads = 32 * warps;
constexpr int tile_rows = 16 * warps;
/// Bytes from one row of decoded codes to the next: 64 modulo 128, so that the lanes of a quarter of a warp,
/// which read 64 bytes of each of two rows, meet different banks.
constexpr int code_pitch = chunk_columns + 64;

struct TileCall {
    Job job;
    RoundedRows x; ///< rows: Job::x_row
    ExpertGroups groups;
    int is_grouped = 0;
    int is_fast = 0;
};

/// What a block keeps in shared memory. Two stages: one is read while the other arrives.
template <Format format, int tokens>
struct TileMemory {
    static constexpr int pitch = stage_pitch(chunk_bytes<format>);
    static constexpr int blocks = blocks_a_chunk<format>;

    alignas(16) unsigned char weights[2][tile_rows * pitch];
    alignas(16) unsigned char x[2][tokens * code_pitch];
    alignas(16) unsigned char codes[tile_rows * code_pitch];
    std::uint32_t scales[tile_rows][4]; ///< blocks of 256: of the groups, a byte each
    std::uint32_t minima[tile_rows][4];
    float scale[blocks][tile_rows];
    float minimum[blocks][tile_rows];
    float x_scale[blocks][tokens];
    float x_sum[blocks][tokens]; ///< blocks of 32 with a minimum
    int index[tokens];           ///< the token or pair, -1 where there is none
    int x_row[tokens];
};

template <Format format, int tokens>
struct Place {
    const TileCall& call;
    TileMemory<format, tokens>& memory;
    int first_row;
    int matrix;
    int count; ///< tokens here

    __device__ __forceinline__ Place(const TileCall& c, TileMemory<format, tokens>& m)
        : call(c), memory(m), first_row(static_cast<int>(blockIdx.y) * tile_rows),
          matrix(static_cast<int>(blockIdx.z)), count(0) {}

    /// Says which tokens the block has; false where it has none.
    __device__ __forceinline__ bool begin() {
        const Job& job = call.job;
        const int thread = static_cast<int>(threadIdx.x);
        std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * tokens;
        if (call.is_grouped != 0) {
            if (static_cast<int>(blockIdx.x) >= *call.groups.tile_count) return false;
            const PairTile tile = call.groups.tiles[blockIdx.x];
            first = tile.first;
            matrix = tile.expert;
            count = tile.count;
        } else {
            const std::int64_t left = job.tokens - first;
            count = static_cast<int>(left < tokens ? left : tokens);
        }
        for (int n = thread; n < tokens; n += threads) {
            const std::int64_t at = first + (n < count ? n : 0);
            const std::int64_t of_all = call.is_grouped != 0 ? call.groups.order[at] : at;
            memory.index[n] = n < count ? static_cast<int>(of_all) : -1;
            // Pairs are groups of the job, tokens are not.
            memory.x_row[n] = static_cast<int>(job.x_row(of_all, 0, of_all));
        }
        return true;
    }
    __device__ __forceinline__ const unsigned char* source(int segment, int chunk, int row) const {
        return call.job.matrix_at(matrix, segment == 1) +
               static_cast<std::size_t>(first_row + row) * call.job.row_bytes +
               static_cast<std::int64_t>(chunk) * chunk_bytes<format>;
    }
};

/// Begins to read a chunk of the rows and of the tokens.
template <Format format, int tokens>
__device__ void fetch(const Place<format, tokens>& place, int segment, int chunk, int stage) {
    TileMemory<format, tokens>& memory = place.memory;
    const int thread = static_cast<int>(threadIdx.x);
    constexpr int lanes = threads / tile_rows;
    const int row = thread / lanes;
    if (place.first_row + row < place.call.job.rows) {
        const std::int64_t left = static_cast<std::int64_t>(place.call.job.row_bytes) -
                                  static_cast<std::int64_t>(chunk) * chunk_bytes<format>;
        const int bytes = left < chunk_bytes<format> ? static_cast<int>(left) : chunk_bytes<format>;
        fetch_row<format>(memory.weights[stage] + row * memory.pitch, place.source(segment, chunk, row),
                          bytes, thread % lanes, lanes, place.call.is_fast != 0);
    }
    const RoundedRows& x = place.call.x;
    constexpr int pieces = chunk_columns / 16;
    for (int n = thread; n < tokens * pieces; n += threads) {
        const int token = n / pieces;
        const std::int8_t* codes = x.codes + (memory.x_row[token] * x.chunks + chunk) * chunk_columns;
        copy_async_16(memory.x[stage] + token * code_pitch + n % pieces * 16, codes + n % pieces * 16,
                      token < place.count ? 16 : 0);
    }
}

/// Decodes a chunk's rows to signed bytes in the order of rounded_rows.cuh, two threads a row.
template <Format format, int tokens>
__device__ void decode(const Place<format, tokens>& place, int segment, int chunk, int stage) {
    using Coder = Codec<format>;
    TileMemory<format, tokens>& memory = place.memory;
    const int thread = static_cast<int>(threadIdx.x);
    const int row = thread / 2;
    const unsigned char* from =
        memory.weights[stage] + row * memory.pitch + lead_of<format>(place.source(segment, chunk, row));
    const typename Coder::Bytes bytes(from);
#pragma unroll
    for (int n = 0; n < 2; ++n) {
        const int i = thread % 2 * 2 + n; // of the four lanes that share a row of a fragment
        Words words;
        Coder::codes(bytes, i, words);
        auto* to = reinterpret_cast<uint4*>(memory.codes + row * code_pitch);
#pragma unroll
        for (int q = 0; q < 4; ++q)
            to[4 * q + i] = make_uint4(words[4 * q], words[4 * q + 1], words[4 * q + 2], words[4 * q + 3]);
        if constexpr (Coder::scale_groups > 0) memory.minima[row][i] = Coder::minima(bytes, i);
    }
    if constexpr (Coder::scale_groups == 0) {
        for (int block = thread % 2; block < memory.blocks; block += 2) {
            memory.scale[block][row] = Coder::scale(from + block * Coder::bytes);
            memory.minimum[block][row] = Coder::minimum_of(from + block * Coder::bytes);
        }
    } else if (thread % 2 == 0) {
        std::uint32_t scales[Coder::scale_groups / 4];
        Coder::scales(bytes, scales);
        for (int k = 0; k < Coder::scale_groups / 4; ++k)
            memory.scales[row][k] = scales[k];
        memory.scale[0][row] = Coder::scale(bytes);
        memory.minimum[0][row] = Coder::minimum_of(bytes);
    }
    const RoundedRows& x = place.call.x;
    for (int n = thread; n < tokens * memory.blocks; n += threads) {
        const int token = n / memory.blocks;
        const int block = n % memory.blocks;
        const std::int64_t at = memory.x_row[token] * x.blocks + chunk * memory.blocks + block;
        memory.x_scale[block][token] = x.scales[at];
        if constexpr (Coder::scale_groups == 0 && Coder::minimum)
            memory.x_sum[block][token] = static_cast<float>(x.block_sums[at]);
    }
}

/// Two groups of a row or a token: the first half of the first group, the second, the same of the second
/// group.
struct GroupPair {
    std::uint32_t words[4];

    __device__ __forceinline__ GroupPair(const unsigned char* row, int pair) {
        const uint4 all = reinterpret_cast<const uint4*>(row)[4 * pair + static_cast<int>(threadIdx.x % 4U)];
        words[0] = all.x;
        words[1] = all.y;
        words[2] = all.z;
        words[3] = all.w;
    }
};

/// A thread's share of the result: rows g and g + 8 of its warp's sixteen, tokens 8 n + 2 i and the next.
template <Format format, int tokens>
struct Share {
    static constexpr int parts = tokens / 8;
    using Coder = Codec<format>;
    float y[parts][4] = {};

    /// Adds a chunk.
    __device__ __forceinline__ void add(const Place<format, tokens>& place, int chunk, int stage) {
        const TileMemory<format, tokens>& memory = place.memory;
        const int lane = static_cast<int>(threadIdx.x % 32U);
        const int row = static_cast<int>(threadIdx.x / 32U) * 16 + lane / 4;
        const unsigned char* first_row = memory.codes + row * code_pitch;
        const unsigned char* second_row = first_row + 8 * code_pitch;
        const unsigned char* x = memory.x[stage] + lane / 4 * code_pitch;
        [[maybe_unused]] std::int32_t sum[parts][4] = {};
#pragma unroll 1 // what follows is long enough; four times as much would only cost the compiler
        for (int pair = 0; pair < chunk_groups / 2; ++pair) {
            const GroupPair first(first_row, pair);
            const GroupPair second(second_row, pair);
#pragma unroll
            for (int part = 0; part < parts; ++part) {
                const GroupPair token(x + part * 8 * code_pitch, pair);
#pragma unroll
                for (int of_pair = 0; of_pair < 2; ++of_pair) {
                    const int group = 2 * pair + of_pair;
                    const std::uint32_t a[4] = {first.words[2 * of_pair], second.words[2 * of_pair],
                                                first.words[2 * of_pair + 1], second.words[2 * of_pair + 1]};
                    const std::uint32_t b[2] = {token.words[2 * of_pair], token.words[2 * of_pair + 1]};
                    if constexpr (Coder::scale_groups > 0)
                        multiply_group<format>(a, b, memory.scales[row], memory.scales[row + 8], group,
                                               sum[part]);
                    else if (chunk * chunk_groups + group < place.call.job.cols / 32)
                        add_block(memory, a, b, group, row, part);
                }
            }
        }
        if constexpr (Coder::scale_groups > 0) apply_scales(place, chunk, row, sum);
    }

  private:
    /// A block of 32: one product of the tensor cores.
    __device__ __forceinline__ void add_block(const TileMemory<format, tokens>& memory,
                                              const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                                              int block, int row, int part) {
        std::int32_t d[4] = {0, 0, 0, 0};
        mma_s8(d, a, b);
        const int token = 8 * part + 2 * static_cast<int>(threadIdx.x % 4U);
#pragma unroll
        for (int e = 0; e < 4; ++e) {
            const float s = memory.x_scale[block][token + e % 2];
            float& sum = y[part][e];
            sum = fmaf(memory.scale[block][row + e / 2 * 8] * s, static_cast<float>(d[e]), sum);
            if constexpr (Coder::minimum)
                sum = fmaf(-(memory.minimum[block][row + e / 2 * 8] * s), memory.x_sum[block][token + e % 2],
                           sum);
        }
    }

    /// A block of 256 whose whole-number sums are complete.
    __device__ __forceinline__ void apply_scales(const Place<format, tokens>& place, int chunk, int row,
                                                 const std::int32_t (&sum)[parts][4]) {
        const TileMemory<format, tokens>& memory = place.memory;
        const int lane = static_cast<int>(threadIdx.x % 32U);
#pragma unroll
        for (int part = 0; part < parts; ++part) {
            [[maybe_unused]] std::int32_t minima[4];
            if constexpr (Coder::minimum) {
                const int token = 8 * part + lane / 4;
                const GroupSums* sums =
                    token < place.count
                        ? place.call.x.group_sums + memory.x_row[token] * place.call.x.blocks + chunk
                        : nullptr;
                multiply_minima<format>(memory.minima[row][lane % 4], memory.minima[row + 8][lane % 4], sums,
                                        minima);
            }
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                const float s = memory.x_scale[0][8 * part + 2 * (lane % 4) + e % 2];
                y[part][e] =
                    fmaf(memory.scale[0][row + e / 2 * 8] * s, static_cast<float>(sum[part][e]), y[part][e]);
                if constexpr (Coder::minimum)
                    y[part][e] = fmaf(-(memory.minimum[0][row + e / 2 * 8] * s),
                                      static_cast<float>(minima[e]), y[part][e]);
            }
        }
    }
};

template <Format format, int tokens>
__global__ void __launch_bounds__(threads, 2) multiply_tiles(TileCall call) {
    using Memory = TileMemory<format, tokens>;
    constexpr int parts = tokens / 8;
    Memory& memory = *dynamic_shared<Memory>();
    Place<format, tokens> place(call, memory);
    if (!place.begin()) return; // the whole block
    __syncthreads();
    const Job& job = call.job;
    const int chunks = static_cast<int>(call.x.chunks);
    const int lane = static_cast<int>(threadIdx.x % 32U);
    const int row = place.first_row + static_cast<int>(threadIdx.x / 32U) * 16 + lane / 4;
    const int segments = job.work == Work::gate_up ? 2 : 1;
    Finisher finishers[parts][4];
    fetch(place, 0, 0, 0);
    copy_async_commit();
    int stage = 0;
    for (int segment = 0; segment < segments; ++segment) {
        Share<format, tokens> share;
        for (int chunk = 0; chunk < chunks; ++chunk, stage ^= 1) {
            copy_async_wait<0>();
            __syncthreads(); // the chunk is there, and nobody reads the other stage or the codes any more
            if (chunk + 1 < chunks)
                fetch(place, segment, chunk + 1, stage ^ 1);
            else if (segment + 1 < segments)
                fetch(place, segment + 1, 0, stage ^ 1);
            copy_async_commit();
            decode(place, segment, chunk, stage);
            __syncthreads();
            share.add(place, chunk, stage);
        }
#pragma unroll
        for (int part = 0; part < parts; ++part)
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                const int index = memory.index[8 * part + 2 * (lane % 4) + e % 2];
                if (index >= 0 && row + e / 2 * 8 < job.rows)
                    finishers[part][e].take(job, index, index, row + e / 2 * 8, segment, share.y[part][e]);
            }
    }
}

template <Format format, int tokens>
void run_tiles(const Context& context, const Job& job, const RoundedRows& x, const ExpertGroups* groups) {
    TileCall call;
    call.job = job;
    call.x = x;
    call.is_fast = rows_come_fast<format>(job) ? 1 : 0;
    std::int64_t tiles = (job.tokens + tokens - 1) / tokens;
    if (groups != nullptr) {
        call.groups = *groups;
        call.is_grouped = 1;
        tiles = groups->most_tiles;
    }
    const dim3 grid(static_cast<unsigned>(tiles),
                    static_cast<unsigned>((job.rows + tile_rows - 1) / tile_rows),
                    groups == nullptr ? static_cast<unsigned>(job.matrices) : 1U);
    launch(multiply_tiles<format, tokens>, grid, static_cast<unsigned>(threads),
           sizeof(TileMemory<format, tokens>), context.stream, call);
}

} // namespace

std::size_t tile_shared_bytes(Format format, int tokens_a_tile) {
    return with_quantised(format, [&]<Format f>() {
        return tokens_a_tile == wide_tile ? sizeof(TileMemory<f, wide_tile>)
                                          : sizeof(TileMemory<f, narrow_tile>);
    });
}

void launch_matmul_tiles(const Context& context, Format format, const Job& job, const RoundedRows& x,
                         const ExpertGroups* groups, int tokens_a_tile) {
    with_quantised(format, [&]<Format f>() {
        if (tokens_a_tile == wide_tile)
            run_tiles<f, wide_tile>(context, job, x, groups);
        else
            run_tiles<f, narrow_tile>(context, job, x, groups);
    });
}

} // namespace spoutnik::kernels::cuda
