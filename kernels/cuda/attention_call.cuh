// SPDX-License-Identifier: MIT
// What the kernels of attention share: the call, how the past is cut, and how parts of it are put together.
//
// Latent and grouped attention are one computation. A row of the cache holds `groups` slices; the queries of
// group g see the slice of keys at g * key_width and of values at g * value_width. Within a group the queries
// of all tokens and heads stand in one list: number r is head r % heads of token r / heads.
//
// The past is cut into segments at absolute positions. Each has a softmax of its own (its largest score, the
// sum of 2^(score - largest), and the values mixed with these weights), and segments are put together in
// order by the same three operations, whether blocks worked on them side by side (few queries: decode) or one
// block went through them (many: prefill). So a query's bits do not tell how many came with it.
#pragma once

#include "kernels/cuda/dialect.cuh"
#include "kernels/tensors.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace spoutnik::kernels::cuda {

inline constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// How the past is cut: short segments first, so that a young conversation keeps many multiprocessors busy,
/// then long ones, so that an old one has few parts to put together.
struct Segments {
    std::int64_t short_rows = 128; ///< a multiple of every chunk
    std::int64_t long_rows = 256;
    std::int64_t border = 2048; ///< where the long ones begin

    __host__ __device__ std::int64_t begin(std::int64_t segment) const {
        const std::int64_t shorts = border / short_rows;
        return segment < shorts ? segment * short_rows : border + (segment - shorts) * long_rows;
    }
    /// Segments that the first `rows` positions reach into.
    __host__ __device__ std::int64_t count(std::int64_t rows) const {
        return rows <= border ? (rows + short_rows - 1) / short_rows
                              : border / short_rows + (rows - border + long_rows - 1) / long_rows;
    }
};

/// More heads share the parts' cost of reading the cache, and have more to put together.
inline Segments segments_for(std::int64_t heads_a_group) {
    return heads_a_group <= 32 ? Segments{128, 256, 2048} : Segments{256, 512, 2048};
}

struct AttentionCall {
    Heads q;
    Heads out;
    const std::byte* keys = nullptr;
    const std::byte* values = nullptr;
    std::int64_t key_row_bytes = 0;
    std::int64_t value_row_bytes = 0;
    bool values_are_keys = false; ///< the values are the first ones of the key's slice
    int groups = 1;
    int heads = 1; ///< a group
    int key_width = 0;
    int value_width = 0;
    const std::int64_t* first_position = nullptr; ///< on the device
    std::int64_t rows_bound = 0;                  ///< positions that the last query may see
    float scale = 1.0F;                           ///< with log2 e in it: all exponentials are of 2
    Segments segments;

    // Where parts go when blocks share the past: for query (t, head) and segment s at
    // (t * all heads + head) * parts + s. Null when each block goes through all of it.
    float* part_values = nullptr; ///< [.., value_width]
    float2* part_sums = nullptr;  ///< [..]: largest score, sum
    std::int64_t parts = 0;

    __host__ __device__ std::int64_t queries() const { return q.tokens * heads; }
};

/// A query's place in the activations.
struct QueryPlace {
    std::int64_t token;
    std::int64_t head;
};
__device__ __forceinline__ QueryPlace place_of(const AttentionCall& call, int group, std::int64_t query) {
    return {query / call.heads, group * call.heads + query % call.heads};
}

/// The rows that a query sees.
__device__ __forceinline__ std::int64_t visible_to(const AttentionCall& call, std::int64_t query) {
    return *call.first_position + query / call.heads + 1;
}

/// A softmax so far.
struct SoftmaxSum {
    float largest = minus_infinity;
    float sum = 0.0F;
};

/// How a further segment joins: total = keep * total + take * segment, values and sums alike.
struct Blend {
    float keep;
    float take;
};
__device__ __forceinline__ Blend blend_of(float total_largest, float segment_largest) {
    const float largest = fmaxf(total_largest, segment_largest);
    return {exp2f(total_largest - largest), exp2f(segment_largest - largest)}; // keep is 0 at first
}
__device__ __forceinline__ float blended(Blend blend, float total, float segment) {
    return total * blend.keep + segment * blend.take;
}

/// Puts the parts of every query together (attention_merge.cu).
void merge_parts(const AttentionCall& call, Stream stream);

/// Any format, any width, in f32 (attention_plain.cu).
void attend_plain(const AttentionCall& call, Format key_format, Format value_format, std::size_t shared_bytes,
                  Stream stream);

/// Rows of f16, bf16 or q8_0 on tensor cores (attention_tiles.cu).
bool fits_tiles(const AttentionCall& call, Format key_format, Format value_format, std::size_t shared_bytes);
void attend_tiles(const AttentionCall& call, Format format, std::size_t shared_bytes, Stream stream);

} // namespace spoutnik::kernels::cuda
