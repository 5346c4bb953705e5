// SPDX-License-Identifier: MIT
// Activations rounded to 8 bits (kernels/cpu/int8_rows.h), laid out as the lanes of a tensor-core product
// read them.
//
// Columns are cut into chunks of 256, the last one filled up with zeros. With column = 32 j + 16 h + 4 i + e,
// the code of a column lies at byte 64 (j / 2) + 16 i + 8 (j % 2) + 4 h + e of its chunk: lane i of the four
// that share a column of a fragment finds both registers of two steps of k = 32 in 16 bytes, and the four of
// them read 64 bytes in a row.
#pragma once

#include "kernels/cuda/context.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

inline constexpr int chunk_columns = 256;
inline constexpr int chunk_groups = 8; ///< of 32 columns: the steps of k in a chunk
inline constexpr int quantum = 16;     ///< bytes that a lane reads at once: two groups

/// Blocks of 256: what one is made of to multiply the minima on tensor cores too. A sum s of codes is cut
/// into bytes s = low + 128 high with -64 <= low < 64.
struct GroupSums {
    std::int8_t low_of_16[16];
    std::int8_t high_of_16[16];
    std::int8_t low_of_32[8];
    std::int8_t high_of_32[8];
};

/// Rows of rounded activations in device memory.
struct RoundedRows {
    std::int8_t* codes = nullptr;       ///< [rows, chunks * 256], aligned to 16 bytes
    float* scales = nullptr;            ///< [rows, blocks]
    std::int32_t* block_sums = nullptr; ///< blocks of 32: [rows, blocks]
    GroupSums* group_sums = nullptr;    ///< blocks of 256: [rows, blocks]
    std::int64_t chunks = 0;            ///< a row
    std::int64_t blocks = 0;            ///< a row, those of the last chunk counted as if it were full
};

/// Where the rows to be rounded lie: row r at data + r / inner * outer_stride + r % inner * inner_stride.
struct RowsToRound {
    const float* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t inner = 1;
    std::int64_t outer_stride = 0; ///< floats
    std::int64_t inner_stride = 0; ///< floats

    bool operator==(const RowsToRound&) const = default;
    /// Behind the last value.
    const float* end() const {
        return rows == 0 ? data
                         : data + (rows - 1) / inner * outer_stride + (inner - 1) * inner_stride + cols;
    }
};

/// Which rows the scratch memory begins with, rounded: two products of the same activations, one after the
/// other, round them once. Launchers that use scratch memory otherwise forget it; who puts operations on the
/// stream forgets it when one of them writes to the rows.
struct RoundingMemo {
    RowsToRound rows;
    std::int64_t block = 0; ///< 0: none

    void forget() { block = 0; }
    bool holds(const RowsToRound& wanted, std::int64_t in_blocks_of) const {
        return block == in_blocks_of && rows == wanted;
    }
};

/// For launchers that use scratch memory otherwise.
inline void forget_rounded(const Context& context) {
    if (context.rounding != nullptr) context.rounding->forget();
}

/// Bytes of `rows` rounded rows of `cols` values in blocks of 32 or 256.
std::size_t rounded_bytes(std::int64_t rows, std::int64_t cols, std::int64_t block);
/// The same laid out in memory aligned to 256 bytes.
RoundedRows rounded_in(std::byte* memory, std::int64_t rows, std::int64_t cols, std::int64_t block);
/// Rounds in blocks of 32 or 256.
void round_rows(Stream stream, const RowsToRound& x, std::int64_t block, const RoundedRows& to);

} // namespace spoutnik::kernels::cuda
