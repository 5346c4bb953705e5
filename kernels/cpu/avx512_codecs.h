// SPDX-License-Identifier: MIT
// Blocks of quantised weights as AVX-512 reads them: codes in bytes, scales and minima.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/int8_blocks.h"
#include "kernels/cpu/packed_scales.h"

namespace spoutnik::kernels {
namespace {

__m512i low_and_high(__m512i bytes) {
    // Each dword's bits above the nibble are masked away, so shifting dwords shifts bytes.
    const __m512i shifts = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4);
    return _mm512_and_si512(_mm512_srlv_epi32(bytes, shifts), _mm512_set1_epi8(15));
}

/// 32 bytes, whose low nibbles become codes 0-31 and whose high ones 32-63.
__m512i nibbles_of_32(const Byte* p) {
    return low_and_high(
        _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))); // NOLINT
}

/// One byte for the lower half of a register, another for the upper half.
__m512i halves(unsigned lower, unsigned upper) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set1_epi8(static_cast<char>(lower))),
                              _mm256_set1_epi8(static_cast<char>(upper)), 1);
}

__m512i twice(const Byte* p) {
    return _mm512_broadcast_i64x4(_mm256_loadu_epi8(p));
}

/// One block of a row.
template <Format format>
struct Avx512Codec;

// Blocks of 32 ----------------------------------------------------------------------------------------------

template <>
struct Avx512Codec<Format::q4_0> : SmallBlock<Avx512Codec<Format::q4_0>, 18, 3, 15> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return nibbles_of_16(block + 2); }
};

template <>
struct Avx512Codec<Format::q4_1> : SmallBlock<Avx512Codec<Format::q4_1>, 20, no_offset, 15> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return nibbles_of_16(block + 4); }
};

__m256i with_fifth_bits(__m256i nibbles, const Byte* bits) {
    unsigned mask = 0;
    __builtin_memcpy(&mask, bits, sizeof mask);
    return _mm256_mask_add_epi8(nibbles, mask, nibbles, _mm256_set1_epi8(16));
}

template <>
struct Avx512Codec<Format::q5_0> : SmallBlock<Avx512Codec<Format::q5_0>, 22, 4, 31> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 6), block + 2); }
};

template <>
struct Avx512Codec<Format::q5_1> : SmallBlock<Avx512Codec<Format::q5_1>, 24, no_offset, 31> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 8), block + 4); }
};

template <>
struct Avx512Codec<Format::q8_0> : SmallBlock<Avx512Codec<Format::q8_0>, 34, 7, 255> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return _mm256_xor_si256(_mm256_loadu_epi8(block + 2), _mm256_set1_epi8(-128)); }
};

/// A table of 16 values, moved up to be unsigned.
__m256i look_up(__m256i codes, const float* values, float moved) {
    const __m512i numbers = _mm512_cvtps_epi32(_mm512_add_ps(_mm512_loadu_ps(values), _mm512_set1_ps(moved)));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm512_cvtepi32_epi8(numbers)), codes);
}

template <>
struct Avx512Codec<Format::iq4_nl> : SmallBlock<Avx512Codec<Format::iq4_nl>, 18, 7, 255> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return look_up(nibbles_of_16(block + 2), iq4_values, 128); }
};

template <>
struct Avx512Codec<Format::mxfp4> : SmallBlock<Avx512Codec<Format::mxfp4>, 17, 4, 31> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return look_up(nibbles_of_16(block + 1), mxfp4_doubled_values, 16); }
    static constexpr int scale_at = -1; // not an f16
    float scale() const { return mxfp4_half_scale(block[0]); }
};

// Blocks of 256 ---------------------------------------------------------------------------------------------

/// What the formats of 256 values share: codes(k) gives codes 64 k ... 64 k + 63, scale_bytes() a byte for
/// each group, signed where `is_signed`.
template <class Self, int block_bytes, int group_values, int shift, int largest, int scale_place,
          int minimum_place = 0>
struct LargeBlock {
    static constexpr int values = 256;
    static constexpr int bytes = block_bytes;
    static constexpr int group = group_values;
    static constexpr int offset_shift = shift;
    static constexpr bool has_minimum = shift == no_offset;
    static constexpr bool is_wide = false;
    static constexpr int most = largest;
    static constexpr int scale_at = scale_place;
    static constexpr int minimum_at = minimum_place;
    static constexpr bool adds_minimum = false;
    const Byte* block;

    explicit LargeBlock(const Byte* p) : block(p) {}
    const Self& self() const { return *static_cast<const Self*>(this); }
};

template <>
struct Avx512Codec<Format::q2_k> : LargeBlock<Avx512Codec<Format::q2_k>, 84, 16, no_offset, 3, 80, 82> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = false;
    __m512i codes(int k) const {
        const __m512i shifts = k % 2 == 0 ? _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2)
                                          : _mm512_setr_epi32(4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6);
        return _mm512_and_si512(_mm512_srlv_epi32(twice(block + 16 + k / 2 * 32), shifts),
                                _mm512_set1_epi8(3));
    }
    __m128i scale_bytes() const { return _mm_and_si128(_mm_loadu_epi8(block), _mm_set1_epi8(15)); }
    __m128i minimum_bytes() const {
        return _mm_and_si128(_mm_srli_epi16(_mm_loadu_epi8(block), 4), _mm_set1_epi8(15));
    }
};

template <>
struct Avx512Codec<Format::q3_k> : LargeBlock<Avx512Codec<Format::q3_k>, 110, 16, 2, 7, 108> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    __m512i codes(int k) const {
        const __m512i shifts = k % 2 == 0 ? _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2)
                                          : _mm512_setr_epi32(4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6);
        const __m512i two_bits =
            _mm512_and_si512(_mm512_srlv_epi32(twice(block + 32 + k / 2 * 32), shifts), _mm512_set1_epi8(3));
        const __mmask64 third = _mm512_test_epi8_mask(twice(block), halves(1U << (2 * k), 2U << (2 * k)));
        return _mm512_mask_add_epi8(two_bits, third, two_bits, _mm512_set1_epi8(4));
    }
    __m128i scale_bytes() const { return q3_k_scales(block); }
};

template <>
struct Avx512Codec<Format::q4_k> : LargeBlock<Avx512Codec<Format::q4_k>, 144, 32, no_offset, 15, 0, 2> {
    static constexpr bool is_signed = false;
    static constexpr int nibbles_at = 16;
    SixBitPairs pairs;
    explicit Avx512Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m512i codes(int k) const { return nibbles_of_32(block + 16 + 32 * k); }
    __m128i scale_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.scales)); }
    __m128i minimum_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.minima)); }
};

template <>
struct Avx512Codec<Format::q5_k> : LargeBlock<Avx512Codec<Format::q5_k>, 176, 32, no_offset, 31, 0, 2> {
    static constexpr bool is_signed = false;
    SixBitPairs pairs;
    explicit Avx512Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m512i codes(int k) const {
        const __m512i nibbles = nibbles_of_32(block + 48 + 32 * k);
        const __mmask64 fifth =
            _mm512_test_epi8_mask(twice(block + 16), halves(1U << (2 * k), 2U << (2 * k)));
        return _mm512_mask_add_epi8(nibbles, fifth, nibbles, _mm512_set1_epi8(16));
    }
    __m128i scale_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.scales)); }
    __m128i minimum_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.minima)); }
};

template <>
struct Avx512Codec<Format::q6_k> : LargeBlock<Avx512Codec<Format::q6_k>, 210, 16, 5, 63, 208> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    __m512i codes(int k) const {
        const __m512i low = _mm512_loadu_si512(block + 64 * (k / 2));
        const __m512i nibbles =
            _mm512_and_si512(k % 2 == 0 ? low : _mm512_srli_epi16(low, 4), _mm512_set1_epi8(15));
        const __m512i shifts = k % 2 == 0 ? _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2)
                                          : _mm512_setr_epi32(4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6);
        const __m512i top = _mm512_and_si512(_mm512_srlv_epi32(twice(block + 128 + 32 * (k / 2)), shifts),
                                             _mm512_set1_epi8(3));
        return _mm512_or_si512(nibbles, _mm512_slli_epi16(top, 4));
    }
    __m128i scale_bytes() const { return _mm_loadu_epi8(block + 192); }
};

template <>
struct Avx512Codec<Format::iq4_xs> : LargeBlock<Avx512Codec<Format::iq4_xs>, 136, 32, 7, 255, 0> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    __m512i codes(int k) const {
        const Byte* p = block + 8 + 32 * k;
        return _mm512_inserti64x4(_mm512_castsi256_si512(look_up(nibbles_of_16(p), iq4_values, 128)),
                                  look_up(nibbles_of_16(p + 16), iq4_values, 128), 1);
    }
    __m128i scale_bytes() const {
        return _mm_sub_epi8(_mm_cvtsi64_si128(static_cast<long long>(iq4_xs_scales(block))),
                            _mm_set1_epi8(32));
    }
};

} // namespace
} // namespace spoutnik::kernels
