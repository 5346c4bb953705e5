// SPDX-License-Identifier: MIT
// Whole-number products on AVX-512 with VNNI: vpdpbusd multiplies 64 unsigned codes by 64 signed ones and
// adds fours of them, exactly.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

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

struct Avx512Int8 {
    using Int = __m512i;
    using Float = __m512;
    using Accumulator = __m512i;
    static constexpr int lanes = 16;
    static constexpr int tile_tokens = 12; // two accumulators each, a vector of codes and one of scales
    static constexpr int steps_at_once(int /*most*/) { return 64; }

    static Int load(const void* p) { return _mm512_load_si512(p); }
    static Int broadcast(const void* p) {
        int value = 0;
        __builtin_memcpy(&value, p, sizeof value);
        return _mm512_set1_epi32(value);
    }
    static Int set_int(int x) { return _mm512_set1_epi32(x); }
    static Int zero() { return _mm512_setzero_si512(); }
    static Int subtract(Int a, Int b) { return _mm512_sub_epi32(a, b); }
    template <int bits>
    static Int shift(Int x) {
        return _mm512_slli_epi32(x, bits);
    }
    static Float zero_floats() { return _mm512_setzero_ps(); }
    static Float load_floats(const float* p) { return _mm512_load_ps(p); }
    static Float set(float x) { return _mm512_set1_ps(x); }
    static Float mul(Float a, Float b) { return _mm512_mul_ps(a, b); }
    static Float fma(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }
    static Float fnma(Float a, Float b, Float c) { return _mm512_fnmadd_ps(a, b, c); }
    static Float to_floats(Int x) { return _mm512_cvtepi32_ps(x); }
    static void store_some(float* p, Float v, std::int64_t n, bool past_caches) {
        const bool is_whole_line = n == lanes && (reinterpret_cast<std::uintptr_t>(p) & 63U) == 0; // NOLINT
        if (past_caches && is_whole_line) return _mm512_stream_ps(p, v);
        _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U), v);
    }

    /// Stores past the caches are ordered by nothing else.
    static void finish_stores() { _mm_sfence(); }

    static Accumulator start() { return _mm512_setzero_si512(); }
    template <bool>
    static Int prepare(Int codes) {
        return codes;
    }
    template <bool>
    static Accumulator step(Accumulator acc, Int codes, Int /*prepared*/, Int x) {
        return _mm512_dpbusd_epi32(acc, codes, x);
    }
    /// The same with a scale of 1; `is_all`: the accumulator took the whole block.
    template <bool is_all>
    static Int collect_unscaled(Int sums, Accumulator acc) {
        return is_all ? acc : _mm512_add_epi32(sums, acc);
    }
    static Int collect(Int sums, Accumulator acc, Int scale) {
        return _mm512_add_epi32(sums, _mm512_mullo_epi32(acc, scale));
    }
    static Int add_pairs(Int acc, Int a, Int b) { return _mm512_dpwssd_epi32(acc, a, b); }

    /// Sixteen dwords of each of 16 rows become 16 vectors of 16 rows.
    static void transpose(__m512i (&a)[16]) {
        __m512i b[16];
#pragma GCC unroll 8
        for (int r = 0; r < 16; r += 2) {
            b[r] = _mm512_unpacklo_epi32(a[r], a[r + 1]);
            b[r + 1] = _mm512_unpackhi_epi32(a[r], a[r + 1]);
        }
        // Now b[r] holds, in each quarter, two dwords of two rows; pair the pairs.
#pragma GCC unroll 4
        for (int r = 0; r < 16; r += 4) {
            a[r] = _mm512_unpacklo_epi64(b[r], b[r + 2]);
            a[r + 1] = _mm512_unpackhi_epi64(b[r], b[r + 2]);
            a[r + 2] = _mm512_unpacklo_epi64(b[r + 1], b[r + 3]);
            a[r + 3] = _mm512_unpackhi_epi64(b[r + 1], b[r + 3]);
        }
        // a[4 i + k], quarter q: dword 4 q + k of rows 4 i ... 4 i + 3.
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
            const __m512i low = _mm512_shuffle_i32x4(a[k], a[4 + k], 0x88);
            const __m512i high = _mm512_shuffle_i32x4(a[k], a[4 + k], 0xDD);
            const __m512i low2 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0x88);
            const __m512i high2 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0xDD);
            b[k] = _mm512_shuffle_i32x4(low, low2, 0x88);
            b[4 + k] = _mm512_shuffle_i32x4(high, high2, 0x88);
            b[8 + k] = _mm512_shuffle_i32x4(low, low2, 0xDD);
            b[12 + k] = _mm512_shuffle_i32x4(high, high2, 0xDD);
        }
#pragma GCC unroll 16
        for (int r = 0; r < 16; ++r)
            a[r] = b[r];
    }

    /// Codes 64 part ... 64 part + 63 of a chunk.
    template <class Codec>
    static __m512i codes_of_64(const std::uint8_t* source, int part, std::int64_t blocks) {
        if constexpr (Codec::values == chunk_columns) {
            return Codec(source).codes(part);
        } else {
            const std::uint8_t* block = source + 2 * part * Codec::bytes;
            const __m512i first = _mm512_zextsi256_si512(Codec(block).codes());
            if (2 * part + 1 == blocks) return first;
            return _mm512_inserti64x4(first, Codec(block + Codec::bytes).codes(), 1);
        }
    }

    template <class Codec>
    static void lay_codes(const std::uint8_t* const* sources, std::int64_t blocks,
                          std::uint8_t (&out)[chunk_columns / 4][lanes * 4]) {
        __m512i a[16];
        if constexpr (requires { Codec::nibbles_at; }) {
            // Nibbles change places as they are, two to a byte, and are taken apart afterwards.
            for (int part = 0; part < 2; ++part) {
#pragma GCC unroll 16
                for (int r = 0; r < 16; ++r)
                    a[r] = _mm512_loadu_si512(sources[r] + Codec::nibbles_at + 64 * part);
                transpose(a);
#pragma GCC unroll 16
                for (int d = 0; d < 16; ++d) {
                    const int at = 32 * part + 16 * (d / 8) + d % 8;
                    const __m512i mask = _mm512_set1_epi8(15);
                    _mm512_store_si512(out[at], _mm512_and_si512(a[d], mask));
                    _mm512_store_si512(out[at + 8], _mm512_and_si512(_mm512_srli_epi16(a[d], 4), mask));
                }
            }
        } else {
            for (int part = 0; 64 * part < blocks * Codec::values; ++part) {
#pragma GCC unroll 16
                for (int r = 0; r < 16; ++r)
                    a[r] = codes_of_64<Codec>(sources[r], part, blocks);
                transpose(a);
#pragma GCC unroll 16
                for (int d = 0; d < 16; ++d)
                    _mm512_store_si512(out[16 * part + d], a[d]);
            }
        }
    }

    template <class Codec>
    static void lay_factors(const std::uint8_t* const* sources, Int8Chunk<lanes>& chunk) {
        __m128i rows[16];
        __m128i columns[16];
        const auto pairs = [&](int p) {
            return _mm256_set_m128i(_mm_unpackhi_epi8(columns[2 * p], columns[2 * p + 1]),
                                    _mm_unpacklo_epi8(columns[2 * p], columns[2 * p + 1]));
        };
        constexpr int groups = chunk_columns / Codec::group;
        for (int r = 0; r < lanes; ++r)
            rows[r] = Codec(sources[r]).scale_bytes();
        transpose_bytes(rows, columns);
        for (int g = 0; g < groups; ++g)
            _mm512_store_si512(chunk.scales[g], Codec::is_signed ? _mm512_cvtepi8_epi32(columns[g])
                                                                 : _mm512_cvtepu8_epi32(columns[g]));
        if constexpr (Codec::has_minimum) {
            for (int r = 0; r < lanes; ++r)
                rows[r] = Codec(sources[r]).minimum_bytes();
            transpose_bytes(rows, columns);
            for (int p = 0; p < groups / 2; ++p)
                _mm512_store_si512(chunk.minima[p], _mm512_cvtepu8_epi16(pairs(p)));
        } else {
            for (int p = 0; p < groups / 2; ++p)
                _mm512_store_si512(chunk.minima[p], _mm512_cvtepi8_epi16(pairs(p)));
        }
    }

    /// f16 numbers at one place of a block of each row.
    static __m512 halves_of(const std::uint8_t* const* sources, std::int64_t at) {
        alignas(32) std::uint16_t all[lanes];
        for (int r = 0; r < lanes; ++r)
            __builtin_memcpy(&all[r], sources[r] + at, sizeof all[r]);
        return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(all))); // NOLINT
    }

    template <class Codec>
    static void lay_steps(const std::uint8_t* const* sources, std::int64_t block, float* scale,
                          float* minimum) {
        const std::int64_t at = block * Codec::bytes;
        if constexpr (Codec::scale_at >= 0)
            _mm512_store_ps(scale, halves_of(sources, at + Codec::scale_at));
        else
            for (int r = 0; r < lanes; ++r)
                scale[r] = Codec(sources[r] + at).scale();
        if constexpr (Codec::has_minimum) {
            const __m512 m = halves_of(sources, at + Codec::minimum_at);
            _mm512_store_ps(minimum, Codec::adds_minimum ? _mm512_sub_ps(_mm512_set1_ps(-0.0F), m) : m);
        }
    }

    static void prefetch_chunk(const std::uint8_t* p, std::int64_t bytes) {
        const std::uint8_t* wanted = p;
        prefetch(p, bytes, wanted);
    }

    template <Format format>
    struct Codec;

    template <class Codec>
    static void dot_four_rows(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x,
                              const std::uint8_t* ahead, float* out);

    static void round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to);
};

// Blocks of 32 ----------------------------------------------------------------------------------------------

template <>
struct Avx512Int8::Codec<Format::q4_0> : SmallBlock<Codec<Format::q4_0>, 18, 3, 15> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return nibbles_of_16(block + 2); }
};

template <>
struct Avx512Int8::Codec<Format::q4_1> : SmallBlock<Codec<Format::q4_1>, 20, no_offset, 15> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return nibbles_of_16(block + 4); }
    float minimum() const { return -f16_at(block + 2); } // this format adds it
};

__m256i with_fifth_bits(__m256i nibbles, const Byte* bits) {
    unsigned mask = 0;
    __builtin_memcpy(&mask, bits, sizeof mask);
    return _mm256_mask_add_epi8(nibbles, mask, nibbles, _mm256_set1_epi8(16));
}

template <>
struct Avx512Int8::Codec<Format::q5_0> : SmallBlock<Codec<Format::q5_0>, 22, 4, 31> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 6), block + 2); }
};

template <>
struct Avx512Int8::Codec<Format::q5_1> : SmallBlock<Codec<Format::q5_1>, 24, no_offset, 31> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 8), block + 4); }
    float minimum() const { return -f16_at(block + 2); }
};

template <>
struct Avx512Int8::Codec<Format::q8_0> : SmallBlock<Codec<Format::q8_0>, 34, 7, 255> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return _mm256_xor_si256(_mm256_loadu_epi8(block + 2), _mm256_set1_epi8(-128)); }
};

/// A table of 16 values, moved up to be unsigned.
__m256i look_up(__m256i codes, const float* values, float moved) {
    const __m512i numbers = _mm512_cvtps_epi32(_mm512_add_ps(_mm512_loadu_ps(values), _mm512_set1_ps(moved)));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm512_cvtepi32_epi8(numbers)), codes);
}

template <>
struct Avx512Int8::Codec<Format::iq4_nl> : SmallBlock<Codec<Format::iq4_nl>, 18, 7, 255> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return look_up(nibbles_of_16(block + 2), iq4_values, 128); }
};

template <>
struct Avx512Int8::Codec<Format::mxfp4> : SmallBlock<Codec<Format::mxfp4>, 17, 4, 31> {
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
    /// Four products of a code fit 16 bits, so that their sums can be packed before the scales come in.
    static constexpr bool fits_16_bits = 4 * largest * 127 <= 32767;
    const Byte* block;

    explicit LargeBlock(const Byte* p) : block(p) {}
    const Self& self() const { return *static_cast<const Self*>(this); }
};

template <>
struct Avx512Int8::Codec<Format::q2_k> : LargeBlock<Codec<Format::q2_k>, 84, 16, no_offset, 3, 80, 82> {
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
    float scale() const { return f16_at(block + 80); }
    float minimum() const { return f16_at(block + 82); }
};

template <>
struct Avx512Int8::Codec<Format::q3_k> : LargeBlock<Codec<Format::q3_k>, 110, 16, 2, 7, 108> {
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
    float scale() const { return f16_at(block + 108); }
};

template <>
struct Avx512Int8::Codec<Format::q4_k> : LargeBlock<Codec<Format::q4_k>, 144, 32, no_offset, 15, 0, 2> {
    static constexpr bool is_signed = false;
    static constexpr int nibbles_at = 16;
    SixBitPairs pairs;
    explicit Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m512i codes(int k) const { return nibbles_of_32(block + 16 + 32 * k); }
    __m128i scale_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.scales)); }
    __m128i minimum_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.minima)); }
    float scale() const { return f16_at(block); }
    float minimum() const { return f16_at(block + 2); }
};

template <>
struct Avx512Int8::Codec<Format::q5_k> : LargeBlock<Codec<Format::q5_k>, 176, 32, no_offset, 31, 0, 2> {
    static constexpr bool is_signed = false;
    SixBitPairs pairs;
    explicit Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m512i codes(int k) const {
        const __m512i nibbles = nibbles_of_32(block + 48 + 32 * k);
        const __mmask64 fifth =
            _mm512_test_epi8_mask(twice(block + 16), halves(1U << (2 * k), 2U << (2 * k)));
        return _mm512_mask_add_epi8(nibbles, fifth, nibbles, _mm512_set1_epi8(16));
    }
    __m128i scale_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.scales)); }
    __m128i minimum_bytes() const { return _mm_cvtsi64_si128(static_cast<long long>(pairs.minima)); }
    float scale() const { return f16_at(block); }
    float minimum() const { return f16_at(block + 2); }
};

template <>
struct Avx512Int8::Codec<Format::q6_k> : LargeBlock<Codec<Format::q6_k>, 210, 16, 5, 63, 208> {
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
    float scale() const { return f16_at(block + 208); }
};

template <>
struct Avx512Int8::Codec<Format::iq4_xs> : LargeBlock<Codec<Format::iq4_xs>, 136, 32, 7, 255, 0> {
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
    float scale() const { return f16_at(block); }
};

// One token -------------------------------------------------------------------------------------------------

/// Sums of the 16 numbers of each of four vectors.
__m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// The same for four numbers each.
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
    if constexpr (Codec::group == 32) {
        return _mm_madd_epi16(_mm_cvtepu8_epi16(codec.minimum_bytes()), _mm_loadu_epi16(sums + 16));
    } else {
        const __m256i eight =
            _mm256_madd_epi16(_mm256_cvtepu8_epi16(codec.minimum_bytes()), _mm256_loadu_epi16(sums));
        return _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    }
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

template <class Codec>
void Avx512Int8::dot_four_rows(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x,
                               const std::uint8_t* ahead, float* out) {
    __m128 total = _mm_setzero_ps();
    const std::uint8_t* wanted = ahead;
    if constexpr (Codec::values == 256) {
        std::int64_t at = 0;
        for (std::int64_t b = 0; b * 256 < cols; ++b, at += Codec::bytes) {
            prefetch(ahead, 4 * Codec::bytes, wanted);
            __m512i codes[4];
            __m512i start[4];
#pragma GCC unroll 4
            for (int k = 0; k < 4; ++k) {
                codes[k] = _mm512_load_si512(x.codes + 256 * b + 64 * k);
                start[k] = _mm512_setzero_si512();
                if constexpr (Codec::offset_shift != no_offset)
                    start[k] = _mm512_sub_epi32(
                        start[k], _mm512_slli_epi32(_mm512_dpbusd_epi32(_mm512_setzero_si512(),
                                                                        _mm512_set1_epi8(1), codes[k]),
                                                    Codec::offset_shift));
            }
            __m512i products[4];
            __m128i minima[4];
            alignas(16) float scales[4];
            alignas(16) float steps[4];
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) {
                const Codec codec(rows[r] + at);
                products[r] = scaled_products(codec, codes, start);
                scales[r] = codec.scale();
                if constexpr (Codec::has_minimum) {
                    minima[r] = products_of_minima(codec, x.group_sums + b * sums_per_256);
                    steps[r] = codec.minimum();
                }
            }
            const __m128 s = _mm_set1_ps(x.scales[b]);
            const __m128i sums = sums_of_four(products[0], products[1], products[2], products[3]);
            total = _mm_fmadd_ps(_mm_mul_ps(_mm_load_ps(scales), s), _mm_cvtepi32_ps(sums), total);
            if constexpr (Codec::has_minimum)
                total = _mm_fnmadd_ps(
                    _mm_mul_ps(_mm_load_ps(steps), s),
                    _mm_cvtepi32_ps(sums_of_four(minima[0], minima[1], minima[2], minima[3])), total);
        }
    } else {
        const std::int64_t blocks = cols / 32;
        std::int64_t b = 0;
        for (; b + 2 <= blocks; b += 2) {
            prefetch(ahead, 8 * Codec::bytes, wanted);
            add_two_blocks<Codec>(rows, b, 2, x, total);
        }
        if (b < blocks) add_two_blocks<Codec>(rows, b, 1, x, total);
    }
    _mm_storeu_ps(out, total);
}

// Rounding --------------------------------------------------------------------------------------------------

/// Largest magnitude of n values (a multiple of 16), as bits.
unsigned largest_bits(const float* x, std::int64_t n) {
    __m512i most = _mm512_setzero_si512();
    for (std::int64_t i = 0; i < n; i += 16)
        most = _mm512_max_epu32(most,
                                _mm512_and_si512(_mm512_loadu_si512(x + i), _mm512_set1_epi32(0x7FFFFFFF)));
    return _mm512_reduce_max_epu32(most);
}

void Avx512Int8::round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to) {
    for (std::int64_t b = 0; b * block < cols; ++b) {
        const float* values = x + b * block;
        const Rounding rounding(largest_bits(values, block));
        to.scales[b] = rounding.scale;
        const __m512 inverse = _mm512_set1_ps(rounding.inverse);
        const __mmask16 all = rounding.is_zero ? __mmask16{0} : static_cast<__mmask16>(0xFFFF);
        for (std::int64_t i = 0; i < block; i += 16) {
            const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(all, values + i), inverse);
            _mm_storeu_epi8(to.codes + b * block + i, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(scaled)));
        }
    }
    add_up(block, cols, to);
}

} // namespace

const Int8Table& int8_avx512_table() {
    static constexpr Int8Table table = Int8Loops<Avx512Int8>::table();
    return table;
}

void int8_avx512_lay_block(Format format, const std::uint8_t* const* rows, std::int64_t block,
                           std::size_t ahead, Int8Chunk<16>& chunk) {
    Int8Loops<Avx512Int8>::with_codec(format, [&]<class Codec>() {
        if constexpr (Codec::values == chunk_columns) {
            for (int r = 0; r < 16; ++r)
                Avx512Int8::prefetch_chunk(rows[r] + ahead + block * Codec::bytes, Codec::bytes);
            Int8Loops<Avx512Int8>::decode_chunk<Codec>(rows, block, 1, chunk);
        }
    });
}

} // namespace spoutnik::kernels
