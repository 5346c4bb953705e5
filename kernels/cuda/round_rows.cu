// SPDX-License-Identifier: MIT
// Rounds activations to 8 bits, a warp for each chunk of 256 columns, eight columns a lane. A few kilobytes
// are read and written: what counts is that it starts at once.
#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/rounded_rows.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr unsigned all_lanes = 0xffffffffU;
constexpr int warps_a_block = 4;
constexpr int columns_a_lane = 8;
constexpr std::size_t alignment = 256;

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

template <int block>
__global__ void round_chunks(RowsToRound x, RoundedRows to) {
    constexpr int lanes_a_block = block / columns_a_lane;
    const std::int64_t number = static_cast<std::int64_t>(blockIdx.x) * warps_a_block + threadIdx.x / 32U;
    const std::int64_t row = number / to.chunks;
    const std::int64_t chunk = number % to.chunks;
    if (row >= x.rows) return; // a whole warp
    const int lane = static_cast<int>(threadIdx.x % 32U);

    const float* source = x.data + row / x.inner * x.outer_stride + row % x.inner * x.inner_stride;
    const std::int64_t first = chunk * chunk_columns + lane * columns_a_lane;
    float values[columns_a_lane];
    std::uint32_t largest = 0;
    for (int i = 0; i < columns_a_lane; ++i) {
        values[i] = first + i < x.cols ? source[first + i] : 0.0F;
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

std::int64_t chunks_of(std::int64_t cols) {
    return (cols + chunk_columns - 1) / chunk_columns;
}
std::size_t aligned(std::size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

/// Bytes of each part of rounded rows, one after another.
struct Parts {
    std::size_t codes;
    std::size_t scales;
    std::size_t sums;

    Parts(std::int64_t rows, std::int64_t cols, std::int64_t block) {
        const auto count = static_cast<std::size_t>(rows * chunks_of(cols));
        const std::size_t blocks = count * static_cast<std::size_t>(chunk_columns / block);
        codes = aligned(count * chunk_columns);
        scales = aligned(blocks * sizeof(float));
        sums = aligned(blocks * (block == 256 ? sizeof(GroupSums) : sizeof(std::int32_t)));
    }
};

} // namespace

std::size_t rounded_bytes(std::int64_t rows, std::int64_t cols, std::int64_t block) {
    const Parts parts(rows, cols, block);
    return parts.codes + parts.scales + parts.sums;
}

RoundedRows rounded_in(std::byte* memory, std::int64_t rows, std::int64_t cols, std::int64_t block) {
    const Parts parts(rows, cols, block);
    RoundedRows result;
    result.codes = reinterpret_cast<std::int8_t*>(memory);
    result.scales = reinterpret_cast<float*>(memory + parts.codes);
    if (block == 256)
        result.group_sums = reinterpret_cast<GroupSums*>(memory + parts.codes + parts.scales);
    else
        result.block_sums = reinterpret_cast<std::int32_t*>(memory + parts.codes + parts.scales);
    result.chunks = chunks_of(cols);
    result.blocks = result.chunks * (chunk_columns / block);
    return result;
}

void round_rows(Stream stream, const RowsToRound& x, std::int64_t block, const RoundedRows& to) {
    const std::int64_t warps = x.rows * to.chunks;
    if (warps == 0) return;
    const auto grid = static_cast<unsigned>((warps + warps_a_block - 1) / warps_a_block);
    launch(block == 256 ? round_chunks<256> : round_chunks<32>, grid, 32U * warps_a_block, 0, stream, x, to);
}

} // namespace spoutnik::kernels::cuda
