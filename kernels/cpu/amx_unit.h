// SPDX-License-Identifier: MIT
// The tile unit's instructions that all products need (tile_unit.h). Unproved without such a processor: they
// are used only after amx_support.h has compared what comes out with AVX-512's.
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/tile_unit.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

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
};

} // namespace
} // namespace spoutnik::kernels
