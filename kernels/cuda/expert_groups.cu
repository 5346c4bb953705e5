// SPDX-License-Identifier: MIT
// A block of threads counts the pairs of each expert, adds the counts up and scatters the pairs. Where among
// an expert's pairs one lands is left to chance (an atomic counter of whole numbers); its result does not
// depend on its neighbours.
#include "kernels/cuda/expert_groups.cuh"

#include "kernels/cuda/dialect.cuh"

#include <algorithm>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int threads = 1024;

/// What comes before each of 32 numbers; `total` becomes the sum of all.
__device__ __forceinline__ int sum_before(int value, int& total) {
    const int lane = static_cast<int>(threadIdx.x % 32U);
    int sum = value;
    for (int distance = 1; distance < 32; distance *= 2) {
        const int other = __shfl_up_sync(0xffffffffU, sum, static_cast<unsigned>(distance));
        if (lane >= distance) sum += other;
    }
    total = __shfl_sync(0xffffffffU, sum, 31);
    return sum - value;
}

__global__ void __launch_bounds__(threads)
    group_pairs(const std::int32_t* ids, int pairs, int experts, int pairs_a_tile, ExpertGroups to) {
    int* counts = dynamic_shared<int>(); // [experts]
    int* firsts = counts + experts;      // [experts]: then the next free place of each
    int* tiles = firsts + experts;       // [experts]: number of its first tile
    const int thread = static_cast<int>(threadIdx.x);
    for (int e = thread; e < experts; e += threads)
        counts[e] = 0;
    __syncthreads();
    for (int p = thread; p < pairs; p += threads)
        if (ids[p] >= 0 && ids[p] < experts) atomicAdd(&counts[ids[p]], 1);
    __syncthreads();
    if (thread < 32) {
        int pairs_before = 0;
        int tiles_before = 0;
        for (int e = 0; e < experts; e += 32) {
            const int expert = e + thread;
            const int count = expert < experts ? counts[expert] : 0;
            int all_pairs = 0;
            int all_tiles = 0;
            const int first = pairs_before + sum_before(count, all_pairs);
            const int tile = tiles_before + sum_before((count + pairs_a_tile - 1) / pairs_a_tile, all_tiles);
            if (expert < experts) {
                firsts[expert] = first;
                tiles[expert] = tile;
            }
            pairs_before += all_pairs;
            tiles_before += all_tiles;
        }
        if (thread == 0) *to.tile_count = tiles_before;
    }
    __syncthreads();
    for (int e = thread; e < experts; e += threads)
        for (int done = 0, tile = tiles[e]; done < counts[e]; done += pairs_a_tile, ++tile)
            to.tiles[tile] = {e, firsts[e] + done, min(pairs_a_tile, counts[e] - done)};
    __syncthreads(); // firsts change now
    for (int p = thread; p < pairs; p += threads)
        if (ids[p] >= 0 && ids[p] < experts) to.order[atomicAdd(&firsts[ids[p]], 1)] = p;
}

constexpr int columns_a_block = 256;

__global__ void __launch_bounds__(columns_a_block)
    add_weighed_pairs(WeighedPairs pairs, float* out, std::int64_t out_stride) {
    const std::int64_t token = blockIdx.x;
    const std::int64_t column = static_cast<std::int64_t>(blockIdx.y) * columns_a_block + threadIdx.x;
    if (column >= pairs.cols) return;
    float* target = out + token * out_stride + column;
    float sum = *target;
    for (std::int64_t p = token * pairs.experts_used; p < (token + 1) * pairs.experts_used; ++p) {
        const bool exists = pairs.ids[p] >= 0 && pairs.ids[p] < pairs.experts;
        const float scaled = pairs.weights[p] * pairs.results[p * pairs.cols + column];
        sum = sum + (exists ? scaled : __uint_as_float(0x7FC00000U));
    }
    *target = sum;
}

std::size_t aligned(std::size_t bytes) {
    constexpr std::size_t alignment = 256;
    return (bytes + alignment - 1) / alignment * alignment;
}
std::int64_t most_tiles(std::int64_t pairs, std::int64_t experts, std::int64_t pairs_a_tile) {
    return pairs / pairs_a_tile + std::min(pairs, experts); // one of each expert may be partly filled
}

} // namespace

std::size_t group_bytes(std::int64_t pairs, std::int64_t experts, std::int64_t pairs_a_tile) {
    return aligned(static_cast<std::size_t>(pairs) * sizeof(std::int32_t)) +
           aligned(static_cast<std::size_t>(most_tiles(pairs, experts, pairs_a_tile)) * sizeof(PairTile)) +
           aligned(sizeof(std::int32_t));
}

ExpertGroups groups_in(std::byte* memory, std::int64_t pairs, std::int64_t experts,
                       std::int64_t pairs_a_tile) {
    // NOLINTBEGIN: one stretch of memory holds all
    ExpertGroups groups;
    groups.most_tiles = most_tiles(pairs, experts, pairs_a_tile);
    groups.order = reinterpret_cast<std::int32_t*>(memory);
    memory += aligned(static_cast<std::size_t>(pairs) * sizeof(std::int32_t));
    groups.tiles = reinterpret_cast<PairTile*>(memory);
    memory += aligned(static_cast<std::size_t>(groups.most_tiles) * sizeof(PairTile));
    groups.tile_count = reinterpret_cast<std::int32_t*>(memory);
    // NOLINTEND
    return groups;
}

void group_by_expert(Stream stream, const std::int32_t* ids, std::int64_t pairs, std::int64_t experts,
                     std::int64_t pairs_a_tile, const ExpertGroups& groups) {
    launch(group_pairs, 1U, static_cast<unsigned>(threads),
           3 * static_cast<std::size_t>(experts) * sizeof(int), stream, ids, static_cast<int>(pairs),
           static_cast<int>(experts), static_cast<int>(pairs_a_tile), groups);
}

void add_experts(Stream stream, const WeighedPairs& pairs, float* out, std::int64_t out_stride) {
    const dim3 grid(static_cast<unsigned>(pairs.tokens),
                    static_cast<unsigned>((pairs.cols + columns_a_block - 1) / columns_a_block));
    launch(add_weighed_pairs, grid, static_cast<unsigned>(columns_a_block), 0, stream, pairs, out,
           out_stride);
}

} // namespace spoutnik::kernels::cuda
