// SPDX-License-Identifier: MIT
// AVX-512 (F, BW, DQ, VL). Codes of up to four bits are decoded by a permutation: the values a sub-block's
// codes can stand for fill a register of sixteen floats, and one instruction looks sixteen codes up in it.
// A fifth bit (Q5_*, Q3_K's third) selects a second such register through a mask.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/packed_scales.h"
#include "kernels/cpu/simd_loops.h"
#include "kernels/format_tables.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

using Byte = std::uint8_t;

struct Avx512 {
    using Float = __m512;
    static constexpr int width = 16;
    static constexpr int row_group = 4;
    static constexpr int token_group = 6; // 24 accumulators, 4 rows and a vector: 29 of 32 registers

    static __mmask16 first(std::int64_t n) { return static_cast<__mmask16>((1U << n) - 1U); }

    static Float load(const float* p) { return _mm512_loadu_ps(p); }
    static Float load_some(const float* p, std::int64_t n) { return _mm512_maskz_loadu_ps(first(n), p); }
    static void store(float* p, Float v) { _mm512_storeu_ps(p, v); }
    static void store_some(float* p, Float v, std::int64_t n) { _mm512_mask_storeu_ps(p, first(n), v); }
    static Float set(float x) { return _mm512_set1_ps(x); }
    static Float zero() { return _mm512_setzero_ps(); }
    static Float fma(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }
    static Float add(Float a, Float b) { return _mm512_add_ps(a, b); }
    static Float sub(Float a, Float b) { return _mm512_sub_ps(a, b); }
    static Float mul(Float a, Float b) { return _mm512_mul_ps(a, b); }
    static Float divide(Float a, Float b) { return _mm512_div_ps(a, b); }
    static Float max(Float a, Float b) { return _mm512_max_ps(a, b); }
    static float largest(Float v) { return _mm512_reduce_max_ps(v); }

    /// Folds 16 lanes to 4: lanes 8 apart first, then 4 apart.
    static __m128 quarter(Float v) {
        const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
        return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    }
    static float sum(Float v) {
        const __m128 four = quarter(v);
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
    /// out[i] = sum(v[i]); four at a time share the last folds, with the same additions.
    static void sums(const Float* v, std::int64_t count, float* out) {
        std::int64_t i = 0;
        for (; i + 4 <= count; i += 4) {
            __m128 a = quarter(v[i]);
            __m128 b = quarter(v[i + 1]);
            __m128 c = quarter(v[i + 2]);
            __m128 d = quarter(v[i + 3]);
            _MM_TRANSPOSE4_PS(a, b, c, d);
            _mm_storeu_ps(out + i, _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d)));
        }
        for (; i < count; ++i)
            out[i] = sum(v[i]);
    }

    static void transpose(Float* v) {
        Float t[16];
        for (int i = 0; i < 16; i += 2) {
            t[i] = _mm512_unpacklo_ps(v[i], v[i + 1]);
            t[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]);
        }
        Float q[16]; // q[4 i + c]: column c of rows 4 i ... 4 i + 3, in each quarter four columns further
        for (int i = 0; i < 4; ++i)
            for (int c = 0; c < 2; ++c) {
                q[4 * i + 2 * c] = _mm512_shuffle_ps(t[4 * i + c], t[4 * i + 2 + c], 0x44);
                q[4 * i + 2 * c + 1] = _mm512_shuffle_ps(t[4 * i + c], t[4 * i + 2 + c], 0xEE);
            }
        for (int c = 0; c < 4; ++c) {
            const Float low_even = _mm512_shuffle_f32x4(q[c], q[4 + c], 0x88); // quarters 0 and 2 of both
            const Float low_odd = _mm512_shuffle_f32x4(q[c], q[4 + c], 0xDD);
            const Float high_even = _mm512_shuffle_f32x4(q[8 + c], q[12 + c], 0x88);
            const Float high_odd = _mm512_shuffle_f32x4(q[8 + c], q[12 + c], 0xDD);
            v[c] = _mm512_shuffle_f32x4(low_even, high_even, 0x88);
            v[8 + c] = _mm512_shuffle_f32x4(low_even, high_even, 0xDD);
            v[4 + c] = _mm512_shuffle_f32x4(low_odd, high_odd, 0x88);
            v[12 + c] = _mm512_shuffle_f32x4(low_odd, high_odd, 0xDD);
        }
    }

    /// e^x within 2 units of the last place: 2^n times the series of e^r, |r| <= ln 2 / 2. NaN stays NaN.
    static Float exp(Float x) {
        // The second operand comes back where one is NaN.
        x = _mm512_max_ps(_mm512_set1_ps(-104.0F), _mm512_min_ps(_mm512_set1_ps(89.0F), x));
        const Float n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(0x1.715476p0F)),
                                             _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        Float r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0x1.62e4p-1F), x); // ln 2 in two pieces
        r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0x1.7f7d1cp-20F), r);
        Float p = _mm512_set1_ps(1.0F / 5040.0F);
        p = fma(p, r, _mm512_set1_ps(1.0F / 720.0F));
        p = fma(p, r, _mm512_set1_ps(1.0F / 120.0F));
        p = fma(p, r, _mm512_set1_ps(1.0F / 24.0F));
        p = fma(p, r, _mm512_set1_ps(1.0F / 6.0F));
        p = fma(p, r, _mm512_set1_ps(0.5F));
        p = fma(p, r, _mm512_set1_ps(1.0F));
        p = fma(p, r, _mm512_set1_ps(1.0F));
        return _mm512_scalef_ps(p, n);
    }

    // 16-bit floats -----------------------------------------------------------------------------------------

    static Float widen_bf16(__m256i v) {
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
    }
    template <Format format>
    static Float load_as(const Byte* p) {
        if constexpr (format == Format::f32) return _mm512_loadu_ps(p);
        if constexpr (format == Format::f16) return _mm512_cvtph_ps(_mm256_loadu_epi16(p));
        return widen_bf16(_mm256_loadu_epi16(p));
    }
    template <Format format>
    static Float load_some_as(const Byte* p, std::int64_t n) {
        if constexpr (format == Format::f32) return _mm512_maskz_loadu_ps(first(n), p);
        if constexpr (format == Format::f16) return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first(n), p));
        return widen_bf16(_mm256_maskz_loadu_epi16(first(n), p));
    }
    template <Format format>
    static void store_as(std::byte* p, Float v) {
        if constexpr (format == Format::f16) {
            _mm256_storeu_epi16(p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
        } else {
            const __m512i bits = _mm512_castps_si512(v);
            const __m512i high = _mm512_srli_epi32(bits, 16);
            const __m512i odd = _mm512_and_si512(high, _mm512_set1_epi32(1));
            const __m512i rounded = _mm512_srli_epi32(
                _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd), 16);
            const __m512i quiet = _mm512_or_si512(high, _mm512_set1_epi32(0x40));
            const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
            _mm256_storeu_epi16(p, _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(rounded, nan, quiet)));
        }
    }

    template <Format format>
    struct Decoder;
};

// Pieces of decoders ----------------------------------------------------------------------------------------

/// 0, 1, ... 15, the codes of four bits, moved by `offset`.
__m512 codes_from(float offset) {
    return _mm512_add_ps(_mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                         _mm512_set1_ps(offset));
}
/// 0, 1, 2, 3, again and again: a look-up in it heeds only the two lowest bits.
__m512 codes_of_two_bits(float offset) {
    return _mm512_add_ps(_mm512_setr_ps(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3),
                         _mm512_set1_ps(offset));
}
__m512 f16_everywhere(const Byte* p) {
    return _mm512_cvtph_ps(_mm256_set1_epi16(static_cast<short>(p[0] | (p[1] << 8))));
}
float f16_of(const Byte* p) {
    return _cvtsh_ss(static_cast<unsigned short>(p[0] | (p[1] << 8)));
}
unsigned u32_of(const Byte* p) {
    return p[0] | (static_cast<unsigned>(p[1]) << 8U) | (static_cast<unsigned>(p[2]) << 16U) |
           (static_cast<unsigned>(p[3]) << 24U);
}
/// Sixteen bytes as sixteen numbers.
__m512i bytes_of_16(const Byte* p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_epi8(p));
}
/// Looks up the low four bits of each number.
__m512 look_up(__m512i codes, __m512 table) {
    return _mm512_permutexvar_ps(codes, table);
}
/// The same in `high` where the mask is set.
__m512 look_up(__m512i codes, __m512 low, __mmask16 is_high, __m512 high) {
    return _mm512_mask_permutexvar_ps(look_up(codes, low), is_high, codes, high);
}
__m512 signed_codes(__m128i bytes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

/// A block of 32 codes of four bits over one table.
template <class Emit>
void emit_nibbles(const Byte* bytes, __m512 table, Emit&& emit) {
    const __m512i codes = bytes_of_16(bytes);
    emit(0, look_up(codes, table));
    emit(16, look_up(_mm512_srli_epi32(codes, 4), table));
}

/// A block of 32 codes of five bits.
template <class Emit>
void emit_five_bits(const Byte* bytes, unsigned fifth, __m512 low, __m512 high, Emit&& emit) {
    const __m512i codes = bytes_of_16(bytes);
    emit(0, look_up(codes, low, static_cast<__mmask16>(fifth), high));
    emit(16, look_up(_mm512_srli_epi32(codes, 4), low, static_cast<__mmask16>(fifth >> 16U), high));
}

/// step * table - minimum, or + for formats that add theirs; two roundings, as in the definition.
__m512 affine(__m512 table, float step, float minimum) {
    return _mm512_sub_ps(_mm512_mul_ps(_mm512_set1_ps(step), table), _mm512_set1_ps(minimum));
}

// Decoders --------------------------------------------------------------------------------------------------

template <>
struct Avx512::Decoder<Format::q4_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 18;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        emit_nibbles(block + 2, _mm512_mul_ps(f16_everywhere(block), codes_from(-8)), emit);
    }
};

template <>
struct Avx512::Decoder<Format::q4_1> {
    static constexpr int values = 32;
    static constexpr int bytes = 20;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m512 scaled = _mm512_mul_ps(f16_everywhere(block), codes_from(0));
        emit_nibbles(block + 4, _mm512_add_ps(scaled, f16_everywhere(block + 2)), emit);
    }
};

template <>
struct Avx512::Decoder<Format::q5_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 22;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m512 d = f16_everywhere(block);
        emit_five_bits(block + 6, u32_of(block + 2), _mm512_mul_ps(d, codes_from(-16)),
                       _mm512_mul_ps(d, codes_from(0)), emit);
    }
};

template <>
struct Avx512::Decoder<Format::q5_1> {
    static constexpr int values = 32;
    static constexpr int bytes = 24;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m512 d = f16_everywhere(block);
        const __m512 m = f16_everywhere(block + 2);
        emit_five_bits(block + 8, u32_of(block + 4), _mm512_add_ps(_mm512_mul_ps(d, codes_from(0)), m),
                       _mm512_add_ps(_mm512_mul_ps(d, codes_from(16)), m), emit);
    }
};

template <>
struct Avx512::Decoder<Format::q8_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 34;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m512 d = f16_everywhere(block);
        emit(0, _mm512_mul_ps(d, signed_codes(_mm_loadu_epi8(block + 2))));
        emit(16, _mm512_mul_ps(d, signed_codes(_mm_loadu_epi8(block + 18))));
    }
};

template <>
struct Avx512::Decoder<Format::iq4_nl> {
    static constexpr int values = 32;
    static constexpr int bytes = 18;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        emit_nibbles(block + 2, _mm512_mul_ps(f16_everywhere(block), _mm512_loadu_ps(iq4_values)), emit);
    }
};

template <>
struct Avx512::Decoder<Format::mxfp4> {
    static constexpr int values = 32;
    static constexpr int bytes = 17;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m512 half_scale =
            _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(mxfp4_half_scale_bits(block[0]))));
        emit_nibbles(block + 1, _mm512_mul_ps(half_scale, _mm512_loadu_ps(mxfp4_doubled_values)), emit);
    }
};

template <>
struct Avx512::Decoder<Format::q2_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 84;
    static constexpr int parts = 2;
    const Byte* block;
    float steps[16];
    float minima[16];

    explicit Decoder(const Byte* p) : block(p) {
        const __m128i nibbles = _mm_set1_epi8(15);
        const __m128i packed = _mm_loadu_epi8(block);
        const __m128i scales = _mm_and_si128(packed, nibbles);
        const __m128i offsets = _mm_and_si128(_mm_srli_epi16(packed, 4), nibbles);
        _mm512_storeu_ps(steps, _mm512_mul_ps(f16_everywhere(block + 80), signed_codes(scales)));
        _mm512_storeu_ps(minima, _mm512_mul_ps(f16_everywhere(block + 82), signed_codes(offsets)));
        keep_in_memory(steps);
        keep_in_memory(minima);
    }
    template <class Emit>
    void decode_part(int half, Emit&& emit) const {
        const __m512 codes = codes_of_two_bits(0);
        __m512i left = bytes_of_16(block + 16 + 32 * half);
        __m512i right = bytes_of_16(block + 32 + 32 * half);
#pragma GCC unroll 4
        for (int group = 0; group < 4; ++group) {
            const int j = half * 8 + group * 2;
            emit(16 * j, look_up(left, affine(codes, steps[j], minima[j])));
            emit(16 * j + 16, look_up(right, affine(codes, steps[j + 1], minima[j + 1])));
            left = _mm512_srli_epi32(left, 2);
            right = _mm512_srli_epi32(right, 2);
        }
    }
};

template <>
struct Avx512::Decoder<Format::q3_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 110;
    static constexpr int parts = 2;
    const Byte* block;
    float steps[16];

    explicit Decoder(const Byte* p) : block(p) {
        const SixteenScales packed(block + 96);
        const __m128i scales = _mm_sub_epi8(_mm_loadu_epi8(packed.bytes), _mm_set1_epi8(32));
        _mm512_storeu_ps(steps, _mm512_mul_ps(f16_everywhere(block + 108), signed_codes(scales)));
        keep_in_memory(steps);
    }
    template <class Emit>
    void decode_part(int half, Emit&& emit) const {
        const __m512 with_bit = codes_of_two_bits(0);
        const __m512 without_bit = codes_of_two_bits(-4);
        const __m256i third = _mm256_loadu_epi8(block);
        __m512i left = bytes_of_16(block + 32 + 32 * half);
        __m512i right = bytes_of_16(block + 48 + 32 * half);
#pragma GCC unroll 4
        for (int group = 0; group < 4; ++group) {
            const int j = half * 8 + group * 2;
            const __mmask32 bits =
                _mm256_test_epi8_mask(third, _mm256_set1_epi8(static_cast<char>(1U << (4 * half + group))));
            const __m512 first = _mm512_set1_ps(steps[j]);
            const __m512 second = _mm512_set1_ps(steps[j + 1]);
            emit(16 * j, look_up(left, _mm512_mul_ps(first, without_bit), static_cast<__mmask16>(bits),
                                 _mm512_mul_ps(first, with_bit)));
            emit(16 * j + 16, look_up(right, _mm512_mul_ps(second, without_bit),
                                      static_cast<__mmask16>(bits >> 16U), _mm512_mul_ps(second, with_bit)));
            left = _mm512_srli_epi32(left, 2);
            right = _mm512_srli_epi32(right, 2);
        }
    }
};

/// The eight steps and minima of a Q4_K or Q5_K block: d * scale and dmin * minimum.
struct StepsAndMinima {
    float steps[8];
    float minima[8];

    explicit StepsAndMinima(const Byte* block) {
        const SixBitPairs pairs(block + 4);
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m256 dmin = _mm256_set1_ps(f16_of(block + 2));
        _mm256_storeu_ps(steps, _mm256_mul_ps(d, floats(pairs.scales)));
        _mm256_storeu_ps(minima, _mm256_mul_ps(dmin, floats(pairs.minima)));
        keep_in_memory(steps);
        keep_in_memory(minima);
    }
    static __m256 floats(std::uint64_t eight_bytes) {
        return _mm256_cvtepi32_ps(
            _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(eight_bytes))));
    }
};

template <>
struct Avx512::Decoder<Format::q4_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 144;
    static constexpr int parts = 4;
    const Byte* block;
    StepsAndMinima s;

    explicit Decoder(const Byte* p) : block(p), s(p) {}

    template <class Emit>
    void decode_part(int pair, Emit&& emit) const {
        const __m512 codes = codes_from(0);
        const __m512i left = bytes_of_16(block + 16 + 32 * pair);
        const __m512i right = bytes_of_16(block + 32 + 32 * pair);
        const __m512 low = affine(codes, s.steps[2 * pair], s.minima[2 * pair]);
        const __m512 high = affine(codes, s.steps[2 * pair + 1], s.minima[2 * pair + 1]);
        emit(64 * pair, look_up(left, low));
        emit(64 * pair + 16, look_up(right, low));
        emit(64 * pair + 32, look_up(_mm512_srli_epi32(left, 4), high));
        emit(64 * pair + 48, look_up(_mm512_srli_epi32(right, 4), high));
    }
};

template <>
struct Avx512::Decoder<Format::q5_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 176;
    static constexpr int parts = 4;
    const Byte* block;
    StepsAndMinima s;

    explicit Decoder(const Byte* p) : block(p), s(p) {}

    template <class Emit>
    void decode_part(int pair, Emit&& emit) const {
        const __m512 codes = codes_from(0);
        const __m512 codes_with_bit = codes_from(16);
        const __m256i fifth = _mm256_loadu_epi8(block + 16);
        __m512i left = bytes_of_16(block + 48 + 32 * pair);
        __m512i right = bytes_of_16(block + 64 + 32 * pair);
#pragma GCC unroll 2
        for (int j = 2 * pair; j < 2 * pair + 2; ++j) {
            const __mmask32 bits = _mm256_test_epi8_mask(
                fifth, _mm256_set1_epi8(static_cast<char>(1U << static_cast<unsigned>(j))));
            const __m512 low = affine(codes, s.steps[j], s.minima[j]);
            const __m512 high = affine(codes_with_bit, s.steps[j], s.minima[j]);
            emit(32 * j, look_up(left, low, static_cast<__mmask16>(bits), high));
            emit(32 * j + 16, look_up(right, low, static_cast<__mmask16>(bits >> 16U), high));
            left = _mm512_srli_epi32(left, 4);
            right = _mm512_srli_epi32(right, 4);
        }
    }
};

template <>
struct Avx512::Decoder<Format::q6_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 210;
    static constexpr int parts = 8;
    const Byte* block;
    float steps[16];

    explicit Decoder(const Byte* p) : block(p) {
        const __m512 scales = signed_codes(_mm_loadu_epi8(block + 192));
        _mm512_storeu_ps(steps, _mm512_mul_ps(f16_everywhere(block + 208), scales));
        keep_in_memory(steps);
    }
    template <class Emit>
    void decode_part(int part, Emit&& emit) const {
        const int half = part / 4;
        const int quarter = part % 4;
        const __m256i low = _mm256_loadu_epi8(block + 64 * half + 32 * (quarter % 2));
        const __m256i high = _mm256_loadu_epi8(block + 128 + 32 * half);
        const __m256i nibbles =
            _mm256_and_si256(quarter < 2 ? low : _mm256_srli_epi16(low, 4), _mm256_set1_epi8(15));
        const __m256i top =
            quarter < 2 ? _mm256_slli_epi16(high, 4 - 2 * quarter) : _mm256_srli_epi16(high, 2 * quarter - 4);
        const __m256i six_bits = _mm256_or_si256(nibbles, _mm256_and_si256(top, _mm256_set1_epi8(0x30)));
        const __m256i codes = _mm256_sub_epi8(six_bits, _mm256_set1_epi8(32));
        const __m512 first = signed_codes(_mm256_castsi256_si128(codes));
        const __m512 second = signed_codes(_mm256_extracti128_si256(codes, 1));
        emit(32 * part, _mm512_mul_ps(_mm512_set1_ps(steps[2 * part]), first));
        emit(32 * part + 16, _mm512_mul_ps(_mm512_set1_ps(steps[2 * part + 1]), second));
    }
};

template <>
struct Avx512::Decoder<Format::iq4_xs> {
    static constexpr int values = 256;
    static constexpr int bytes = 136;
    static constexpr int parts = 8;
    const Byte* block;
    float steps[8];

    explicit Decoder(const Byte* p) : block(p) {
        const __m128i packed = _mm_cvtsi64_si128(static_cast<long long>(iq4_xs_scales(block)));
        const __m256i scales = _mm256_cvtepi8_epi32(_mm_sub_epi8(packed, _mm_set1_epi8(32)));
        _mm256_storeu_ps(steps, _mm256_mul_ps(_mm256_set1_ps(f16_of(block)), _mm256_cvtepi32_ps(scales)));
        keep_in_memory(steps);
    }
    template <class Emit>
    void decode_part(int i, Emit&& emit) const {
        const __m512 table = _mm512_mul_ps(_mm512_set1_ps(steps[i]), _mm512_loadu_ps(iq4_values));
        emit_nibbles(block + 8 + 16 * i, table, [&](int offset, __m512 v) { emit(32 * i + offset, v); });
    }
};

} // namespace

const CpuTable& avx512_table() {
    static constexpr CpuTable table = Loops<Avx512>::table();
    return table;
}

} // namespace spoutnik::kernels
