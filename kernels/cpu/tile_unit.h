// SPDX-License-Identifier: MIT
// The few instructions of a tile unit (Intel AMX) that products need, as a type that int8_tiles.h and
// bf16_tiles.h are written over: RealTiles in amx_unit.h are the instructions, TileModel in tests/ is their
// written definition in plain C++, so that every product can be proved on a processor without them.
//
//   Unit::configure(config)           sets the shapes of the eight tiles and zeroes them
//   Unit::release()                   gives the tiles up: a thread whose tiles are live is slower to switch
//   Unit::zero<t>()
//   Unit::load<t>(from, stride)       row m of tile t from from + m * stride; stride in bytes
//   Unit::store<t>(to, stride)
//   Unit::dot_signed<c, a, b>()       C[m][n] += sum over k of 4 products: A[m][4 k + i] * B[k][4 n + i]
//   Unit::dot_bf16<c, a, b>()         C[m][n] += E + O, sums over k ascending, from 0, of A[m][2 k] * B[k][2
//   n]
//                                     and of A[m][2 k + 1] * B[k][2 n + 1]: fused, rounded to nearest even,
//                                     denormal operands and results are 0
//
// The first five are for both; a unit need have the products that its loops make only.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18, and volume 2,
// LDTILECFG, TILELOADD, TILESTORED, TILEZERO, TDPBSSD, TDPBF16PS. Types only, for the reason given in
// table.h.
#pragma once

#include <cstdint>

namespace spoutnik::kernels {

inline constexpr int tile_count = 8;
inline constexpr int tile_rows = 16;  ///< at most
inline constexpr int tile_bytes = 64; ///< of a row, at most

/// The operand of LDTILECFG, byte for byte.
struct alignas(64) TileConfig {
    std::uint8_t palette = 0; ///< 1: eight tiles of at most 16 rows of 64 bytes
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[tile_count] = {}; ///< "colsb"
    std::uint16_t no_row_bytes[8] = {};       ///< of tiles that palette 1 does not have
    std::uint8_t rows[tile_count] = {};
    std::uint8_t no_rows[8] = {};
};
static_assert(sizeof(TileConfig) == 64);

} // namespace spoutnik::kernels
