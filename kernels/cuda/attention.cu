// SPDX-License-Identifier: MIT
// From an operation of the backend to the kernels: which of them, and whether blocks share the past.
#include "kernels/cuda/ops_attention.h"

#include "kernels/cuda/attention_call.cuh"
#include "kernels/cuda/rounded_rows.cuh"

#include <algorithm>

namespace spoutnik::kernels::cuda {
namespace {

/// Calls of more queries fill the device without sharing the past, and their parts would fill its memory.
constexpr std::int64_t most_queries_in_parts = 2048;
constexpr std::int64_t most_part_bytes = std::int64_t{256} << 20U;
constexpr std::int64_t queries_a_block = 64; ///< of the tiles for many queries
constexpr double log2_e = 1.4426950408889634;

std::int64_t bytes_of_a_part(std::int64_t value_width) {
    return value_width * static_cast<std::int64_t>(sizeof(float)) + static_cast<std::int64_t>(sizeof(float2));
}

/// Lets blocks share the past where that is worth it and the scratch memory has room for their parts.
void cut_into_parts(const Context& context, AttentionCall& call) {
    const std::int64_t queries = call.q.tokens * call.q.heads;
    const std::int64_t blocks = (call.queries() + queries_a_block - 1) / queries_a_block * call.groups;
    const std::int64_t parts = call.segments.count(call.rows_bound);
    const auto needed = static_cast<std::size_t>(queries * parts * bytes_of_a_part(call.value_width));
    if (parts < 2 || queries > most_queries_in_parts || blocks >= context.multiprocessors ||
        needed > context.scratch.bytes)
        return;
    forget_rounded(context);
    call.parts = parts;
    call.part_sums = reinterpret_cast<float2*>(context.scratch.data);              // NOLINT: memory
    call.part_values = reinterpret_cast<float*>(call.part_sums + queries * parts); // NOLINT: memory
}

void attend(const Context& context, AttentionCall& call, Format key_format, Format value_format) {
    if (call.q.tokens == 0 || call.q.heads == 0 || call.value_width == 0) return;
    cut_into_parts(context, call);
    if (fits_tiles(call, key_format, value_format, context.shared_bytes))
        attend_tiles(call, key_format, context.shared_bytes, context.stream);
    else
        attend_plain(call, key_format, value_format, context.shared_bytes, context.stream);
    if (call.part_values != nullptr) merge_parts(call, context.stream);
}

AttentionCall call_of(Heads q, Heads out, const CacheRows& keys, const CacheRows& values, Position position,
                      float scale) {
    AttentionCall call;
    call.q = q;
    call.out = out;
    call.keys = keys.data;
    call.values = values.data;
    call.key_row_bytes = static_cast<std::int64_t>(bytes_of(keys.format, keys.width));
    call.value_row_bytes = static_cast<std::int64_t>(bytes_of(values.format, values.width));
    call.first_position = position.on_device;
    call.rows_bound = std::min(position.most + q.tokens, std::min(keys.capacity, values.capacity));
    call.scale = static_cast<float>(static_cast<double>(scale) * log2_e);
    return call;
}

} // namespace

std::size_t attention_scratch_bytes(std::int64_t tokens, std::int64_t heads, std::int64_t kv_heads,
                                    std::int64_t value_width, std::int64_t most) {
    const std::int64_t queries = tokens * heads;
    if (queries > most_queries_in_parts) return 0;
    const std::int64_t parts = segments_for(heads / std::max<std::int64_t>(1, kv_heads)).count(most + tokens);
    const std::int64_t bytes = queries * parts * bytes_of_a_part(value_width);
    return bytes <= most_part_bytes ? static_cast<std::size_t>(bytes) : 0;
}

void latent_attention(const Context& context, Heads q, CacheRows cache, Position position,
                      std::int64_t latent, float scale, Heads out) {
    AttentionCall call = call_of(q, out, cache, cache, position, scale);
    call.values_are_keys = true;
    call.heads = static_cast<int>(q.heads);
    call.key_width = static_cast<int>(cache.width);
    call.value_width = static_cast<int>(latent);
    call.segments = segments_for(call.heads);
    attend(context, call, cache.format, cache.format);
}

void head_attention(const Context& context, Heads q, CacheRows keys, CacheRows values, std::int64_t kv_heads,
                    Position position, float scale, Heads out) {
    AttentionCall call = call_of(q, out, keys, values, position, scale);
    call.groups = static_cast<int>(kv_heads);
    call.heads = static_cast<int>(q.heads / kv_heads);
    call.key_width = static_cast<int>(q.width);
    call.value_width = static_cast<int>(out.width);
    call.segments = segments_for(call.heads);
    attend(context, call, keys.format, values.format);
}

} // namespace spoutnik::kernels::cuda
