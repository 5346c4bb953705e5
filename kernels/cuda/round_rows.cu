// SPDX-License-Identifier: MIT
// Rounds activations to 8 bits, a warp for each chunk of 256 columns, eight columns a lane. A few kilobytes
// are read and written: what counts is that it starts at once.
#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/round_chunk.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr int warps_a_block = 4;
constexpr std::size_t alignment = 256;

template <int block>
__global__ void round_chunks(RowsToRound x, RoundedRows to) {
    const std::int64_t number = static_cast<std::int64_t>(blockIdx.x) * warps_a_block + threadIdx.x / 32U;
    const std::int64_t row = number / to.chunks;
    if (row >= x.rows) return; // a whole warp
    round_chunk<block>(row_of(x, row), x.cols, number % to.chunks, to, row);
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
