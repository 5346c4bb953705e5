// SPDX-License-Identifier: MIT
// Attention on the device. Launchers as context.h describes them; README.md has the schedule.
//
// Products of a cache in f16 are made on tensor cores in f16 (each query scaled by a power of two into its
// range), of one in bf16 or q8_0 in bf16, of one in f32 in f32; softmax and all sums are f32.
// A query's result depends on the shape, the cache's format and the device, never on the other queries of the
// call: the past is cut at absolute positions, and the parts are combined in order. (A row that holds
// infinities or NaNs may reach queries of the same call that stand before it.)
#pragma once

#include "kernels/cuda/context.h"
#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Bytes of scratch memory with which a call of this shape is spread over the device when it brings few
/// queries: `heads` a token, values (or latents) `value_width` wide, positions below `most`. With less a call
/// is as right, only slower. A call of many queries needs none; the answer is bounded, not by tokens.
std::size_t attention_scratch_bytes(std::int64_t tokens, std::int64_t heads, std::int64_t kv_heads,
                                    std::int64_t value_width, std::int64_t most);

/// Backend::latent_attention with its position on the device: *position.on_device is the first query's, and
/// position.most bounds the last one's.
/// Throws std::invalid_argument when a row is wider than the device's shared memory has room for.
void latent_attention(const Context& context, Heads q, CacheRows cache, Position position,
                      std::int64_t latent, float scale, Heads out);

/// Backend::head_attention likewise.
void head_attention(const Context& context, Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                    Position position, float scale, Heads out);

} // namespace spoutnik::kernels::cuda
