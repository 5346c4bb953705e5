// SPDX-License-Identifier: MIT
// Blocks (avx512_stream.h) of Q2_K, Q3_K and IQ4_XS, the formats of large models on small machines.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_stream_k.h"

namespace spoutnik::kernels {
namespace {

// Q2_K and Q3_K: 64 bytes of four codes of two bits. Codes 2 k and 2 k + 1 of all of them make one register:
// 32 values of the block's first half, then those of its second half.

/// Codes of activations in that order.
void lay_twos(const std::int8_t* from, std::int8_t* to) {
    for (int k = 0; k < 4; ++k) {
        const __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(load_32(from + 32 * k)),
                                                load_32(from + 128 + 32 * k), 1);
        _mm512_store_si512(to + 64 * k, both);
    }
}

constexpr int group_of_twos(int dot, int lane) {
    return lane / 2 * 8 + 2 * dot + lane % 2;
}

inline constexpr FactorOrder orders_of_twos[2] = {{0, group_of_twos}, {16, group_of_twos}};

/// Signed bytes, a block's 16 in a lane, become words of two blocks each.
struct WordsOfPairs {
    __m512i of[2];
    explicit WordsOfPairs(__m512i bytes)
        : of{_mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes)),
             _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(bytes, 1))} {}
};

/// Sums of the halves of two registers: the blocks of `first`, then those of `second`.
__m128i sums_of_halves(__m512i first, __m512i second) {
    // Each lane: two numbers of each.
    __m512i sums =
        _mm512_add_epi32(_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second));
    sums = _mm512_add_epi32(sums, _mm512_shuffle_epi32(sums, _MM_PERM_CDAB));
    sums = _mm512_add_epi32(sums, _mm512_shuffle_i32x4(sums, sums, 0xB1)); // lanes 0 and 1, 2 and 3
    const __m512i wanted = _mm512_castsi128_si512(_mm_setr_epi32(0, 8, 2, 10));
    return _mm512_castsi512_si128(_mm512_permutexvar_epi32(wanted, sums));
}

int dword_at(const Byte* p) {
    int bits = 0;
    __builtin_memcpy(&bits, p, sizeof bits);
    return bits;
}

struct TwoBits {
    static constexpr int bytes = 84;
    static constexpr bool has_minimum = true;
    static constexpr int groups = 16;

    static void lay(const std::int8_t* from, std::int8_t* to) { lay_twos(from, to); }

    static FourBlocks multiply(const Byte* const (&blocks)[4], const FourOperands& x) {
        const __m512i zero = _mm512_setzero_si512();
        const __m512i three = _mm512_set1_epi8(3);
        const __m512i nibble = _mm512_set1_epi8(15);
        const __m512i packed = lanes_of(blocks, 0);
        const WordsOfPairs scales(_mm512_and_si512(packed, nibble));
        const WordsOfPairs minima(_mm512_and_si512(_mm512_srli_epi16(packed, 4), nibble));
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const __m512i fours = _mm512_loadu_si512(blocks[i] + 16);
            const __m512i codes[4] = {_mm512_and_si512(fours, three),
                                      _mm512_and_si512(_mm512_srli_epi16(fours, 2), three),
                                      _mm512_and_si512(_mm512_srli_epi16(fours, 4), three),
                                      _mm512_and_si512(_mm512_srli_epi16(fours, 6), three)};
            sums[i] = scaled(dots_of(codes, x.codes[i]), orders_of_twos[i % 2], scales.of[i / 2]);
        }
        const Steps steps(_mm_setr_epi32(dword_at(blocks[0] + 80), dword_at(blocks[1] + 80),
                                         dword_at(blocks[2] + 80), dword_at(blocks[3] + 80)));
        return {.sums = sums_of_four(sums[0], sums[1], sums[2], sums[3]),
                .minima = sums_of_halves(_mm512_dpwssd_epi32(zero, minima.of[0], x.sums[0]),
                                         _mm512_dpwssd_epi32(zero, minima.of[1], x.sums[1])),
                .scales = steps.d,
                .steps = steps.dmin};
    }
};

/// The 16 scales of four blocks, less their offset, a block's in a lane; `packed`: the lanes from byte 96 on,
/// as q3_k_scales() has them.
__m512i q3_k_scales_of_four(__m512i packed) {
    const auto in_lanes = [](int a, int b, int c, int d) {
        return _mm512_broadcast_i32x4(_mm_setr_epi32(a, b, c, d));
    };
    const __m512i low = _mm512_srlv_epi32(_mm512_shuffle_epi32(packed, _MM_PERM_BABA), in_lanes(0, 0, 4, 4));
    const __m512i high = _mm512_srlv_epi32(
        _mm512_sllv_epi32(_mm512_shuffle_epi32(packed, _MM_PERM_CCCC), in_lanes(4, 2, 0, 0)),
        in_lanes(0, 0, 0, 2));
    const __m512i six = _mm512_or_si512(_mm512_and_si512(low, _mm512_set1_epi8(0x0F)),
                                        _mm512_and_si512(high, _mm512_set1_epi8(0x30)));
    return _mm512_sub_epi8(six, _mm512_set1_epi8(32));
}

struct ThreeBits {
    static constexpr int bytes = 110;
    static constexpr bool has_minimum = false;
    static constexpr int groups = 16;

    static void lay(const std::int8_t* from, std::int8_t* to) { lay_twos(from, to); }

    static FourBlocks multiply(const Byte* const (&blocks)[4], const FourOperands& x) {
        const __m512i three = _mm512_set1_epi8(3);
        const __m512i four = _mm512_set1_epi8(4);
        const __m512i to_second_half = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi32(4), 1);
        // From 94 on, for a load from 96 would leave the block; its last word is d.
        const __m512i last_bytes = lanes_of(blocks, 94);
        const WordsOfPairs scales(q3_k_scales_of_four(_mm512_bsrli_epi128(last_bytes, 2)));
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const __m512i fours = _mm512_loadu_si512(blocks[i] + 32);
            // Third bits of values 32 k ... of the first half are bits k, of the second half bits 4 + k.
            const __m512i thirds = _mm512_srlv_epi32(twice(blocks[i]), to_second_half);
            const auto code = [&](__m512i low, __m512i high) {
                return with_bits(_mm512_and_si512(low, three), high, four);
            };
            const __m512i codes[4] = {code(fours, _mm512_slli_epi16(thirds, 2)),
                                      code(_mm512_srli_epi16(fours, 2), _mm512_slli_epi16(thirds, 1)),
                                      code(_mm512_srli_epi16(fours, 4), thirds),
                                      code(_mm512_srli_epi16(fours, 6), _mm512_srli_epi16(thirds, 1))};
            sums[i] = scaled(dots_of(codes, x.codes[i]), orders_of_twos[i % 2], scales.of[i / 2]);
        }
        take_excess<2>(scales.of, x.sums, sums);
        const __m512i last_words = _mm512_castsi128_si512(_mm_setr_epi16(7, 15, 23, 31, 7, 7, 7, 7));
        const __m128i d = _mm512_castsi512_si128(_mm512_permutexvar_epi16(last_words, last_bytes));
        return {.sums = sums_of_four(sums[0], sums[1], sums[2], sums[3]),
                .minima = _mm_setzero_si128(),
                .scales = _mm_cvtph_ps(d),
                .steps = _mm_setzero_ps()};
    }
};

// IQ4_XS ----------------------------------------------------------------------------------------------------

/// The values behind the codes, 128 too high, in each lane.
struct IqTable {
    alignas(64) std::uint8_t at[64];
    constexpr IqTable() : at() {
        for (int i = 0; i < 64; ++i)
            at[i] = static_cast<std::uint8_t>(static_cast<int>(iq4_values[i % 16]) + 128);
    }
};
inline constexpr IqTable iq_table;

/// Dwords 8 (i % 2) + 4 half + lane, four times each: the scales of the groups of half `half` of block i % 2.
constexpr struct IqScaleOrder {
    alignas(64) std::int32_t at[2][2][16];
    constexpr IqScaleOrder() : at() {
        for (int block = 0; block < 2; ++block)
            for (int half = 0; half < 2; ++half)
                for (int i = 0; i < 16; ++i)
                    at[block][half][i] = 8 * block + 4 * half + i / 4;
    }
} iq_scale_order;

struct TableNibbles {
    static constexpr int bytes = 136;
    static constexpr bool has_minimum = false;
    static constexpr int groups = 8;

    /// Low nibbles of 64 bytes are the first halves of four groups, high ones the second halves.
    static void lay(const std::int8_t* from, std::int8_t* to) {
        for (int half = 0; half < 256; half += 128) {
            const __m512i first = _mm512_loadu_si512(from + half);
            const __m512i second = _mm512_loadu_si512(from + half + 64);
            _mm512_store_si512(to + half, _mm512_shuffle_i32x4(first, second, 0x88));
            _mm512_store_si512(to + half + 64, _mm512_shuffle_i32x4(first, second, 0xDD));
        }
    }

    /// Words, a block's eight in a lane: four bits and above them two more, less 32.
    static __m512i scales_of_four(__m512i headers) {
        // Each lane begins with d, eight times two high bits, then eight nibbles.
        const __m512i nibbles = _mm512_shuffle_epi8(
            headers, _mm512_broadcast_i32x4(_mm_setr_epi8(4, 5, 4, 5, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7)));
        const __m512i twos = _mm512_shuffle_epi8(headers, _mm512_set1_epi16(0x0302));
        const __m512i low =
            _mm512_srlv_epi16(nibbles, _mm512_broadcast_i32x4(_mm_setr_epi16(0, 4, 8, 12, 0, 4, 8, 12)));
        const __m512i high = _mm512_slli_epi16(
            _mm512_srlv_epi16(twos, _mm512_broadcast_i32x4(_mm_setr_epi16(0, 2, 4, 6, 8, 10, 12, 14))), 4);
        const __m512i six =
            with_bits(_mm512_and_si512(low, _mm512_set1_epi16(0x0F)), high, _mm512_set1_epi16(0x30));
        return _mm512_sub_epi16(six, _mm512_set1_epi16(32));
    }

    static FourBlocks multiply(const Byte* const (&blocks)[4], const FourOperands& x) {
        const __m512i zero = _mm512_setzero_si512();
        const __m512i nibble = _mm512_set1_epi8(15);
        const __m512i table = _mm512_load_si512(iq_table.at);
        const __m512i headers = lanes_of(blocks, 0);
        const __m512i words = scales_of_four(headers);
        const __m512i scales[2] = {_mm512_cvtepi16_epi32(_mm512_castsi512_si256(words)),
                                   _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(words, 1))};
        __m512i sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            __m512i of_half[2];
#pragma GCC unroll 2
            for (int half = 0; half < 2; ++half) {
                const __m512i pairs = _mm512_loadu_si512(blocks[i] + 8 + 64 * half);
                const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(pairs, nibble));
                const __m512i high =
                    _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(pairs, 4), nibble));
                const std::int8_t* met = x.codes[i] + 128 * half;
                const __m512i dots =
                    _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(zero, low, _mm512_load_si512(met)), high,
                                        _mm512_load_si512(met + 64));
                const __m512i order = _mm512_load_si512(iq_scale_order.at[i % 2][half]);
                of_half[half] = _mm512_mullo_epi32(dots, _mm512_permutexvar_epi32(order, scales[i / 2]));
            }
            sums[i] = _mm512_add_epi32(of_half[0], of_half[1]);
        }
        // Values are 128 too high.
        const __m128i excess = sums_of_lanes(_mm512_dpwssd_epi32(zero, words, x.sums[0]));
        const __m512i firsts = _mm512_castsi128_si512(_mm_setr_epi16(0, 8, 16, 24, 0, 0, 0, 0));
        const __m128i d = _mm512_castsi512_si128(_mm512_permutexvar_epi16(firsts, headers));
        return {.sums = _mm_sub_epi32(sums_of_four(sums[0], sums[1], sums[2], sums[3]),
                                      _mm_slli_epi32(excess, 7)),
                .minima = _mm_setzero_si128(),
                .scales = _mm_cvtph_ps(d),
                .steps = _mm_setzero_ps()};
    }
};

} // namespace
} // namespace spoutnik::kernels
