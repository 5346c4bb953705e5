// SPDX-License-Identifier: MIT
// The pairs (token, k) of a batch put in order of their experts, on the device.
#pragma once

#include "kernels/cuda/context.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Some pairs of one expert, which share its decoded weights: order[first ... first + count - 1].
struct PairTile {
    std::int32_t expert = 0;
    std::int32_t first = 0;
    std::int32_t count = 0;
};

struct ExpertGroups {
    std::int32_t* order = nullptr;      ///< [pairs]: pairs whose expert exists, an expert's together
    PairTile* tiles = nullptr;          ///< [most_tiles]
    std::int32_t* tile_count = nullptr; ///< how many there are
    std::int64_t most_tiles = 0;
};

std::size_t group_bytes(std::int64_t pairs, std::int64_t experts, std::int64_t pairs_a_tile);
ExpertGroups groups_in(std::byte* memory, std::int64_t pairs, std::int64_t experts,
                       std::int64_t pairs_a_tile);
/// ids: [pairs]. Ids that no expert has are left out.
void group_by_expert(Stream stream, const std::int32_t* ids, std::int64_t pairs, std::int64_t experts,
                     std::int64_t pairs_a_tile, const ExpertGroups& groups);

/// Experts whose counts fit the shared memory of a block.
inline constexpr std::int64_t most_grouped_experts = 4096;

/// The results of the pairs, weighed and added up in the order of k.
struct WeighedPairs {
    const float* results = nullptr; ///< [tokens, experts_used, cols]
    const std::int32_t* ids = nullptr;
    const float* weights = nullptr;
    std::int64_t tokens = 0;
    std::int64_t cols = 0;
    int experts_used = 1;
    int experts = 0;
};

/// out[t] += sum over k; NaN where an expert does not exist.
void add_experts(Stream stream, const WeighedPairs& pairs, float* out, std::int64_t out_stride);

} // namespace spoutnik::kernels::cuda
