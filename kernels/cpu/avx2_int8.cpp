// SPDX-License-Identifier: MIT
// Whole-number products on AVX2. vpmaddubsw multiplies unsigned codes by signed ones and adds pairs, in 16
// bits with saturation, which codes of up to 7 bits never reach; wider ones are split into magnitude and
// sign.
#include "kernels/cpu/int8_blocks.h"
#include "kernels/cpu/packed_scales.h"

namespace spoutnik::kernels {
namespace {

void store_32(void* p, __m256i v) {
    _mm256_storeu_si256(static_cast<__m256i*>(p), v);
}

struct Avx2Int8 {
    using Int = __m256i;
    using Float = __m256;
    using Accumulator = __m256i; ///< sixteen sums of 16 bits
    static constexpr int lanes = 8;
    static constexpr int tile_tokens = 4; // two accumulators each, codes, their magnitudes, scales, a product
    static constexpr int steps_at_once(int most) { return 32767 / (2 * 127 * most); }

    static Int load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
    static Int broadcast(const void* p) {
        int value = 0;
        __builtin_memcpy(&value, p, sizeof value);
        return _mm256_set1_epi32(value);
    }
    static Int set_int(int x) { return _mm256_set1_epi32(x); }
    static Int zero() { return _mm256_setzero_si256(); }
    static Int subtract(Int a, Int b) { return _mm256_sub_epi32(a, b); }
    template <int bits>
    static Int shift(Int x) {
        return _mm256_slli_epi32(x, bits);
    }
    static Float zero_floats() { return _mm256_setzero_ps(); }
    static Float load_floats(const float* p) { return _mm256_load_ps(p); }
    static Float set(float x) { return _mm256_set1_ps(x); }
    static Float mul(Float a, Float b) { return _mm256_mul_ps(a, b); }
    static Float fma(Float a, Float b, Float c) { return _mm256_fmadd_ps(a, b, c); }
    static Float fnma(Float a, Float b, Float c) { return _mm256_fnmadd_ps(a, b, c); }
    static Float to_floats(Int x) { return _mm256_cvtepi32_ps(x); }
    static void store_some(float* p, Float v, std::int64_t n, bool /*past_caches*/) {
        const __m256i place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), place), v);
    }

    static void finish_stores() {} // half a line at a time goes through the caches

    static Accumulator start() { return _mm256_setzero_si256(); }
    template <bool is_wide>
    static Int prepare(Int codes) {
        return is_wide ? _mm256_abs_epi8(codes) : codes;
    }
    /// Sums of pairs of products. Wide codes are signed: |c| times x with the sign of c.
    template <bool is_wide>
    static __m256i pairs(Int codes, Int prepared, Int x) {
        return _mm256_maddubs_epi16(prepared, is_wide ? _mm256_sign_epi8(x, codes) : x);
    }
    template <bool is_wide>
    static Accumulator step(Accumulator acc, Int codes, Int prepared, Int x) {
        return _mm256_add_epi16(acc, pairs<is_wide>(codes, prepared, x));
    }
    /// The same with a scale of 1.
    template <bool>
    static Int collect_unscaled(Int sums, Accumulator acc) {
        return collect(sums, acc, _mm256_set1_epi16(1));
    }
    static Int collect(Int sums, Accumulator acc, Int scale) {
        return _mm256_add_epi32(sums, _mm256_madd_epi16(acc, scale));
    }
    static Int add_pairs(Int acc, Int a, Int b) { return _mm256_add_epi32(acc, _mm256_madd_epi16(a, b)); }

    /// Eight dwords of each of 8 rows become 8 vectors of 8 rows.
    static void transpose(__m256i (&a)[8]) {
        __m256i b[8];
#pragma GCC unroll 4
        for (int r = 0; r < 8; r += 2) {
            b[r] = _mm256_unpacklo_epi32(a[r], a[r + 1]);
            b[r + 1] = _mm256_unpackhi_epi32(a[r], a[r + 1]);
        }
#pragma GCC unroll 2
        for (int r = 0; r < 8; r += 4) {
            a[r] = _mm256_unpacklo_epi64(b[r], b[r + 2]);
            a[r + 1] = _mm256_unpackhi_epi64(b[r], b[r + 2]);
            a[r + 2] = _mm256_unpacklo_epi64(b[r + 1], b[r + 3]);
            a[r + 3] = _mm256_unpackhi_epi64(b[r + 1], b[r + 3]);
        }
        // a[4 i + k], half h: dword 4 h + k of rows 4 i ... 4 i + 3.
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
            b[k] = _mm256_permute2x128_si256(a[k], a[4 + k], 0x20);
            b[4 + k] = _mm256_permute2x128_si256(a[k], a[4 + k], 0x31);
        }
#pragma GCC unroll 8
        for (int r = 0; r < 8; ++r)
            a[r] = b[r];
    }

    template <class Codec>
    static void lay_codes(const std::uint8_t* const* sources, std::int64_t blocks,
                          std::uint8_t (&out)[chunk_columns / 4][lanes * 4]) {
        __m256i a[8];
        if constexpr (requires { Codec::nibbles_at; }) {
            // Nibbles change places as they are, two to a byte, and are taken apart afterwards.
            for (int part = 0; part < 4; ++part) {
#pragma GCC unroll 8
                for (int r = 0; r < 8; ++r)
                    a[r] = load_32(sources[r] + Codec::nibbles_at + 32 * part);
                transpose(a);
#pragma GCC unroll 8
                for (int d = 0; d < 8; ++d) {
                    const __m256i mask = _mm256_set1_epi8(15);
                    store_32(out[16 * part + d], _mm256_and_si256(a[d], mask));
                    store_32(out[16 * part + 8 + d], _mm256_and_si256(_mm256_srli_epi16(a[d], 4), mask));
                }
            }
        } else {
            for (int part = 0; 32 * part < blocks * Codec::values; ++part) {
#pragma GCC unroll 8
                for (int r = 0; r < 8; ++r) {
                    if constexpr (Codec::values == chunk_columns)
                        a[r] = Codec(sources[r]).codes(part);
                    else
                        a[r] = Codec(sources[r] + part * Codec::bytes).codes();
                }
                transpose(a);
#pragma GCC unroll 8
                for (int d = 0; d < 8; ++d)
                    store_32(out[8 * part + d], a[d]);
            }
        }
    }

    template <class Codec>
    static void lay_factors(const std::uint8_t* const* sources, Int8Chunk<lanes>& chunk) {
        __m128i rows[16] = {};
        __m128i columns[16];
        constexpr int groups = chunk_columns / Codec::group;
        const auto words = [](__m128i eight_or_sixteen, bool is_signed) {
            return is_signed ? _mm256_cvtepi8_epi16(eight_or_sixteen)
                             : _mm256_cvtepu8_epi16(eight_or_sixteen);
        };
        for (int r = 0; r < lanes; ++r)
            rows[r] = Codec(sources[r]).scale_bytes();
        transpose_bytes(rows, columns);
        for (int g = 0; g < groups; ++g) // each scale twice, for the two sums of a lane
            store_32(chunk.scales[g], words(_mm_unpacklo_epi8(columns[g], columns[g]), Codec::is_signed));
        if constexpr (Codec::has_minimum) {
            for (int r = 0; r < lanes; ++r)
                rows[r] = Codec(sources[r]).minimum_bytes();
            transpose_bytes(rows, columns);
        }
        for (int p = 0; p < groups / 2; ++p)
            store_32(chunk.minima[p], words(_mm_unpacklo_epi8(columns[2 * p], columns[2 * p + 1]),
                                            !Codec::has_minimum && Codec::is_signed));
    }

    template <class Codec>
    static void lay_steps(const std::uint8_t* const* sources, std::int64_t block, float* scale,
                          float* minimum) {
        for (int r = 0; r < lanes; ++r) {
            const Codec codec(sources[r] + block * Codec::bytes);
            scale[r] = codec.scale();
            if constexpr (Codec::has_minimum) minimum[r] = codec.minimum();
        }
    }

    template <Format format>
    struct Codec;

    template <class Codec>
    static void dot_four_rows(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x,
                              Ahead& ahead, float* out);
    template <class Codec>
    static std::size_t rows_at_once(std::int64_t /*cols*/) {
        return 4;
    }
    template <class Codec>
    static void dot_rows(const std::uint8_t* rows, std::size_t row_bytes, std::int64_t row_count,
                         std::int64_t cols, const Int8Row& x, Ahead& ahead, float* out) {
        dot_by_fours(rows, row_bytes, row_count, out, [&](const std::uint8_t* const* four, float* results) {
            dot_four_rows<Codec>(four, cols, x, ahead, results);
        });
    }

    static void round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to);
};

// Blocks of 32 ----------------------------------------------------------------------------------------------

template <>
struct Avx2Int8::Codec<Format::q4_0> : SmallBlock<Codec<Format::q4_0>, 18, 3, 15> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return nibbles_of_16(block + 2); }
};

template <>
struct Avx2Int8::Codec<Format::q4_1> : SmallBlock<Codec<Format::q4_1>, 20, no_offset, 15> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return nibbles_of_16(block + 4); }
    float minimum() const { return -f16_at(block + 2); } // this format adds it
};

__m256i with_fifth_bits(__m256i nibbles, const Byte* bits) {
    int mask = 0;
    __builtin_memcpy(&mask, bits, sizeof mask);
    // Byte j looks at bit j % 8 of byte j / 8.
    const __m256i bytes = _mm256_shuffle_epi8(
        _mm256_set1_epi32(mask), _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2,
                                                  2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3));
    const __m256i one_each = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
    const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, one_each), one_each);
    return _mm256_or_si256(nibbles, _mm256_and_si256(is_set, _mm256_set1_epi8(16)));
}

template <>
struct Avx2Int8::Codec<Format::q5_0> : SmallBlock<Codec<Format::q5_0>, 22, 4, 31> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 6), block + 2); }
};

template <>
struct Avx2Int8::Codec<Format::q5_1> : SmallBlock<Codec<Format::q5_1>, 24, no_offset, 31> {
    using SmallBlock::SmallBlock;
    static constexpr bool has_minimum = true;
    __m256i codes() const { return with_fifth_bits(nibbles_of_16(block + 8), block + 4); }
    float minimum() const { return -f16_at(block + 2); }
};

template <>
struct Avx2Int8::Codec<Format::q8_0> : SmallBlock<Codec<Format::q8_0>, 34, no_offset, 128> {
    using SmallBlock::SmallBlock;
    static constexpr bool is_wide = true;
    __m256i codes() const { return load_32(block + 2); }
};

/// A table of 16 values, moved by `moved`.
__m256i look_up(__m256i codes, const float* values, float moved) {
    const auto eight = [&](int first) {
        return _mm256_cvtps_epi32(_mm256_add_ps(_mm256_loadu_ps(values + first), _mm256_set1_ps(moved)));
    };
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(eight(0), eight(8)), 0xD8);
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), codes);
}

template <>
struct Avx2Int8::Codec<Format::iq4_nl> : SmallBlock<Codec<Format::iq4_nl>, 18, no_offset, 128> {
    using SmallBlock::SmallBlock;
    static constexpr bool is_wide = true;
    __m256i codes() const { return look_up(nibbles_of_16(block + 2), iq4_values, 0); }
};

template <>
struct Avx2Int8::Codec<Format::mxfp4> : SmallBlock<Codec<Format::mxfp4>, 17, 4, 31> {
    using SmallBlock::SmallBlock;
    __m256i codes() const { return look_up(nibbles_of_16(block + 1), mxfp4_doubled_values, 16); }
    float scale() const { return mxfp4_half_scale(block[0]); }
};

// Blocks of 256 ---------------------------------------------------------------------------------------------

/// What the formats of 256 values share: codes(k) gives codes 32 k ... 32 k + 31, scale_bytes() a byte for
/// each group, signed where `is_signed`.
template <class Self, int block_bytes, int group_values, int shift, int largest>
struct LargeBlock {
    static constexpr int values = 256;
    static constexpr int bytes = block_bytes;
    static constexpr int group = group_values;
    static constexpr int offset_shift = shift;
    static constexpr bool has_minimum = shift == no_offset;
    static constexpr bool is_wide = false;
    static constexpr int most = largest;
    const Byte* block;

    explicit LargeBlock(const Byte* p) : block(p) {}
    const Self& self() const { return *static_cast<const Self*>(this); }
};

/// Two bits of each byte, from bit 2 * pair on.
__m256i two_bits(const Byte* p, int pair) {
    return _mm256_and_si256(_mm256_srli_epi16(load_32(p), 2 * pair), _mm256_set1_epi8(3));
}
/// `value` where bit `bit` of a byte is set.
__m256i where_bit(const Byte* p, int bit, int value) {
    const __m256i wanted = _mm256_set1_epi8(static_cast<char>(1U << static_cast<unsigned>(bit)));
    const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(load_32(p), wanted), wanted);
    return _mm256_and_si256(is_set, _mm256_set1_epi8(static_cast<char>(value)));
}
/// The low or the high nibbles of 32 bytes.
__m256i nibbles(const Byte* p, bool high) {
    const __m256i bytes = load_32(p);
    return _mm256_and_si256(high ? _mm256_srli_epi16(bytes, 4) : bytes, _mm256_set1_epi8(15));
}
__m128i eight_bytes(std::uint64_t bytes) {
    return _mm_cvtsi64_si128(static_cast<long long>(bytes));
}

template <>
struct Avx2Int8::Codec<Format::q2_k> : LargeBlock<Codec<Format::q2_k>, 84, 16, no_offset, 3> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = false;
    __m256i codes(int k) const { return two_bits(block + 16 + k / 4 * 32, k % 4); }
    __m128i scale_bytes() const { return _mm_and_si128(load_16(block), _mm_set1_epi8(15)); }
    __m128i minimum_bytes() const {
        return _mm_and_si128(_mm_srli_epi16(load_16(block), 4), _mm_set1_epi8(15));
    }
    float scale() const { return f16_at(block + 80); }
    float minimum() const { return f16_at(block + 82); }
};

template <>
struct Avx2Int8::Codec<Format::q3_k> : LargeBlock<Codec<Format::q3_k>, 110, 16, 2, 7> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    __m256i codes(int k) const {
        return _mm256_or_si256(two_bits(block + 32 + k / 4 * 32, k % 4), where_bit(block, k, 4));
    }
    __m128i scale_bytes() const { return q3_k_scales(block); }
    float scale() const { return f16_at(block + 108); }
};

template <>
struct Avx2Int8::Codec<Format::q4_k> : LargeBlock<Codec<Format::q4_k>, 144, 32, no_offset, 15> {
    static constexpr bool is_signed = false;
    static constexpr int nibbles_at = 16;
    SixBitPairs pairs;
    explicit Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m256i codes(int k) const { return nibbles(block + 16 + k / 2 * 32, k % 2 == 1); }
    __m128i scale_bytes() const { return eight_bytes(pairs.scales); }
    __m128i minimum_bytes() const { return eight_bytes(pairs.minima); }
    float scale() const { return f16_at(block); }
    float minimum() const { return f16_at(block + 2); }
};

template <>
struct Avx2Int8::Codec<Format::q5_k> : LargeBlock<Codec<Format::q5_k>, 176, 32, no_offset, 31> {
    static constexpr bool is_signed = false;
    SixBitPairs pairs;
    explicit Codec(const Byte* p) : LargeBlock(p), pairs(p + 4) {}
    __m256i codes(int k) const {
        return _mm256_or_si256(nibbles(block + 48 + k / 2 * 32, k % 2 == 1), where_bit(block + 16, k, 16));
    }
    __m128i scale_bytes() const { return eight_bytes(pairs.scales); }
    __m128i minimum_bytes() const { return eight_bytes(pairs.minima); }
    float scale() const { return f16_at(block); }
    float minimum() const { return f16_at(block + 2); }
};

template <>
struct Avx2Int8::Codec<Format::q6_k> : LargeBlock<Codec<Format::q6_k>, 210, 16, 5, 63> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    __m256i codes(int k) const {
        const __m256i low = nibbles(block + k / 4 * 64 + k % 2 * 32, k % 4 >= 2);
        const __m256i top = two_bits(block + 128 + k / 4 * 32, k % 4);
        return _mm256_or_si256(low, _mm256_slli_epi16(top, 4));
    }
    __m128i scale_bytes() const { return load_16(block + 192); }
    float scale() const { return f16_at(block + 208); }
};

template <>
struct Avx2Int8::Codec<Format::iq4_xs> : LargeBlock<Codec<Format::iq4_xs>, 136, 32, no_offset, 128> {
    using LargeBlock::LargeBlock;
    static constexpr bool is_signed = true;
    static constexpr bool has_minimum = false;
    static constexpr bool is_wide = true;
    __m256i codes(int k) const { return look_up(nibbles_of_16(block + 8 + 16 * k), iq4_values, 0); }
    __m128i scale_bytes() const { return _mm_sub_epi8(eight_bytes(iq4_xs_scales(block)), _mm_set1_epi8(32)); }
    float scale() const { return f16_at(block); }
};

// One token -------------------------------------------------------------------------------------------------

/// Sums of the eight numbers of each of four vectors.
__m128i sums_of_four(__m256i a, __m256i b, __m256i c, __m256i d) {
    const __m256i ab = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    const __m256i cd = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    const __m256i all = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

/// The scales of a block as codes(k) wants them: a word for each sum of a pair.
template <class Codec>
class PairScales {
  public:
    explicit PairScales(const Codec& codec) {
        const __m128i bytes = codec.scale_bytes();
        if constexpr (Codec::group == 16) {
            // Groups of even number to the lower half, the others to the upper one: codes(k) meets 2k, 2k
            // + 1.
            const __m128i order = _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
            const __m128i sorted = _mm_shuffle_epi8(bytes, order);
            words_ = Codec::is_signed ? _mm256_cvtepi8_epi16(sorted) : _mm256_cvtepu8_epi16(sorted);
        } else {
            words_ = _mm256_broadcastsi128_si256(Codec::is_signed ? _mm_cvtepi8_epi16(bytes)
                                                                  : _mm_cvtepu8_epi16(bytes));
        }
    }
    __m256i at(int k) const {
        return _mm256_shuffle_epi8(words_, _mm256_set1_epi16(static_cast<short>((2 * k + 1) << 8 | (2 * k))));
    }

  private:
    __m256i words_;
};

template <class Codec>
__m256i scaled_products(const Codec& codec, const std::int8_t* x, const __m256i* offsets) {
    const PairScales<Codec> scales(codec);
    __m256i sums = _mm256_setzero_si256();
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) {
        const __m256i codes = codec.codes(k);
        __m256i pairs = Avx2Int8::pairs<Codec::is_wide>(codes, Avx2Int8::prepare<Codec::is_wide>(codes),
                                                        load_32(x + 32 * k));
        if constexpr (Codec::offset_shift != no_offset) pairs = _mm256_sub_epi16(pairs, offsets[k]);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, scales.at(k)));
    }
    return sums;
}

/// Sums of the products of the groups' minima with the groups' sums of activations: eight numbers to add up.
template <class Codec>
__m256i products_of_minima(const Codec& codec, const std::int16_t* sums) {
    const __m256i minima = _mm256_cvtepu8_epi16(codec.minimum_bytes()); // of eight groups: zeros above
    if constexpr (Codec::group == 32)
        return _mm256_madd_epi16(minima, _mm256_zextsi128_si256(load_16(sums + 16)));
    else
        return _mm256_madd_epi16(minima, load_32(sums));
}

template <class Codec>
void Avx2Int8::dot_four_rows(const std::uint8_t* const* rows, std::int64_t cols, const Int8Row& x,
                             Ahead& ahead, float* out) {
    __m128 total = _mm_setzero_ps();
    std::int64_t at = 0;
    for (std::int64_t b = 0; b * Codec::values < cols; ++b, at += Codec::bytes) {
        ahead.ask(4 * Codec::bytes);
        const std::int8_t* codes = x.codes + b * Codec::values;
        __m256i products[4];
        __m256i minima[4];
        alignas(16) float scales[4];
        alignas(16) float steps[4];
        __m256i offsets[8];
        if constexpr (Codec::values == 256 && Codec::offset_shift != no_offset)
            for (int k = 0; k < 8; ++k)
                offsets[k] = _mm256_slli_epi16(
                    _mm256_maddubs_epi16(_mm256_set1_epi8(1), load_32(codes + 32 * k)), Codec::offset_shift);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
            const Codec codec(rows[r] + at);
            if constexpr (Codec::values == 256) {
                products[r] = scaled_products(codec, codes, offsets);
                if constexpr (Codec::has_minimum)
                    minima[r] = products_of_minima(codec, x.group_sums + b * sums_per_256);
            } else {
                const __m256i row = codec.codes();
                products[r] = _mm256_madd_epi16(
                    pairs<Codec::is_wide>(row, prepare<Codec::is_wide>(row), load_32(codes)),
                    _mm256_set1_epi16(1));
            }
            scales[r] = codec.scale();
            if constexpr (Codec::has_minimum) steps[r] = codec.minimum();
        }
        __m128i sums = sums_of_four(products[0], products[1], products[2], products[3]);
        if constexpr (Codec::values == 32 && Codec::offset_shift != no_offset)
            sums = _mm_sub_epi32(sums, _mm_slli_epi32(_mm_set1_epi32(x.block_sums[b]), Codec::offset_shift));
        const __m128 s = _mm_set1_ps(x.scales[b]);
        total = _mm_fmadd_ps(_mm_mul_ps(_mm_load_ps(scales), s), _mm_cvtepi32_ps(sums), total);
        if constexpr (Codec::has_minimum) {
            const __m128i of_minima = Codec::values == 256
                                          ? sums_of_four(minima[0], minima[1], minima[2], minima[3])
                                          : _mm_set1_epi32(x.block_sums[b]);
            total = _mm_fnmadd_ps(_mm_mul_ps(_mm_load_ps(steps), s), _mm_cvtepi32_ps(of_minima), total);
        }
    }
    _mm_storeu_ps(out, total);
}

// Rounding --------------------------------------------------------------------------------------------------

/// Largest magnitude of n values (a multiple of 32), as bits.
unsigned largest_bits(const float* x, std::int64_t n) {
    __m256i most = _mm256_setzero_si256();
    for (std::int64_t i = 0; i < n; i += 8)
        most = _mm256_max_epu32(most, _mm256_and_si256(load_32(x + i), _mm256_set1_epi32(0x7FFFFFFF)));
    const __m128i four = _mm_max_epu32(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
    const __m128i two = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0x4E));
    return static_cast<unsigned>(_mm_cvtsi128_si32(_mm_max_epu32(two, _mm_shuffle_epi32(two, 0xB1))));
}

void Avx2Int8::round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to) {
    for (std::int64_t b = 0; b * block < cols; ++b) {
        const float* values = x + b * block;
        const Rounding rounding(largest_bits(values, block));
        to.scales[b] = rounding.scale;
        const __m256 inverse = _mm256_set1_ps(rounding.inverse);
        const auto whole = [&](std::int64_t i) {
            const __m256i numbers = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(values + i), inverse));
            return rounding.is_zero ? _mm256_setzero_si256() : numbers;
        };
        for (std::int64_t i = 0; i < block; i += 32) {
            const __m256i first = _mm256_packs_epi32(whole(i), whole(i + 8));
            const __m256i second = _mm256_packs_epi32(whole(i + 16), whole(i + 24));
            const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7); // undoes the packing by halves
            store_32(to.codes + b * block + i,
                     _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), order));
        }
    }
    add_up(block, cols, to);
}

} // namespace

const Int8Table& int8_avx2_table() {
    static constexpr Int8Table table = Int8Loops<Avx2Int8>::table();
    return table;
}

} // namespace spoutnik::kernels
