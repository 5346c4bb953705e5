// SPDX-License-Identifier: MIT
// A tile unit in plain C++, instruction by instruction as Intel's manual (volume 2) defines them, with the
// faults it names: what int8_tiles.h and bf16_tiles.h do on a processor with AMX, they do here on any. One
// unit a thread, as there. Declarations only: model_tiles.cpp, which includes this, is compiled for AVX-512.
#pragma once

#include "kernels/cpu/tile_unit.h"

#include <cstdint>

namespace test::tile_model {

using spoutnik::kernels::TileConfig;

void load_config(const TileConfig& config); ///< LDTILECFG
void release();                             ///< TILERELEASE
void zero(int tile);
void load(int tile, const void* from, std::int64_t stride);
void store(int tile, void* to, std::int64_t stride);
void dot_signed(int c, int a, int b); ///< TDPBSSD
void dot_bf16(int c, int a, int b);   ///< TDPBF16PS

/// Whether this thread's unit is configured, how often it has been, and products made since the program
/// began.
bool is_configured();
std::int64_t configurations();
std::int64_t products();

/// Set: every product adds 1 to C[0][0], so that tests can see a broken unit noticed.
void break_products(bool broken);

} // namespace test::tile_model

namespace spoutnik::kernels {
struct Bf16Table;
struct Int8Table;
} // namespace spoutnik::kernels

namespace test {

/// The products of int8_tiles.h over the model, from two tokens on. This processor must have AVX-512.
const spoutnik::kernels::Int8Table& int8_model_table();
/// Those of bf16_tiles.h. This processor must have AVX-512 BF16.
const spoutnik::kernels::Bf16Table& bf16_model_table();

} // namespace test
