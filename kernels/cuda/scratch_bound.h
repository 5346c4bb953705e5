// SPDX-License-Identifier: MIT
// How much memory the CUDA backend works in beside the operands, known before the module is asked: for plans.
// Upper bounds of what the launchers' scratch functions say, from shapes alone; the tests hold them together.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Rows of activations rounded to 8 bits: a code a value in whole chunks of 256, scales and sums of blocks of
/// 32 at most, alignment of three parts.
inline std::uint64_t rounded_bound(std::uint64_t rows, std::uint64_t cols) {
    const std::uint64_t codes = rows * ((cols + 255) / 256 * 256);
    return codes + codes / 4 + 3 * 256;
}

/// Backend::expert_ffn of `tokens` tokens with `used` experts of `experts` each.
inline std::uint64_t expert_ffn_bound(std::uint64_t tokens, std::uint64_t used, std::uint64_t experts,
                                      std::uint64_t hidden, std::uint64_t ff) {
    const std::uint64_t pairs = tokens * used;
    const std::uint64_t order_and_tiles = 4 * pairs + 12 * (pairs + experts) + 4 * 256;
    return 2 * rounded_bound(tokens, hidden) + rounded_bound(pairs, ff) + 4 * pairs * (ff + hidden) +
           order_and_tiles + 2 * 256;
}

/// Attention of `tokens` tokens before position `capacity`; none where the parts of the past would be too
/// many (attention.cu).
inline std::uint64_t attention_bound(std::uint64_t tokens, std::uint64_t heads, std::uint64_t value_width,
                                     std::uint64_t capacity) {
    constexpr std::uint64_t shortest_segment = 128;
    const std::uint64_t segments = capacity / shortest_segment + 2;
    const std::uint64_t bytes = tokens * heads * segments * (4 * value_width + 8);
    return std::min(bytes, std::uint64_t{256} << 20U);
}

/// Backend::top_k.
inline std::uint64_t top_k_bound(std::uint64_t rows, std::uint64_t cols, std::uint64_t k) {
    constexpr std::uint64_t slice = 2048;
    const std::uint64_t first = (cols + slice - 1) / slice;
    return 8 * rows * k * (first + (first * k + slice - 1) / slice);
}

/// What is taken when so many bytes are asked for: operation_queue.cpp.
inline std::size_t scratch_room(std::size_t bytes) {
    constexpr std::size_t step = std::size_t{16} << 20U; // beyond, doubling would waste too much
    return bytes <= step ? std::bit_ceil(bytes) : (bytes + step - 1) / step * step;
}

} // namespace spoutnik::kernels::cuda
