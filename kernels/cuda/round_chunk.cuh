// SPDX-License-Identifier: MIT
// Rounding activations to 8 bits, a chunk of 256 columns by a warp, eight columns a lane: in a kernel of its
// own (round_rows.cu), or by each block of a product that has few chunks to round (matvec.cuh).
#pragma once

#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/rounded_rows.cuh"

namespace spoutnik::kernels::cuda {

inline constexpr unsigned all_lanes = 0xffffffffU;
inline constexpr int columns_a_lane = 8;

__device__ __forceinline__ std::uint32_t magnitude_bits(float value) {
    return __float_as_uint(value) & 0x7FFFFFFFU; // as bits an infinity and a NaN exceed every number
}

/// Over `lanes` neighbouring lanes.
__device__ __forceinline__ std::uint32_t largest_of(std::uint32_t value, int lanes) {
    for (int other = lanes / 2; other > 0; other /= 2) {
        const std::uint32_t theirs = __shfl_xor_sync(all_lanes, value, other);
        value = theirs > value ? theirs : value;
    }
    return value;
}
__device__ __forceinline__ int sum_of(int value, int lanes) {
    for (int other = lanes / 2; other > 0; other /= 2)
        value += __shfl_xor_sync(all_lanes, value, other);
    return value;
}

__device__ __forceinline__ void cut_sum(int sum, std::int8_t& low, std::int8_t& high) {
    const int upper = (sum + 64) >> 7;
    high = static_cast<std::int8_t>(upper);
    low = static_cast<std::int8_t>(sum - upper * 128);
}

__device__ __forceinline__ const float* row_of(const RowsToRound& x, std::int64_t row) {
    return x.data + row / x.inner * x.outer_stride + row % x.inner * x.inner_stride;
}

/// Chunk number `chunk` of row `source` becomes row number `row` of `to`. By a whole warp.
template <int block>
__device__ __forceinline__ void round_chunk(const float* source, std::int64_t cols, std::int64_t chunk,
                                            const RoundedRows& to, std::int64_t row) {
    constexpr int lanes_a_block = block / columns_a_lane;
    const int lane = static_cast<int>(threadIdx.x % 32U);
    const std::int64_t first = chunk * chunk_columns + lane * columns_a_lane;
    float values[columns_a_lane];
    std::uint32_t largest = 0;
    for (int i = 0; i < columns_a_lane; ++i) {
        values[i] = first + i < cols ? source[first + i] : 0.0F;
        const std::uint32_t bits = magnitude_bits(values[i]);
        largest = bits > largest ? bits : largest;
    }
    largest = largest_of(largest, lanes_a_block);

    const float magnitude = __uint_as_float(largest);
    const bool is_number = largest < 0x7F800000U;
    const bool counts = is_number && magnitude >= 0x1p-100F;
    const float inverse = counts ? 127.0F / magnitude : 0.0F;
    int sum = 0;
    std::uint32_t words[2] = {0, 0}; // four codes each
    for (int i = 0; i < columns_a_lane; ++i) {
        const int code = counts ? __float2int_rn(values[i] * inverse) : 0;
        sum += code;
        words[i / 4] |= (static_cast<std::uint32_t>(code) & 255U) << (8 * (i % 4));
    }

    // Columns 8 lane ... of the chunk, in the order that rounded_rows.cuh tells.
    const int group = lane / 4;
    const int half = lane / 2 % 2;
    std::int8_t* codes =
        to.codes + (row * to.chunks + chunk) * chunk_columns + 64 * (group / 2) + 8 * (group % 2) + 4 * half;
    for (int i = 0; i < 2; ++i)
        *reinterpret_cast<std::uint32_t*>(codes + 16 * (lane % 2 * 2 + i)) = words[i];

    const std::int64_t at = chunk * (chunk_columns / block) + lane / lanes_a_block;
    if (lane % lanes_a_block == 0)
        to.scales[row * to.blocks + at] =
            counts ? magnitude / 127.0F : (is_number ? 0.0F : __uint_as_float(0x7FC00000U));
    const int sum_of_16 = sum_of(sum, 2);
    const int sum_of_32 = sum_of(sum_of_16, 4) / 2; // each pair of lanes brings its sum twice
    if constexpr (block == 32) {
        if (lane % lanes_a_block == 0) to.block_sums[row * to.blocks + at] = sum_of_32;
    } else {
        GroupSums& sums = to.group_sums[row * to.blocks + at];
        if (lane % 2 == 0) cut_sum(sum_of_16, sums.low_of_16[lane / 2], sums.high_of_16[lane / 2]);
        if (lane % 4 == 0) cut_sum(sum_of_32, sums.low_of_32[lane / 4], sums.high_of_32[lane / 4]);
    }
}

} // namespace spoutnik::kernels::cuda
