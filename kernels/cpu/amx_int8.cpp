// SPDX-License-Identifier: MIT
// Whole-number products on AMX: the tile unit's instructions themselves. Unproved without such a processor,
// so they are used only after amx_support.h has compared their products with AVX-512's.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/int8_tiles.h"

namespace spoutnik::kernels {
namespace {

/// From so many tokens on tiles should win. For a block of 16 rows they cost more at first: the planes, 300
/// cycles, and about 200 that a few tokens wait for the products of four steps, however few they are; then 7
/// cycles finish a token, beside 51 for all of it on VNNI. Level at 11 or 12. Counted, and measured around a
/// unit that does nothing, but not on tiles (bench/NOTES.md).
constexpr int least_tokens_for_tiles = 12;

// A tile's number is part of its instruction, and GCC's macros paste it into the assembler's text: it must
// stand there as a digit.
#define SPOUTNIK_FOR_TILE(t, CALL)                                                                           \
    if constexpr ((t) == 0) {                                                                                \
        CALL(0);                                                                                             \
    } else if constexpr ((t) == 1) {                                                                         \
        CALL(1);                                                                                             \
    } else if constexpr ((t) == 2) {                                                                         \
        CALL(2);                                                                                             \
    } else if constexpr ((t) == 3) {                                                                         \
        CALL(3);                                                                                             \
    } else if constexpr ((t) == 4) {                                                                         \
        CALL(4);                                                                                             \
    } else if constexpr ((t) == 5) {                                                                         \
        CALL(5);                                                                                             \
    } else if constexpr ((t) == 6) {                                                                         \
        CALL(6);                                                                                             \
    } else {                                                                                                 \
        CALL(7);                                                                                             \
    }

struct RealTiles {
    /// The intrinsics of GCC 12 do not say which memory they read: what was written to it must be there.
    static void write_back() { asm volatile("" ::: "memory"); } // NOLINT(hicpp-no-assembler)

    static void configure(const TileConfig& config) {
        write_back();
        _tile_loadconfig(&config);
    }
    static void release() { _tile_release(); }

    template <int t>
    static void zero() {
        static_assert(t >= 0 && t < tile_count);
#define SPOUTNIK_ZERO(n) _tile_zero(n)
        SPOUTNIK_FOR_TILE(t, SPOUTNIK_ZERO)
#undef SPOUTNIK_ZERO
    }
    template <int t>
    static void load(const void* from, std::int64_t stride) {
        static_assert(t >= 0 && t < tile_count);
        write_back();
        const auto step = static_cast<std::size_t>(stride);
#define SPOUTNIK_LOAD(n) _tile_loadd(n, from, step)
        SPOUTNIK_FOR_TILE(t, SPOUTNIK_LOAD)
#undef SPOUTNIK_LOAD
    }
    template <int t>
    static void store(void* to, std::int64_t stride) {
        static_assert(t >= 0 && t < tile_count);
        const auto step = static_cast<std::size_t>(stride);
#define SPOUTNIK_STORE(n) _tile_stored(n, to, step)
        SPOUTNIK_FOR_TILE(t, SPOUTNIK_STORE)
#undef SPOUTNIK_STORE
        write_back();
    }
    /// The four products that int8_tiles.h makes.
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
    static const Int8Table table = Int8Tiles<RealTiles, least_tokens_for_tiles>::table();
    return table;
}

} // namespace spoutnik::kernels
