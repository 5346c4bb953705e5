// SPDX-License-Identifier: MIT
// Decoded weights as the products of many tokens in whole numbers take them: rows side by side, a lane each.
// Types and declarations only, for the reason given in table.h.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels {

inline constexpr int no_offset = -1;
inline constexpr std::int64_t chunk_columns = 256;
/// From so many tokens on results go past the caches: they are megabytes, each line is written once, and to
/// read it first would cost as much as to write it. The rows of an expert's few tokens are wanted again at
/// once.
inline constexpr std::int64_t tokens_past_caches = 64;

/// 256 columns of `lanes` rows.
template <int lanes>
struct Int8Chunk {
    alignas(64) std::uint8_t codes[chunk_columns / 4][lanes * 4]; ///< [four columns][row][column]
    alignas(64) std::int32_t scales[16][lanes];                   ///< of the groups, as V::collect wants them
    alignas(64) std::int16_t minima[8][lanes][2]; ///< two groups each; the scales where codes are offset
    alignas(64) float scale[8][lanes];            ///< of the blocks
    alignas(64) float minimum[8][lanes];
};

/// Decodes block `block` of 16 rows of a format with blocks of 256 values, with AVX-512. The same block of
/// the rows `ahead` bytes further on, which need not be there, is asked of the memory meanwhile. Exists where
/// SPOUTNIK_X86_VARIANTS is defined.
void int8_avx512_lay_block(Format format, const std::uint8_t* const* rows, std::int64_t block,
                           std::size_t ahead, Int8Chunk<16>& chunk);

} // namespace spoutnik::kernels
