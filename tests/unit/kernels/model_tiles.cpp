// SPDX-License-Identifier: MIT
// The products of int8_tiles.h and bf16_tiles.h over the model of the tile unit. Compiled for AVX-512, like
// the product's own files.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/bf16_tiles.h"
#include "kernels/cpu/int8_tiles.h"
#include "tile_model.h"

namespace {

struct TileModel {
    static void configure(const spoutnik::kernels::TileConfig& config) {
        test::tile_model::load_config(config);
    }
    static void release() { test::tile_model::release(); }
    template <int t>
    static void zero() {
        test::tile_model::zero(t);
    }
    template <int t>
    static void load(const void* from, std::int64_t stride) {
        test::tile_model::load(t, from, stride);
    }
    template <int t>
    static void store(void* to, std::int64_t stride) {
        test::tile_model::store(t, to, stride);
    }
    template <int c, int a, int b>
    static void dot_signed() {
        test::tile_model::dot_signed(c, a, b);
    }
    template <int c, int a, int b>
    static void dot_bf16() {
        test::tile_model::dot_bf16(c, a, b);
    }
};

} // namespace

const spoutnik::kernels::Int8Table& test::int8_model_table() {
    static const spoutnik::kernels::Int8Table table = spoutnik::kernels::Int8Tiles<TileModel, 2>::table();
    return table;
}

const spoutnik::kernels::Bf16Table& test::bf16_model_table() {
    static const spoutnik::kernels::Bf16Table table = spoutnik::kernels::Bf16Tiles<TileModel>::table();
    return table;
}
