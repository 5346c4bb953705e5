// SPDX-License-Identifier: MIT
// Choosing on the device: experts for tokens, and the likeliest tokens for sampling.
//
// Launchers as context.h describes them.
#pragma once

#include "kernels/cuda/context.h"
#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Most experts (and groups of them) a router may have: their scores live in a block's shared memory.
inline constexpr std::int64_t most_experts = 4096;

/// Backend::route_experts. logits: [tokens, experts], at most most_experts; selection_bias: [experts] or
/// null; ids, weights: [tokens, experts_used].
/// Throws std::invalid_argument for more experts.
void route_experts(const Context& context, ConstTensor logits, const float* selection_bias,
                   const RoutingRule& rule, std::int32_t* ids, float* weights);

/// Most values top_k finds: Backend::most_top_k.
inline constexpr std::int64_t most_top_k = 1024;

/// Bytes of scratch memory that top_k needs.
std::size_t top_k_scratch_bytes(std::int64_t rows, std::int64_t cols, std::int64_t k);

/// The k largest values of each row and where they stand, largest first; equal ones: the lower index first;
/// what is not a number comes last. values, ids: [rows, k]. 1 <= k <= min(cols, most_top_k), else
/// std::invalid_argument. cols < 2^31, rows <= 65535.
void top_k(const Context& context, ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values);

} // namespace spoutnik::kernels::cuda
