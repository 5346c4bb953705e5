// SPDX-License-Identifier: MIT
// Blocks in order (avx512_stream.h) of Q4_K, Q5_K and Q6_K, the formats most files are made of.
//
// What bounds these products, once weights come from memory in time, is the number of operations a block: on
// Zen 4 a 512-bit operation takes two of four ports. So what four blocks have in common is done once for
// them: their headers lie in one register, a lane each, and their factors are spread by one permutation of
// words. In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_stream.h"

namespace spoutnik::kernels {
namespace {

/// Activations for blocks of 256. The first three blocks of a row stand behind its end again, since four
/// blocks of weights may be the end of one row and the beginning of the next.
struct LargeOperand {
    static constexpr std::int64_t places = operand_columns / 256 + 3;
    alignas(64) std::int8_t codes[places * 256];
    alignas(64) std::int16_t sums[places * 16]; ///< of groups: 8 or 16 a block, without gaps
    float scales[places];
};

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

/// Four dot products of a block, whose fours of codes fit 16 bits, times their groups' factors: 16 numbers to
/// add up.
__m512i scaled(const __m512i (&dots)[4], const FactorOrder& order, __m512i words) {
    const __m512i first = _mm512_dpwssd_epi32(_mm512_setzero_si512(), _mm512_packs_epi32(dots[0], dots[1]),
                                              order.spread(0, words));
    return _mm512_dpwssd_epi32(first, _mm512_packs_epi32(dots[2], dots[3]), order.spread(1, words));
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

/// d, dmin and the factors of the groups of four blocks.
struct PairFactors {
    __m512i scales; ///< words, a block's eight in a lane
    __m512i minima; ///< the same
    __m128 d;
    __m128 dmin;
};

PairFactors pair_factors(const Byte* const* blocks) {
    const __m512i zero = _mm512_setzero_si512();
    // Headers: d and dmin, then twelve bytes of packed scales and minima (packed_scales.h names them a, b,
    // c).
    const __m512i headers =
        _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set_m128i(load_16(blocks[1]), load_16(blocks[0]))),
                           _mm256_set_m128i(load_16(blocks[3]), load_16(blocks[2])), 1);
    // Each lane becomes scales 0-3, scales 4-7, minima 0-3, minima 4-7, a byte each.
    const __m512i acbc = _mm512_srlv_epi32(_mm512_shuffle_epi32(headers, _MM_PERM_DCDB),
                                           _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0, 0, 4)));
    const __m512i aabb = _mm512_srli_epi32(_mm512_shuffle_epi32(headers, _MM_PERM_CCBB), 2);
    const __m512i six = _mm512_and_si512(
        acbc, _mm512_broadcast_i32x4(_mm_setr_epi32(0x3F3F3F3F, 0x0F0F0F0F, 0x3F3F3F3F, 0x0F0F0F0F)));
    const __m512i factors =
        with_bits(six, aabb, _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0x30303030, 0, 0x30303030)));
    const __m128i pairs_first = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    const __m256 steps = _mm256_cvtph_ps(_mm_shuffle_epi8(first_of_lanes(headers), pairs_first));
    return {.scales = _mm512_unpacklo_epi8(factors, zero),
            .minima = _mm512_unpackhi_epi8(factors, zero),
            .d = _mm256_castps256_ps128(steps),
            .dmin = _mm256_extractf128_ps(steps, 1)};
}

/// Codec::pairs_at: where a block's nibbles begin; fifth bits begin at 16.
template <class Codec>
struct NibblePairs {
    static constexpr int bytes = Codec::bytes;
    static constexpr bool has_minimum = true;
    using Operand = LargeOperand;

    /// Codes change places as nibbles do.
    static void lay(const Int8Row& x, std::int64_t count, Operand& out) {
        for (std::int64_t i = 0; i < count + 3; ++i) {
            const std::int64_t b = i % count;
            for (int half = 0; half < 2; ++half) {
                const std::int8_t* from = x.codes + 256 * b + 128 * half;
                std::int8_t* to = out.codes + 256 * i + 128 * half;
                const __m512i lower = _mm512_loadu_si512(from);
                const __m512i upper = _mm512_loadu_si512(from + 64);
                _mm512_store_si512(to, lower_halves(lower, upper));
                _mm512_store_si512(to + 64, upper_halves(lower, upper));
            }
            _mm_storeu_epi16(out.sums + 8 * i, _mm_loadu_epi16(x.group_sums + sums_per_256 * b + 16));
            out.scales[i] = x.scales[b];
        }
    }

    static void products(const Byte* blocks, const Operand& x, std::int64_t column, BlockProducts out) {
        static constexpr FactorOrder orders[4] = {
            {0, group_of_nibbles}, {8, group_of_nibbles}, {16, group_of_nibbles}, {24, group_of_nibbles}};
        const __m512i zero = _mm512_setzero_si512();
        const __m512i nibble = _mm512_set1_epi8(15);
        const Byte* const each[4] = {blocks, blocks + bytes, blocks + 2 * bytes, blocks + 3 * bytes};
        const PairFactors factors = pair_factors(each);
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const Byte* block = blocks + i * bytes;
            const std::int8_t* met = x.codes + 256 * (column + i);
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
                dots[k] = _mm512_dpbusd_epi32(zero, codes[k], _mm512_load_si512(met + 64 * k));
            sums[i] = scaled(dots, orders[i], factors.scales);
        }
        const __m128i minima =
            sums_of_lanes(_mm512_dpwssd_epi32(zero, factors.minima, _mm512_loadu_si512(x.sums + 8 * column)));
        const __m128 scales = _mm_loadu_ps(x.scales + column);
        _mm_storeu_ps(out.sums, _mm_cvtepi32_ps(sums_of_four(sums[0], sums[1], sums[2], sums[3])));
        _mm_storeu_ps(out.factors, _mm_mul_ps(factors.d, scales));
        _mm_storeu_ps(out.minima, _mm_cvtepi32_ps(minima));
        _mm_storeu_ps(out.steps, _mm_xor_ps(_mm_mul_ps(factors.dmin, scales), _mm_set1_ps(-0.0F)));
    }
};

// Q6_K ------------------------------------------------------------------------------------------------------

constexpr int group_of_sixteen(int dot, int lane) {
    return dot * 4 + lane;
}

/// Signed scales of two blocks, as words.
__m512i scale_words(const Byte* first, const Byte* second) {
    return _mm512_cvtepi8_epi16(_mm256_set_m128i(load_16(second), load_16(first)));
}

struct SixBits {
    static constexpr int bytes = 210;
    static constexpr bool has_minimum = false;
    using Operand = LargeOperand;

    static void lay(const Int8Row& x, std::int64_t count, Operand& out) {
        for (std::int64_t i = 0; i < count + 3; ++i) {
            const std::int64_t b = i % count;
            __builtin_memcpy(out.codes + 256 * i, x.codes + 256 * b, 256);
            __builtin_memcpy(out.sums + 16 * i, x.group_sums + sums_per_256 * b, 16 * sizeof(std::int16_t));
            out.scales[i] = x.scales[b];
        }
    }

    static void products(const Byte* blocks, const Operand& x, std::int64_t column, BlockProducts out) {
        static constexpr FactorOrder orders[2] = {{0, group_of_sixteen}, {16, group_of_sixteen}};
        const __m512i zero = _mm512_setzero_si512();
        const __m512i nibble = _mm512_set1_epi8(15);
        const __m512i six_bits = _mm512_set1_epi8(63);
        // Where the two upper bits of 32 low nibbles, of the next 32, and of both halves' high nibbles come
        // from.
        const __m512i left = _mm512_inserti64x4(_mm512_set1_epi32(4), _mm256_set1_epi32(2), 1);
        const __m512i right = _mm512_inserti64x4(zero, _mm256_set1_epi32(2), 1);
        const __m512i words[2] = {scale_words(blocks + 192, blocks + bytes + 192),
                                  scale_words(blocks + 2 * bytes + 192, blocks + 3 * bytes + 192)};
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const Byte* block = blocks + i * bytes;
            const std::int8_t* met = x.codes + 256 * (column + i);
            __m512i dots[4];
#pragma GCC unroll 2
            for (int half = 0; half < 2; ++half) {
                const __m512i low = _mm512_loadu_si512(block + 64 * half);
                const __m512i top = twice(block + 128 + 32 * half);
                const __m512i first =
                    _mm512_and_si512(choose(nibble, low, _mm512_sllv_epi32(top, left)), six_bits);
                const __m512i second = _mm512_and_si512(
                    choose(nibble, _mm512_srli_epi16(low, 4), _mm512_srlv_epi32(top, right)), six_bits);
                dots[2 * half] = _mm512_dpbusd_epi32(zero, first, _mm512_load_si512(met + 128 * half));
                dots[2 * half + 1] =
                    _mm512_dpbusd_epi32(zero, second, _mm512_load_si512(met + 128 * half + 64));
            }
            sums[i] = scaled(dots, orders[i % 2], words[i / 2]);
        }
        // Codes are stored 32 too high. What that has added lies, for two blocks, in the halves of a
        // register.
#pragma GCC unroll 2
        for (int i = 0; i < 4; i += 2) {
            const __m512i excess = _mm512_slli_epi32(
                _mm512_dpwssd_epi32(zero, words[i / 2], _mm512_loadu_si512(x.sums + 16 * (column + i))), 5);
            sums[i] = _mm512_mask_sub_epi32(sums[i], 0x00FF, sums[i], excess);
            sums[i + 1] = _mm512_mask_sub_epi32(sums[i + 1], 0xFF00, sums[i + 1], excess);
        }
        const auto scale_of = [&](int i) {
            std::int16_t bits = 0;
            __builtin_memcpy(&bits, blocks + i * bytes + 208, sizeof bits);
            return bits;
        };
        const __m128 scales =
            _mm_cvtph_ps(_mm_setr_epi16(scale_of(0), scale_of(1), scale_of(2), scale_of(3), 0, 0, 0, 0));
        _mm_storeu_ps(out.sums, _mm_cvtepi32_ps(sums_of_four(sums[0], sums[1], sums[2], sums[3])));
        _mm_storeu_ps(out.factors, _mm_mul_ps(scales, _mm_loadu_ps(x.scales + column)));
    }
};

} // namespace
} // namespace spoutnik::kernels
