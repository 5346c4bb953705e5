// SPDX-License-Identifier: MIT
// Whole-number products on AMX: the tile unit's instructions themselves. Unproved without such a processor,
// so they are used only after amx_support.h has compared their products with AVX-512's.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/amx_unit.h"
#include "kernels/cpu/int8_tiles.h"

namespace spoutnik::kernels {
namespace {

/// From so many tokens on tiles should win. For a block of 16 rows they cost more at first: the planes, 300
/// cycles, and about 200 that a few tokens wait for the products of four steps, however few they are; then 7
/// cycles finish a token, beside 51 for all of it on VNNI. Level at 11 or 12. Counted, and measured around a
/// unit that does nothing, but not on tiles (bench/NOTES.md).
constexpr int least_tokens_for_tiles = 12;

/// The unit with the four products that int8_tiles.h makes.
struct Int8Unit : RealTiles {
    template <int c, int a, int b>
    static void dot_signed() {
        static_assert((c == 0 && a == 4 && b == 6) || (c == 1 && a == 4 && b == 7) ||
                      (c == 2 && a == 5 && b == 6) || (c == 3 && a == 5 && b == 7));
        if constexpr (c == 0)
            _tile_dpbssd(0, 4, 6);
        else if constexpr (c == 1)
            _tile_dpbssd(1, 4, 7);
        else if constexpr (c == 2)
            _tile_dpbssd(2, 5, 6);
        else
            _tile_dpbssd(3, 5, 7);
    }
};

} // namespace

const Int8Table& int8_amx_table() {
    static const Int8Table table = Int8Tiles<Int8Unit, least_tokens_for_tiles>::table();
    return table;
}

} // namespace spoutnik::kernels
