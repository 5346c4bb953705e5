// SPDX-License-Identifier: MIT
// Attention's bf16 products on AMX: the tile unit's instructions themselves. Unproved without such a
// processor, so they are used only after amx_support.h has compared their products with AVX-512's.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/amx_unit.h"
#include "kernels/cpu/bf16_tiles.h"

namespace spoutnik::kernels {
namespace {

/// The unit with the products that bf16_tiles.h makes.
struct Bf16Unit : RealTiles {
    template <int c, int a, int b>
    static void dot_bf16() {
        static_assert(a == 4 + c % 2 && (b == 6 || (b == 7 && c >= 2)) && c >= 0 && c < 4);
        if constexpr (c == 0)
            _tile_dpbf16ps(0, 4, 6);
        else if constexpr (c == 1)
            _tile_dpbf16ps(1, 5, 6);
        else if constexpr (c == 2 && b == 6)
            _tile_dpbf16ps(2, 4, 6);
        else if constexpr (c == 2)
            _tile_dpbf16ps(2, 4, 7);
        else if constexpr (b == 6)
            _tile_dpbf16ps(3, 5, 6);
        else
            _tile_dpbf16ps(3, 5, 7);
    }
};

} // namespace

const Bf16Table& bf16_amx_table() {
    static const Bf16Table table = Bf16Tiles<Bf16Unit>::table();
    return table;
}

} // namespace spoutnik::kernels
