// SPDX-License-Identifier: MIT
// Pieces of the codecs of whole-number products that both vector instruction sets have in common.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/int8_loops.h"
#include "kernels/format_tables.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

using Byte = std::uint8_t;

__m128i load_16(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
__m256i load_32(const void* p) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

/// AVX-512 converts several at once.
[[maybe_unused]] float f16_at(const Byte* p) {
    return _cvtsh_ss(static_cast<unsigned short>(p[0] | (p[1] << 8)));
}

float mxfp4_half_scale(Byte exponent) {
    const std::uint32_t bits = mxfp4_half_scale_bits(exponent);
    float value = 0.0F;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

/// The sixteen scales of a block of Q3_K, less their offset. They are packed in three words: low nibbles of
/// scales 0-3 and 8-11, of 4-7 and 12-15, and two more bits of each. Built in registers: bytes stored one by
/// one and loaded together would wait for each other.
__m128i q3_k_scales(const Byte* block) {
    // Twelve bytes from 96 on, and two before them that are not wanted: a load from 96 would leave the block.
    const __m128i packed = _mm_bsrli_si128(load_16(block + 94), 2);
    const __m128i low = _mm_srlv_epi32(_mm_shuffle_epi32(packed, 0x44), _mm_setr_epi32(0, 0, 4, 4));
    const __m128i high =
        _mm_srlv_epi32(_mm_sllv_epi32(_mm_shuffle_epi32(packed, 0xAA), _mm_setr_epi32(4, 2, 0, 0)),
                       _mm_setr_epi32(0, 0, 0, 2));
    const __m128i scales =
        _mm_or_si128(_mm_and_si128(low, _mm_set1_epi8(0x0F)), _mm_and_si128(high, _mm_set1_epi8(0x30)));
    return _mm_sub_epi8(scales, _mm_set1_epi8(32));
}

/// 16 bytes, whose low nibbles become codes 0-15 and whose high ones 16-31. A dword's bits above the nibble
/// are masked away, so shifting dwords shifts bytes.
__m256i nibbles_of_16(const Byte* p) {
    const __m256i both = _mm256_broadcastsi128_si256(load_16(p));
    const __m256i shifts = _mm256_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4);
    return _mm256_and_si256(_mm256_srlv_epi32(both, shifts), _mm256_set1_epi8(15));
}

/// What the formats of 32 values share; codes() comes from each.
template <class Self, int block_bytes, int shift, int largest>
struct SmallBlock {
    static constexpr int values = 32;
    static constexpr int bytes = block_bytes;
    static constexpr int offset_shift = shift;
    static constexpr bool has_minimum = false;
    static constexpr bool is_wide = false;
    static constexpr int most = largest;
    static constexpr int scale_at = 0; ///< the byte where the f16 scale stands
    static constexpr int minimum_at = 2;
    static constexpr bool adds_minimum = true; ///< these formats' minima come with the other sign
    const Byte* block;

    explicit SmallBlock(const Byte* p) : block(p) {}
    float scale() const { return f16_at(block); }
};

/// 16 rows of 16 bytes become 16 columns.
void transpose_bytes(const __m128i* rows, __m128i* columns) {
    // Each of four rounds interleaves row i with row i + 8: the classical perfect shuffle.
    __m128i a[16];
    __m128i b[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i)
        a[i] = rows[i];
#pragma GCC unroll 4
    for (int round = 0; round < 4; ++round) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i)
            a[i] = b[i];
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i)
        columns[i] = a[i];
}

/// How a block is rounded: its scale, and what each value is multiplied by before it is rounded.
struct Rounding {
    float scale;
    float inverse;
    bool is_zero;

    explicit Rounding(unsigned largest_bits) {
        float magnitude = 0.0F;
        __builtin_memcpy(&magnitude, &largest_bits, sizeof magnitude);
        const bool is_number = largest_bits < 0x7F800000U;
        is_zero = !is_number || magnitude < 0x1p-100F;
        scale = !is_number ? __builtin_nanf("") : is_zero ? 0.0F : magnitude / 127.0F;
        inverse = is_zero ? 0.0F : 127.0F / magnitude;
    }
};

/// Adds up the codes of a rounded row: after all are stored, for a load that spans several fresh stores
/// waits.
void add_up(std::int64_t block, std::int64_t cols, const Int8RowMemory& to) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (std::int64_t c = 0; c < cols; c += 32) {
        const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), load_32(to.codes + c));
        const __m256i fours = _mm256_madd_epi16(pairs, ones);
        const __m256i eights = _mm256_add_epi32(fours, _mm256_shuffle_epi32(fours, 0x4E));
        const __m256i all = _mm256_add_epi32(eights, _mm256_shuffle_epi32(eights, 0xB1));
        const int first = _mm_cvtsi128_si32(_mm256_castsi256_si128(all));
        const int second = _mm_cvtsi128_si32(_mm256_extracti128_si256(all, 1));
        if (block == 32) {
            to.block_sums[c / 32] = first + second;
            continue;
        }
        std::int16_t* sums = to.group_sums + c / 256 * sums_per_256;
        const std::int64_t g = c % 256 / 32;
        sums[2 * g] = static_cast<std::int16_t>(first);
        sums[2 * g + 1] = static_cast<std::int16_t>(second);
        sums[16 + g] = static_cast<std::int16_t>(first + second);
    }
}

} // namespace
} // namespace spoutnik::kernels
