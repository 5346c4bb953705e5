// SPDX-License-Identifier: MIT
// Blocks (avx512_stream.h) of Q4_K, Q5_K and Q6_K, the formats most files are made of.
//
// What bounds these products, once weights come from memory in time, is the number of operations a block: on
// Zen 4 a 512-bit operation takes two of four ports. So what four blocks have in common is done once for
// them: their headers lie in one register, a lane each, and their factors are spread by one permutation of
// words. In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_stream.h"

namespace spoutnik::kernels {
namespace {

/// Sums of the 16 numbers of each of four vectors.
__m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// The first number of each lane.
__m128i first_of_lanes(__m512i x) {
    const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
    return _mm512_castsi512_si128(_mm512_permutexvar_epi32(firsts, x));
}

/// The four numbers of each lane added up.
__m128i sums_of_lanes(__m512i x) {
    x = _mm512_add_epi32(x, _mm512_shuffle_epi32(x, _MM_PERM_BADC));
    return first_of_lanes(_mm512_add_epi32(x, _mm512_shuffle_epi32(x, _MM_PERM_CDAB)));
}

/// 16 bytes of each of four blocks, a lane each.
__m512i lanes_of(const Byte* const (&blocks)[4], int at) {
    return _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm256_set_m128i(load_16(blocks[1] + at), load_16(blocks[0] + at))),
        _mm256_set_m128i(load_16(blocks[3] + at), load_16(blocks[2] + at)), 1);
}

/// Orders for vpermw that spread words of factors over the words into which vpackssdw packs dot products: of
/// each lane the first four come from one dot product, the others from the next.
struct FactorOrder {
    alignas(64) std::int16_t at[2][32];

    /// The factors of the wanted block begin at word `first`; group_of(dot, lane) is the group of 16 or 32
    /// codes that lane `lane` (0 ... 3) of dot product `dot` (0 ... 3) has multiplied.
    constexpr FactorOrder(int first, int (*group_of)(int, int)) : at() {
        for (int pair = 0; pair < 2; ++pair)
            for (int word = 0; word < 32; ++word)
                at[pair][word] =
                    static_cast<std::int16_t>(first + group_of(2 * pair + word % 8 / 4, word / 8));
    }

    __m512i spread(int pair, __m512i words) const {
        return _mm512_permutexvar_epi16(_mm512_load_si512(at[pair]), words);
    }
};

struct Dots {
    __m512i of[4];
};

Dots dots_of(const __m512i (&codes)[4], const std::int8_t* x) {
    Dots dots;
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k)
        dots.of[k] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes[k], _mm512_load_si512(x + 64 * k));
    return dots;
}

/// Four dot products of a block, whose fours of codes fit 16 bits, times their groups' factors: 16 numbers to
/// add up.
__m512i scaled(const Dots& dots, const FactorOrder& order, __m512i words) {
    const __m512i first = _mm512_dpwssd_epi32(
        _mm512_setzero_si512(), _mm512_packs_epi32(dots.of[0], dots.of[1]), order.spread(0, words));
    return _mm512_dpwssd_epi32(first, _mm512_packs_epi32(dots.of[2], dots.of[3]), order.spread(1, words));
}

/// 32 bytes of each of two registers: of the lower halves, or of the upper ones.
__m512i lower_halves(__m512i a, __m512i b) {
    return _mm512_shuffle_i64x2(a, b, 0x44);
}
__m512i upper_halves(__m512i a, __m512i b) {
    return _mm512_shuffle_i64x2(a, b, 0xEE);
}

/// (a & mask) | (b & ~mask)
__m512i choose(__m512i mask, __m512i a, __m512i b) {
    return _mm512_ternarylogic_epi64(mask, a, b, 0xCA);
}
/// a | (b & mask)
__m512i with_bits(__m512i a, __m512i b, __m512i mask) {
    return _mm512_ternarylogic_epi64(a, b, mask, 0xF8);
}

// Q4_K and Q5_K ---------------------------------------------------------------------------------------------

/// 64 bytes of nibbles are codes of four groups of 32: low ones of groups 0 and 2, high ones of 1 and 3.
constexpr int group_of_nibbles(int dot, int lane) {
    return dot / 2 * 4 + dot % 2 + lane / 2 * 2;
}

/// Bit `low` of 32 bytes comes to bit 4 in the lower half, bit `low` + 2 in the upper half.
template <int low>
__m512i fifth_bits(__m512i twice_bits) {
    if constexpr (low <= 2) {
        const __m512i left = _mm512_inserti64x4(_mm512_set1_epi32(4 - low), _mm256_set1_epi32(2 - low), 1);
        return _mm512_sllv_epi32(twice_bits, left);
    } else {
        // From bits 4 and 6, or 5 and 7, down; bit 3 never gets here.
        const __m512i right = _mm512_inserti64x4(_mm512_set1_epi32(low - 4), _mm256_set1_epi32(low - 2), 1);
        return _mm512_srlv_epi32(twice_bits, right);
    }
}

/// d and dmin of four blocks, which have them side by side.
struct Steps {
    __m128 d;
    __m128 dmin;
    explicit Steps(__m128i pairs) {
        const __m128i d_first = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
        const __m256 all = _mm256_cvtph_ps(_mm_shuffle_epi8(pairs, d_first));
        d = _mm256_castps256_ps128(all);
        dmin = _mm256_extractf128_ps(all, 1);
    }
};

/// Steps and the factors of the groups of four blocks.
struct PairFactors {
    __m512i scales; ///< words, a block's eight in a lane
    __m512i minima; ///< the same
    Steps steps;
};

PairFactors pair_factors(const Byte* const (&blocks)[4]) {
    const __m512i zero = _mm512_setzero_si512();
    // Headers: d and dmin, then twelve bytes of packed scales and minima (packed_scales.h names them a, b,
    // c).
    const __m512i headers = lanes_of(blocks, 0);
    // Each lane becomes scales 0-3, scales 4-7, minima 0-3, minima 4-7, a byte each.
    const __m512i acbc = _mm512_srlv_epi32(_mm512_shuffle_epi32(headers, _MM_PERM_DCDB),
                                           _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0, 0, 4)));
    const __m512i aabb = _mm512_srli_epi32(_mm512_shuffle_epi32(headers, _MM_PERM_CCBB), 2);
    const __m512i six = _mm512_and_si512(
        acbc, _mm512_broadcast_i32x4(_mm_setr_epi32(0x3F3F3F3F, 0x0F0F0F0F, 0x3F3F3F3F, 0x0F0F0F0F)));
    const __m512i factors =
        with_bits(six, aabb, _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0x30303030, 0, 0x30303030)));
    return {.scales = _mm512_unpacklo_epi8(factors, zero),
            .minima = _mm512_unpackhi_epi8(factors, zero),
            .steps = Steps(first_of_lanes(headers))};
}

/// nibbles_at: where a block's nibbles begin; fifth bits begin at 16.
template <int block_bytes, int nibbles_at>
struct NibblePairs {
    static constexpr int bytes = block_bytes;
    static constexpr bool has_minimum = true;
    static constexpr int groups = 8;

    /// Codes change places as nibbles do.
    static void lay(const std::int8_t* from, std::int8_t* to) {
        for (int half = 0; half < 256; half += 128) {
            const __m512i lower = _mm512_loadu_si512(from + half);
            const __m512i upper = _mm512_loadu_si512(from + half + 64);
            _mm512_store_si512(to + half, lower_halves(lower, upper));
            _mm512_store_si512(to + half + 64, upper_halves(lower, upper));
        }
    }

    static FourBlocks multiply(const Byte* const (&blocks)[4], const FourOperands& x) {
        static constexpr FactorOrder orders[4] = {
            {0, group_of_nibbles}, {8, group_of_nibbles}, {16, group_of_nibbles}, {24, group_of_nibbles}};
        const __m512i zero = _mm512_setzero_si512();
        const __m512i nibble = _mm512_set1_epi8(15);
        const PairFactors factors = pair_factors(blocks);
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const Byte* block = blocks[i];
            const __m512i first = _mm512_loadu_si512(block + nibbles_at);
            const __m512i second = _mm512_loadu_si512(block + nibbles_at + 64);
            __m512i codes[4] = {
                _mm512_and_si512(first, nibble), _mm512_and_si512(_mm512_srli_epi16(first, 4), nibble),
                _mm512_and_si512(second, nibble), _mm512_and_si512(_mm512_srli_epi16(second, 4), nibble)};
            if constexpr (nibbles_at > 16) {
                const __m512i sixteen = _mm512_set1_epi8(16);
                const __m512i bits = twice(block + 16);
                codes[0] = with_bits(codes[0], fifth_bits<0>(bits), sixteen);
                codes[1] = with_bits(codes[1], fifth_bits<1>(bits), sixteen);
                codes[2] = with_bits(codes[2], fifth_bits<4>(bits), sixteen);
                codes[3] = with_bits(codes[3], fifth_bits<5>(bits), sixteen);
            }
            sums[i] = scaled(dots_of(codes, x.codes[i]), orders[i], factors.scales);
        }
        return {.sums = sums_of_four(sums[0], sums[1], sums[2], sums[3]),
                .minima = sums_of_lanes(_mm512_dpwssd_epi32(zero, factors.minima, x.sums[0])),
                .scales = factors.steps.d,
                .steps = factors.steps.dmin};
    }
};

// Q6_K ------------------------------------------------------------------------------------------------------

constexpr int group_of_sixteen(int dot, int lane) {
    return dot * 4 + lane;
}

/// Codes are stored 2^shift too high. What that has added to four blocks' sums is taken away; `words`: the 16
/// scales of two blocks each, `sums`: of their groups. For two blocks it lies in the halves of a register.
template <int shift>
void take_excess(const __m512i (&words)[2], const __m512i (&group_sums)[2], __m512i (&sums)[4]) {
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2) {
        const __m512i excess = _mm512_slli_epi32(
            _mm512_dpwssd_epi32(_mm512_setzero_si512(), words[i / 2], group_sums[i / 2]), shift);
        sums[i] = _mm512_mask_sub_epi32(sums[i], 0x00FF, sums[i], excess);
        sums[i + 1] = _mm512_mask_sub_epi32(sums[i + 1], 0xFF00, sums[i + 1], excess);
    }
}

/// Signed scales of two blocks, as words.
__m512i scale_words(const Byte* first, const Byte* second) {
    return _mm512_cvtepi8_epi16(_mm256_set_m128i(load_16(second), load_16(first)));
}

struct SixBits {
    static constexpr int bytes = 210;
    static constexpr bool has_minimum = false;
    static constexpr int groups = 16;

    static void lay(const std::int8_t* from, std::int8_t* to) { __builtin_memcpy(to, from, 256); }

    static FourBlocks multiply(const Byte* const (&blocks)[4], const FourOperands& x) {
        static constexpr FactorOrder orders[2] = {{0, group_of_sixteen}, {16, group_of_sixteen}};
        const __m512i zero = _mm512_setzero_si512();
        const __m512i nibble = _mm512_set1_epi8(15);
        const __m512i six_bits = _mm512_set1_epi8(63);
        // Where the two upper bits of 32 low nibbles, of the next 32, and of both halves' high nibbles come
        // from.
        const __m512i left = _mm512_inserti64x4(_mm512_set1_epi32(4), _mm256_set1_epi32(2), 1);
        const __m512i right = _mm512_inserti64x4(zero, _mm256_set1_epi32(2), 1);
        const __m512i words[2] = {scale_words(blocks[0] + 192, blocks[1] + 192),
                                  scale_words(blocks[2] + 192, blocks[3] + 192)};
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            __m512i codes[4];
#pragma GCC unroll 2
            for (int half = 0; half < 2; ++half) {
                const __m512i low = _mm512_loadu_si512(blocks[i] + 64 * half);
                const __m512i top = twice(blocks[i] + 128 + 32 * half);
                codes[2 * half] =
                    _mm512_and_si512(choose(nibble, low, _mm512_sllv_epi32(top, left)), six_bits);
                codes[2 * half + 1] = _mm512_and_si512(
                    choose(nibble, _mm512_srli_epi16(low, 4), _mm512_srlv_epi32(top, right)), six_bits);
            }
            sums[i] = scaled(dots_of(codes, x.codes[i]), orders[i % 2], words[i / 2]);
        }
        take_excess<5>(words, x.sums, sums);
        const auto scale_of = [&](int i) {
            std::int16_t bits = 0;
            __builtin_memcpy(&bits, blocks[i] + 208, sizeof bits);
            return bits;
        };
        return {.sums = sums_of_four(sums[0], sums[1], sums[2], sums[3]),
                .minima = _mm_setzero_si128(),
                .scales = _mm_cvtph_ps(
                    _mm_setr_epi16(scale_of(0), scale_of(1), scale_of(2), scale_of(3), 0, 0, 0, 0)),
                .steps = _mm_setzero_ps()};
    }
};

} // namespace
} // namespace spoutnik::kernels
