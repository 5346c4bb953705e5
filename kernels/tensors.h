// SPDX-License-Identifier: MIT
// What the operations of backend.h are given: activations, weights, rows of a cache, rules. Values that know
// addresses and shapes; kernels need no more, so a change to the interface leaves them as they are compiled.
#pragma once

#include "kernels/format.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

/// Activations [rows, cols], rows `stride` floats apart.
struct Tensor {
    float* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;

    bool operator==(const Tensor&) const = default;
};

/// Activations that an operation only reads.
struct ConstTensor {
    const float* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;

    ConstTensor() = default;
    ConstTensor(const float* d, std::int64_t r, std::int64_t c, std::int64_t s)
        : data(d), rows(r), cols(c), stride(s) {}
    ConstTensor(const Tensor& t) : data(t.data), rows(t.rows), cols(t.cols), stride(t.stride) {} // NOLINT

    bool operator==(const ConstTensor&) const = default;
};

/// Activations split by attention head: [tokens, heads, width]. Value w of head h of token t lies at
/// data[t * token_stride + h * head_stride + w].
struct Heads {
    float* data = nullptr;
    std::int64_t tokens = 0;
    std::int64_t heads = 0;
    std::int64_t width = 0;
    std::int64_t token_stride = 0;
    std::int64_t head_stride = 0;

    bool operator==(const Heads&) const = default;
};

/// Which memory a weight is kept in.
enum class Home {
    device, ///< the backend's own
    host,   ///< RAM beside a device (hybrid/hybrid_backend.h); other backends have one memory only
};

/// One weight matrix [rows, cols] (cols = input), or `count` of them (experts, heads) `stride_bytes` apart.
/// Rows are contiguous: bytes_of(format, cols) each. No alignment is promised: files are mapped as they are.
struct Matrix {
    const std::byte* data = nullptr;
    Format format = Format::f32;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t count = 1;
    std::size_t stride_bytes = 0;
    Home home = Home::device;

    bool operator==(const Matrix&) const = default;
};

/// Which two values of a head one rotation turns.
enum class RopePairs {
    adjacent, ///< (2i, 2i+1): llama, deepseek2
    halves,   ///< (i, i + n/2), called NEOX: qwen2, qwen3moe
};

/// Rows of a KV cache on the device: row p holds the values of position p. `format` is f32, f16, bf16 or
/// q8_0, whose blocks of 32 values must not reach beyond a row, a window that is stored, or a head.
struct CacheRows {
    std::byte* data = nullptr;
    Format format = Format::f16;
    std::int64_t width = 0;    ///< values a row
    std::int64_t capacity = 0; ///< rows

    bool operator==(const CacheRows&) const = default;
};

/// How a gate turns logits into scores.
enum class GateFunction { softmax, sigmoid };

/// What a group of experts is judged by when only some groups may be used.
enum class GroupScore {
    max,          ///< DeepSeek-V2: the best expert of the group
    sum_of_top_2, ///< DeepSeek-V3: the two best
};

/// How experts are chosen and weighed (DeepSeek-V2 section 2.1.2, DeepSeek-V3 section 2.1.2).
struct RoutingRule {
    GateFunction gate = GateFunction::softmax;
    std::int64_t experts_used = 1; ///< top-k
    std::int64_t groups = 1;       ///< equal slices of the experts; 1 = no grouping
    std::int64_t groups_used = 1;
    GroupScore group_score = GroupScore::max;
    bool normalize_weights = false; ///< divide the chosen scores by their sum (clamped below at 2^-14)
    float weights_scale = 1.0F;     ///< multiplied in last

    bool operator==(const RoutingRule&) const = default;
};

/// Memory that a feed-forward network may leave anything in.
struct FfnRoom {
    Tensor gate; ///< [tokens, ff]
    Tensor up;   ///< [tokens, ff]
    Tensor down; ///< [tokens, hidden]
};

} // namespace spoutnik::kernels
