// SPDX-License-Identifier: MIT
// One token on AVX-512: four rows of weights at a time, decoded on their way to one vector.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_rows_k.h"

namespace spoutnik::kernels {
namespace {

/// Sums of the four numbers of each of four vectors.
__m128i sums_of_four(__m128i a, __m128i b, __m128i c, __m128i d) {
    const __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    const __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    return _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

/// 16 groups of 16 values: the scales that meet codes 64 k + 16 l + 0 ... 15 stand in lane l, as many times
/// as vpackssdw leaves sums of dot products: four for k, then four for k + 1.
template <class Codec>
__m512i scales_of_pair(__m128i scale_bytes, int k) {
    // Byte g of a quarter chooses the scale of group g of 16 values.
    alignas(64) static constexpr auto make = [](int first) {
        struct {
            std::int8_t at[64];
        } order{};
        for (int lane = 0; lane < 4; ++lane)
            for (int word = 0; word < 8; ++word) {
                const int group_of_16 = 4 * first + lane + (word < 4 ? 0 : 4);
                const auto from = static_cast<std::int8_t>(group_of_16 * 16 / Codec::group);
                order.at[lane * 16 + word * 2] = Codec::is_signed ? std::int8_t{-128} : from;
                order.at[lane * 16 + word * 2 + 1] = Codec::is_signed ? from : std::int8_t{-128};
            }
        return order;
    };
    alignas(64) static constexpr auto first = make(0);
    alignas(64) static constexpr auto second = make(2);
    const __m512i everywhere = _mm512_broadcast_i32x4(scale_bytes);
    const __m512i words = _mm512_shuffle_epi8(everywhere, _mm512_load_si512(k == 0 ? first.at : second.at));
    return Codec::is_signed ? _mm512_srai_epi16(words, 8) : words;
}

/// The scales that meet the dot products of codes 64 k ... 64 k + 63, as 32-bit numbers.
template <class Codec>
__m512i scales_of_dots(__m128i scale_bytes, int k) {
    static_assert(Codec::group == 32 && Codec::is_signed);
    const __m512i all = _mm512_cvtepi8_epi32(scale_bytes); // of eight groups; the rest is not used
    const __m512i order = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    return _mm512_permutexvar_epi32(_mm512_add_epi32(order, _mm512_set1_epi32(2 * k)), all);
}

template <class Codec>
__m512i scaled_products(const Codec& codec, const __m512i* x, const __m512i* start) {
    __m512i dots[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k)
        dots[k] = _mm512_dpbusd_epi32(start[k], codec.codes(k), x[k]);
    const __m128i scale_bytes = codec.scale_bytes();
    if constexpr (Codec::fits_16_bits) {
        const __m512i sums = _mm512_dpwssd_epi32(_mm512_setzero_si512(), _mm512_packs_epi32(dots[0], dots[1]),
                                                 scales_of_pair<Codec>(scale_bytes, 0));
        return _mm512_dpwssd_epi32(sums, _mm512_packs_epi32(dots[2], dots[3]),
                                   scales_of_pair<Codec>(scale_bytes, 1));
    } else {
        __m512i sums = _mm512_mullo_epi32(dots[0], scales_of_dots<Codec>(scale_bytes, 0));
#pragma GCC unroll 3
        for (int k = 1; k < 4; ++k)
            sums = _mm512_add_epi32(sums, _mm512_mullo_epi32(dots[k], scales_of_dots<Codec>(scale_bytes, k)));
        return sums;
    }
}

/// Sums of the products of the groups' minima with the groups' sums of activations: four numbers to add up.
template <class Codec>
__m128i products_of_minima(const Codec& codec, const std::int16_t* sums) {
    static_assert(Codec::group == 16);
    const __m256i eight =
        _mm256_madd_epi16(_mm256_cvtepu8_epi16(codec.minimum_bytes()), _mm256_loadu_epi16(sums));
    return _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
}

/// The f16 numbers at one place of block `block` of four rows, then of the next block (or of the same again).
template <class Codec>
__m256 eight_halves(const std::uint8_t* const* rows, std::int64_t block, std::int64_t count, int place) {
    const std::int64_t first = block * Codec::bytes + place;
    const std::int64_t second = first + (count - 1) * Codec::bytes;
    const auto at = [&](int row, std::int64_t offset) {
        short bits = 0;
        __builtin_memcpy(&bits, rows[row] + offset, sizeof bits);
        return bits;
    };
    return _mm256_cvtph_ps(_mm_setr_epi16(at(0, first), at(1, first), at(2, first), at(3, first),
                                          at(0, second), at(1, second), at(2, second), at(3, second)));
}

/// Adds blocks `block` and the next (`count` 2), or one (1), of four rows to their totals.
template <class Codec>
void add_two_blocks(const std::uint8_t* const* rows, std::int64_t block, std::int64_t count, const Int8Row& x,
                    __m128& total) {
    // A block that is not there is the first again, times nothing.
    const std::int64_t at = block * Codec::bytes;
    const std::int64_t next = at + (count - 1) * Codec::bytes;
    const __m512i codes = count == 2 ? _mm512_loadu_si512(x.codes + 32 * block)
                                     : _mm512_zextsi256_si512(load_32(x.codes + 32 * block));
    __m512i dots[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
        const __m512i first = _mm512_castsi256_si512(Codec(rows[r] + at).codes());
        const __m512i both = _mm512_inserti64x4(first, Codec(rows[r] + next).codes(), 1);
        dots[r] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), both, codes);
    }
    // Each quarter comes to hold a number of each row; two quarters make a block.
    const __m512i ab =
        _mm512_add_epi32(_mm512_unpacklo_epi32(dots[0], dots[1]), _mm512_unpackhi_epi32(dots[0], dots[1]));
    const __m512i cd =
        _mm512_add_epi32(_mm512_unpacklo_epi32(dots[2], dots[3]), _mm512_unpackhi_epi32(dots[2], dots[3]));
    const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));

    __m256 scales;
    if constexpr (Codec::scale_at >= 0)
        scales = eight_halves<Codec>(rows, block, count, Codec::scale_at);
    else
        scales = _mm256_setr_ps(Codec(rows[0] + at).scale(), Codec(rows[1] + at).scale(),
                                Codec(rows[2] + at).scale(), Codec(rows[3] + at).scale(),
                                Codec(rows[0] + next).scale(), Codec(rows[1] + next).scale(),
                                Codec(rows[2] + next).scale(), Codec(rows[3] + next).scale());
    __m256 minima = _mm256_setzero_ps();
    if constexpr (Codec::has_minimum) minima = eight_halves<Codec>(rows, block, count, Codec::minimum_at);

    const auto add = [&](std::int64_t b, __m256i halves_of_sums, __m128 scale, __m128 minimum) {
        __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(halves_of_sums),
                                     _mm256_extracti128_si256(halves_of_sums, 1));
        const __m128i of_codes = _mm_set1_epi32(x.block_sums[b]);
        if constexpr (Codec::offset_shift != no_offset)
            sums = _mm_sub_epi32(sums, _mm_slli_epi32(of_codes, Codec::offset_shift));
        const __m128 s = _mm_set1_ps(x.scales[b]);
        total = _mm_fmadd_ps(_mm_mul_ps(scale, s), _mm_cvtepi32_ps(sums), total);
        if constexpr (Codec::has_minimum) // these formats add theirs
            total = _mm_fmadd_ps(_mm_mul_ps(minimum, s), _mm_cvtepi32_ps(of_codes), total);
    };
    add(block, _mm512_castsi512_si256(all), _mm256_castps256_ps128(scales), _mm256_castps256_ps128(minima));
    if (count == 2)
        add(block + 1, _mm512_extracti64x4_epi64(all, 1), _mm256_extractf128_ps(scales, 1),
            _mm256_extractf128_ps(minima, 1));
}

/// Block `b` of four rows in the formats of 256 that have no products of their own.
template <class Codec>
FourBlocks four_blocks(const std::uint8_t* const* rows, std::int64_t at, const std::int8_t* x,
                       const std::int16_t* group_sums) {
    __m512i codes[4];
    __m512i start[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        codes[k] = _mm512_load_si512(x + 64 * k);
        start[k] = _mm512_setzero_si512();
        if constexpr (Codec::offset_shift != no_offset)
            start[k] = _mm512_sub_epi32(
                start[k],
                _mm512_slli_epi32(_mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(1), codes[k]),
                                  Codec::offset_shift));
    }
    __m512i products[4];
    __m128i minima[4];
    alignas(16) float scales[4];
    alignas(16) float steps[4] = {};
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
        const Codec codec(rows[r] + at);
        products[r] = scaled_products(codec, codes, start);
        scales[r] = codec.scale();
        if constexpr (Codec::has_minimum) {
            minima[r] = products_of_minima(codec, group_sums);
            steps[r] = codec.minimum();
        } else {
            minima[r] = _mm_setzero_si128();
        }
    }
    return {.sums = sums_of_four(products[0], products[1], products[2], products[3]),
            .minima = sums_of_four(minima[0], minima[1], minima[2], minima[3]),
            .scales = _mm_load_ps(scales),
            .steps = _mm_load_ps(steps)};
}

template <class Codec>
void dot_four_rows_of_256(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x, Ahead& ahead,
                          float* out) {
    __m128 total = _mm_setzero_ps();
    std::int64_t at = 0;
    for (std::int64_t b = 0; b * 256 < cols; ++b, at += Codec::bytes) {
        ahead.ask(4 * Codec::bytes);
        const std::int8_t* codes = x.codes + 256 * b;
        const std::int16_t* group_sums = x.group_sums + b * sums_per_256;
        FourBlocks four;
        if constexpr (requires { Codec::pairs_at; })
            four = four_blocks_of_nibbles<Codec>(rows, at, codes, group_sums);
        else if constexpr (Codec::bytes == SixBits::bytes)
            four = four_blocks_of_q6_k(rows, at, codes);
        else
            four = four_blocks<Codec>(rows, at, codes, group_sums);
        const __m128 s = _mm_set1_ps(x.scales[b]);
        total = _mm_fmadd_ps(_mm_mul_ps(four.scales, s), _mm_cvtepi32_ps(four.sums), total);
        if constexpr (Codec::has_minimum)
            total = _mm_fnmadd_ps(_mm_mul_ps(four.steps, s), _mm_cvtepi32_ps(four.minima), total);
    }
    _mm_storeu_ps(out, total);
}

template <class Codec>
void dot_four_rows_of_32(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x, Ahead& ahead,
                         float* out) {
    __m128 total = _mm_setzero_ps();
    const std::int64_t blocks = cols / 32;
    std::int64_t b = 0;
    for (; b + 2 <= blocks; b += 2) {
        ahead.ask(8 * Codec::bytes);
        add_two_blocks<Codec>(rows, b, 2, x, total);
    }
    if (b < blocks) add_two_blocks<Codec>(rows, b, 1, x, total);
    _mm_storeu_ps(out, total);
}

} // namespace
} // namespace spoutnik::kernels
