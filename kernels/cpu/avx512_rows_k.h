// SPDX-License-Identifier: MIT
// One token on AVX-512: one block of four rows in Q4_K, Q5_K and Q6_K, for rows that are too long for
// avx512_stream.h. What four rows have in common is done once for them, as there for four blocks in order.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_stream_k.h"

namespace spoutnik::kernels {
namespace {

/// What a block of four rows adds to their results: S_b and M_b of int8_rows.h, and d_b and dmin_b.
struct FourBlocks {
    __m128i sums;
    __m128i minima; ///< where the format has such
    __m128 scales;
    __m128 steps;
};

/// x: a block's codes of activations; sums: its sums of groups. Codec::pairs_at: where a block's nibbles
/// begin; fifth bits begin at 16.
template <class Codec>
FourBlocks four_blocks_of_nibbles(const Byte* const* rows, std::int64_t at, const std::int8_t* x,
                                  const std::int16_t* sums) {
    static constexpr FactorOrder orders[4] = {
        {0, group_of_nibbles}, {8, group_of_nibbles}, {16, group_of_nibbles}, {24, group_of_nibbles}};
    const __m512i zero = _mm512_setzero_si512();
    const __m512i nibble = _mm512_set1_epi8(15);

    const Byte* const blocks[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
    const PairFactors factors = pair_factors(blocks);
    const __m512i x0 = _mm512_load_si512(x);
    const __m512i x1 = _mm512_load_si512(x + 64);
    const __m512i x2 = _mm512_load_si512(x + 128);
    const __m512i x3 = _mm512_load_si512(x + 192);
    const __m512i met[4] = {lower_halves(x0, x1), upper_halves(x0, x1), lower_halves(x2, x3),
                            upper_halves(x2, x3)};
    __m512i products[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
        const Byte* block = rows[r] + at;
        const __m512i first = _mm512_loadu_si512(block + Codec::pairs_at);
        const __m512i second = _mm512_loadu_si512(block + Codec::pairs_at + 64);
        __m512i codes[4] = {
            _mm512_and_si512(first, nibble), _mm512_and_si512(_mm512_srli_epi16(first, 4), nibble),
            _mm512_and_si512(second, nibble), _mm512_and_si512(_mm512_srli_epi16(second, 4), nibble)};
        if constexpr (Codec::most > 15) {
            const __m512i sixteen = _mm512_set1_epi8(16);
            const __m512i bits = twice(block + 16);
            codes[0] = with_bits(codes[0], fifth_bits<0>(bits), sixteen);
            codes[1] = with_bits(codes[1], fifth_bits<1>(bits), sixteen);
            codes[2] = with_bits(codes[2], fifth_bits<4>(bits), sixteen);
            codes[3] = with_bits(codes[3], fifth_bits<5>(bits), sixteen);
        }
        __m512i dots[4];
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k)
            dots[k] = _mm512_dpbusd_epi32(zero, codes[k], met[k]);
        products[r] = scaled(dots, orders[r], factors.scales);
    }

    // A lane of minima is a row's own: its four numbers are added up where they are.
    const __m512i of_groups = _mm512_broadcast_i32x4(load_16(sums + 16));
    return {.sums = sums_of_four(products[0], products[1], products[2], products[3]),
            .minima = sums_of_lanes(_mm512_dpwssd_epi32(zero, factors.minima, of_groups)),
            .scales = factors.d,
            .steps = factors.dmin};
}

FourBlocks four_blocks_of_q6_k(const Byte* const* rows, std::int64_t at, const std::int8_t* x) {
    static constexpr FactorOrder orders[2] = {{0, group_of_sixteen}, {16, group_of_sixteen}};
    const __m512i zero = _mm512_setzero_si512();
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i six_bits = _mm512_set1_epi8(63);
    // Where the two upper bits of 32 low nibbles, of the next 32, and of both halves' high nibbles come from.
    const __m512i left = _mm512_inserti64x4(_mm512_set1_epi32(4), _mm256_set1_epi32(2), 1);
    const __m512i right = _mm512_inserti64x4(zero, _mm256_set1_epi32(2), 1);

    // Codes are stored 32 too high.
    __m512i met[4];
    __m512i start[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        met[k] = _mm512_load_si512(x + 64 * k);
        start[k] = _mm512_sub_epi32(zero, _mm512_dpbusd_epi32(zero, _mm512_set1_epi8(32), met[k]));
    }
    const __m512i words[2] = {scale_words(rows[0] + at + 192, rows[1] + at + 192),
                              scale_words(rows[2] + at + 192, rows[3] + at + 192)};
    __m512i products[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
        const Byte* block = rows[r] + at;
        __m512i dots[4];
#pragma GCC unroll 2
        for (int half = 0; half < 2; ++half) {
            const __m512i low = _mm512_loadu_si512(block + 64 * half);
            const __m512i top = twice(block + 128 + 32 * half);
            const __m512i first =
                _mm512_and_si512(choose(nibble, low, _mm512_sllv_epi32(top, left)), six_bits);
            const __m512i second = _mm512_and_si512(
                choose(nibble, _mm512_srli_epi16(low, 4), _mm512_srlv_epi32(top, right)), six_bits);
            dots[2 * half] = _mm512_dpbusd_epi32(start[2 * half], first, met[2 * half]);
            dots[2 * half + 1] = _mm512_dpbusd_epi32(start[2 * half + 1], second, met[2 * half + 1]);
        }
        products[r] = scaled(dots, orders[r % 2], words[r / 2]);
    }
    const auto scale_of = [&](int row) {
        std::int16_t bits = 0;
        __builtin_memcpy(&bits, rows[row] + at + 208, sizeof bits);
        return bits;
    };
    return {.sums = sums_of_four(products[0], products[1], products[2], products[3]),
            .minima = _mm_setzero_si128(),
            .scales =
                _mm_cvtph_ps(_mm_setr_epi16(scale_of(0), scale_of(1), scale_of(2), scale_of(3), 0, 0, 0, 0)),
            .steps = _mm_setzero_ps()};
}

} // namespace
} // namespace spoutnik::kernels
