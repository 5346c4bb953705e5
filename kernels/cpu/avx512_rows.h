// SPDX-License-Identifier: MIT
// One token on AVX-512, blocks of 32: four rows of weights at a time, decoded on their way to one vector.
// Most of these formats are faster where there is more than AVX-512 (avx512_vbmi.cpp). In an unnamed
// namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/avx512_codecs.h"
#include "kernels/cpu/int8_loops.h"

namespace spoutnik::kernels {
namespace {

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
