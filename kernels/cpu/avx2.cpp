// SPDX-License-Identifier: MIT
// AVX2 with FMA and F16C. Codes are put together as bytes, sixteen at a time, then widened, converted and
// scaled; the non-linear formats look their values up with a byte shuffle.
#include "kernels/cpu/packed_scales.h"
#include "kernels/cpu/simd_loops.h"
#include "kernels/format_tables.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

using Byte = std::uint8_t;

__m128i load_16_bytes(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

struct Avx2 {
    using Float = __m256;
    static constexpr int width = 8;
    static constexpr int row_group = 4;
    static constexpr int token_group = 3; // 12 accumulators of 16 registers

    /// All ones in the first n lanes.
    static __m256i first(std::int64_t n) {
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                                  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }

    static Float load(const float* p) { return _mm256_loadu_ps(p); }
    static Float load_some(const float* p, std::int64_t n) { return _mm256_maskload_ps(p, first(n)); }
    static void store(float* p, Float v) { _mm256_storeu_ps(p, v); }
    static void store_some(float* p, Float v, std::int64_t n) { _mm256_maskstore_ps(p, first(n), v); }
    static Float set(float x) { return _mm256_set1_ps(x); }
    static Float zero() { return _mm256_setzero_ps(); }
    static Float fma(Float a, Float b, Float c) { return _mm256_fmadd_ps(a, b, c); }
    static Float add(Float a, Float b) { return _mm256_add_ps(a, b); }
    static Float sub(Float a, Float b) { return _mm256_sub_ps(a, b); }
    static Float mul(Float a, Float b) { return _mm256_mul_ps(a, b); }
    static Float divide(Float a, Float b) { return _mm256_div_ps(a, b); }
    static Float max(Float a, Float b) { return _mm256_max_ps(a, b); }

    static float largest(Float v) {
        const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
        const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
    }
    /// Folds 8 lanes to 4.
    static __m128 half(Float v) { return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1)); }
    static float sum(Float v) {
        const __m128 four = half(v);
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
    /// out[i] = sum(v[i]); four at a time share the last folds, with the same additions.
    static void sums(const Float* v, std::int64_t count, float* out) {
        std::int64_t i = 0;
        for (; i + 4 <= count; i += 4) {
            __m128 a = half(v[i]);
            __m128 b = half(v[i + 1]);
            __m128 c = half(v[i + 2]);
            __m128 d = half(v[i + 3]);
            _MM_TRANSPOSE4_PS(a, b, c, d);
            _mm_storeu_ps(out + i, _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d)));
        }
        for (; i < count; ++i)
            out[i] = sum(v[i]);
    }

    static void transpose(Float* v) {
        Float t[8];
        for (int i = 0; i < 8; i += 2) {
            t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
            t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
        }
        Float q[8]; // q[4 i + c]: column c, and c + 4 in the upper half, of rows 4 i ... 4 i + 3
        for (int i = 0; i < 2; ++i)
            for (int c = 0; c < 2; ++c) {
                q[4 * i + 2 * c] = _mm256_shuffle_ps(t[4 * i + c], t[4 * i + 2 + c], 0x44);
                q[4 * i + 2 * c + 1] = _mm256_shuffle_ps(t[4 * i + c], t[4 * i + 2 + c], 0xEE);
            }
        for (int c = 0; c < 4; ++c) {
            v[c] = _mm256_permute2f128_ps(q[c], q[4 + c], 0x20);
            v[4 + c] = _mm256_permute2f128_ps(q[c], q[4 + c], 0x31);
        }
    }

    /// 2^n for whole n in -126 ... 127.
    static Float power_of_two(__m256i n) {
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
    }
    /// e^x within 2 units of the last place: 2^n times the series of e^r, |r| <= ln 2 / 2. NaN stays NaN.
    static Float exp(Float x) {
        // The second operand comes back where one is NaN.
        x = _mm256_max_ps(_mm256_set1_ps(-104.0F), _mm256_min_ps(_mm256_set1_ps(89.0F), x));
        const Float n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(0x1.715476p0F)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        Float r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.62e4p-1F), x); // ln 2 in two pieces
        r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.7f7d1cp-20F), r);
        Float p = _mm256_set1_ps(1.0F / 5040.0F);
        p = fma(p, r, _mm256_set1_ps(1.0F / 720.0F));
        p = fma(p, r, _mm256_set1_ps(1.0F / 120.0F));
        p = fma(p, r, _mm256_set1_ps(1.0F / 24.0F));
        p = fma(p, r, _mm256_set1_ps(1.0F / 6.0F));
        p = fma(p, r, _mm256_set1_ps(0.5F));
        p = fma(p, r, _mm256_set1_ps(1.0F));
        p = fma(p, r, _mm256_set1_ps(1.0F));
        // n reaches -150 and 128: two factors, neither of which leaves the range of normal numbers.
        const __m256i whole = _mm256_cvtps_epi32(n);
        const __m256i one = _mm256_srai_epi32(whole, 1);
        return mul(mul(p, power_of_two(one)), power_of_two(_mm256_sub_epi32(whole, one)));
    }

    // 16-bit floats -----------------------------------------------------------------------------------------

    static Float widen_bf16(__m128i v) {
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
    }
    template <Format format>
    static Float load_as(const Byte* p) {
        if constexpr (format == Format::f32)
            return _mm256_castsi256_ps(
                _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(p))));
        if constexpr (format == Format::f16) return _mm256_cvtph_ps(load_16_bytes(p));
        return widen_bf16(load_16_bytes(p));
    }
    template <Format format>
    static Float load_some_as(const Byte* p, std::int64_t n) {
        constexpr std::int64_t size = format == Format::f32 ? 4 : 2;
        alignas(32) Byte whole[8 * size] = {};
        for (std::int64_t b = 0; b < n * size; ++b)
            whole[b] = p[b];
        return load_as<format>(whole);
    }
    template <Format format>
    static void store_as(std::byte* p, Float v) {
        __m128i result = _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        if constexpr (format == Format::bf16) {
            const __m256i bits = _mm256_castps_si256(v);
            const __m256i high = _mm256_srli_epi32(bits, 16);
            const __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
            const __m256i rounded = _mm256_srli_epi32(
                _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd), 16);
            const __m256i quiet = _mm256_or_si256(high, _mm256_set1_epi32(0x40));
            const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
            const __m256i chosen = _mm256_blendv_epi8(rounded, quiet, nan);
            result = _mm_packus_epi32(_mm256_castsi256_si128(chosen), _mm256_extracti128_si256(chosen, 1));
        }
        _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(p)), result);
    }

    template <Format format>
    struct Decoder;
};

// Pieces of decoders ----------------------------------------------------------------------------------------

float f16_of(const Byte* p) {
    return _cvtsh_ss(static_cast<unsigned short>(p[0] | (p[1] << 8)));
}

__m256 first_8(__m128i codes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes));
}
__m256 last_8(__m128i codes) {
    return first_8(_mm_srli_si128(codes, 8));
}

/// Sixteen signed codes times a step.
template <class Emit>
void emit_scaled(std::int64_t at, __m128i codes, __m256 step, Emit&& emit) {
    emit(at, _mm256_mul_ps(step, first_8(codes)));
    emit(at + 8, _mm256_mul_ps(step, last_8(codes)));
}
/// The same, plus a number.
template <class Emit>
void emit_raised(std::int64_t at, __m128i codes, __m256 step, __m256 offset, Emit&& emit) {
    emit(at, _mm256_add_ps(_mm256_mul_ps(step, first_8(codes)), offset));
    emit(at + 8, _mm256_add_ps(_mm256_mul_ps(step, last_8(codes)), offset));
}

/// The same, less a number.
template <class Emit>
void emit_lowered(std::int64_t at, __m128i codes, __m256 step, __m256 minimum, Emit&& emit) {
    emit(at, _mm256_sub_ps(_mm256_mul_ps(step, first_8(codes)), minimum));
    emit(at + 8, _mm256_sub_ps(_mm256_mul_ps(step, last_8(codes)), minimum));
}

__m128i low_nibbles(__m128i bytes) {
    return _mm_and_si128(bytes, _mm_set1_epi8(15));
}
__m128i high_nibbles(__m128i bytes) {
    return low_nibbles(_mm_srli_epi16(bytes, 4));
}
__m128i minus(__m128i codes, int offset) {
    return _mm_sub_epi8(codes, _mm_set1_epi8(static_cast<char>(offset)));
}

/// A step for each of sixteen sub-blocks, in memory.
struct SixteenSteps {
    float values[16];

    SixteenSteps(float d, __m128i scales) {
        const __m256 factor = _mm256_set1_ps(d);
        _mm256_storeu_ps(values, _mm256_mul_ps(factor, first_8(scales)));
        _mm256_storeu_ps(values + 8, _mm256_mul_ps(factor, last_8(scales)));
        keep_in_memory(values);
    }
    __m256 operator[](int j) const { return _mm256_set1_ps(values[j]); }
};

/// 16 where the i-th of sixteen bits is set, else 0.
__m128i spread_bits(const Byte* two_bytes) {
    const __m128i bits = _mm_set1_epi16(static_cast<short>(two_bytes[0] | (two_bytes[1] << 8)));
    const __m128i copies =
        _mm_shuffle_epi8(bits, _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    const __m128i own = _mm_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
    const __m128i set = _mm_cmpeq_epi8(_mm_and_si128(copies, own), own);
    return _mm_and_si128(set, _mm_set1_epi8(16));
}
/// 16 where bit `bit` of the byte is set, else 0.
__m128i bit_as_16(__m128i bytes, int bit) {
    const __m128i mask = _mm_set1_epi8(static_cast<char>(1U << static_cast<unsigned>(bit)));
    const __m128i set = _mm_cmpeq_epi8(_mm_and_si128(bytes, mask), mask);
    return _mm_and_si128(set, _mm_set1_epi8(16));
}

__m128i iq4_table() {
    return _mm_setr_epi8(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);
}

// Decoders --------------------------------------------------------------------------------------------------

template <>
struct Avx2::Decoder<Format::q4_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 18;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m128i codes = load_16_bytes(block + 2);
        emit_scaled(0, minus(low_nibbles(codes), 8), d, emit);
        emit_scaled(16, minus(high_nibbles(codes), 8), d, emit);
    }
};

template <>
struct Avx2::Decoder<Format::q4_1> {
    static constexpr int values = 32;
    static constexpr int bytes = 20;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m256 m = _mm256_set1_ps(f16_of(block + 2));
        const __m128i codes = load_16_bytes(block + 4);
        emit_raised(0, low_nibbles(codes), d, m, emit);
        emit_raised(16, high_nibbles(codes), d, m, emit);
    }
};

template <>
struct Avx2::Decoder<Format::q5_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 22;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m128i codes = load_16_bytes(block + 6);
        emit_scaled(0, minus(_mm_or_si128(low_nibbles(codes), spread_bits(block + 2)), 16), d, emit);
        emit_scaled(16, minus(_mm_or_si128(high_nibbles(codes), spread_bits(block + 4)), 16), d, emit);
    }
};

template <>
struct Avx2::Decoder<Format::q5_1> {
    static constexpr int values = 32;
    static constexpr int bytes = 24;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m256 m = _mm256_set1_ps(f16_of(block + 2));
        const __m128i codes = load_16_bytes(block + 8);
        emit_raised(0, _mm_or_si128(low_nibbles(codes), spread_bits(block + 4)), d, m, emit);
        emit_raised(16, _mm_or_si128(high_nibbles(codes), spread_bits(block + 6)), d, m, emit);
    }
};

template <>
struct Avx2::Decoder<Format::q8_0> {
    static constexpr int values = 32;
    static constexpr int bytes = 34;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        emit_scaled(0, load_16_bytes(block + 2), d, emit);
        emit_scaled(16, load_16_bytes(block + 18), d, emit);
    }
};

template <>
struct Avx2::Decoder<Format::iq4_nl> {
    static constexpr int values = 32;
    static constexpr int bytes = 18;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 d = _mm256_set1_ps(f16_of(block));
        const __m128i codes = load_16_bytes(block + 2);
        emit_scaled(0, _mm_shuffle_epi8(iq4_table(), low_nibbles(codes)), d, emit);
        emit_scaled(16, _mm_shuffle_epi8(iq4_table(), high_nibbles(codes)), d, emit);
    }
};

template <>
struct Avx2::Decoder<Format::mxfp4> {
    static constexpr int values = 32;
    static constexpr int bytes = 17;
    template <class Emit>
    static void decode(const Byte* block, Emit&& emit) {
        const __m256 half_scale =
            _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(mxfp4_half_scale_bits(block[0]))));
        const __m128i codes = load_16_bytes(block + 1);
        emit_16(0, low_nibbles(codes), half_scale, emit);
        emit_16(16, high_nibbles(codes), half_scale, emit);
    }
    /// The fourth bit is a sign, which even a zero keeps.
    template <class Emit>
    static void emit_16(std::int64_t at, __m128i codes, __m256 half_scale, Emit&& emit) {
        const __m128i doubled = _mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, 1, 2, 3, 4, 6, 8, 12);
        const __m128i magnitudes = _mm_shuffle_epi8(doubled, codes);
        emit(at, _mm256_mul_ps(half_scale, with_sign(first_8(magnitudes), codes)));
        emit(at + 8, _mm256_mul_ps(half_scale, with_sign(last_8(magnitudes), _mm_srli_si128(codes, 8))));
    }
    static __m256 with_sign(__m256 magnitudes, __m128i codes) {
        const __m256i moved = _mm256_slli_epi32(_mm256_cvtepu8_epi32(codes), 28);
        const __m256 signs = _mm256_and_ps(_mm256_castsi256_ps(moved), _mm256_set1_ps(-0.0F));
        return _mm256_or_ps(magnitudes, signs);
    }
};

template <>
struct Avx2::Decoder<Format::q2_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 84;
    static constexpr int parts = 16;
    const Byte* block;
    SixteenSteps steps;
    SixteenSteps minima;

    explicit Decoder(const Byte* p)
        : block(p), steps(f16_of(p + 80), low_nibbles(load_16_bytes(p))),
          minima(f16_of(p + 82), high_nibbles(load_16_bytes(p))) {}

    template <class Emit>
    void decode_part(int j, Emit&& emit) const {
        const __m128i packed = load_16_bytes(block + 16 + 32 * (j / 8) + 16 * (j % 2));
        const __m128i codes = _mm_and_si128(_mm_srli_epi16(packed, 2 * (j / 2 % 4)), _mm_set1_epi8(3));
        emit_lowered(16 * j, codes, steps[j], minima[j], emit);
    }
};

template <>
struct Avx2::Decoder<Format::q3_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 110;
    static constexpr int parts = 16;
    const Byte* block;
    SixteenSteps steps;

    explicit Decoder(const Byte* p)
        : block(p), steps(f16_of(p + 108), minus(load_16_bytes(SixteenScales(p + 96).bytes), 32)) {}

    template <class Emit>
    void decode_part(int j, Emit&& emit) const {
        const __m128i packed = load_16_bytes(block + 32 + 32 * (j / 8) + 16 * (j % 2));
        const __m128i low = _mm_and_si128(_mm_srli_epi16(packed, 2 * (j / 2 % 4)), _mm_set1_epi8(3));
        const __m128i third = _mm_srli_epi16(bit_as_16(load_16_bytes(block + 16 * (j % 2)), j / 2), 2);
        emit_scaled(16 * j, minus(_mm_or_si128(low, third), 4), steps[j], emit);
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
        return first_8(_mm_cvtsi64_si128(static_cast<long long>(eight_bytes)));
    }
};

template <>
struct Avx2::Decoder<Format::q4_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 144;
    static constexpr int parts = 8;
    const Byte* block;
    StepsAndMinima s;

    explicit Decoder(const Byte* p) : block(p), s(p) {}

    template <class Emit>
    void decode_part(int j, Emit&& emit) const {
        const __m256 step = _mm256_set1_ps(s.steps[j]);
        const __m256 minimum = _mm256_set1_ps(s.minima[j]);
#pragma GCC unroll 2
        for (int side = 0; side < 2; ++side) {
            const __m128i packed = load_16_bytes(block + 16 + 32 * (j / 2) + 16 * side);
            const __m128i codes = j % 2 == 0 ? low_nibbles(packed) : high_nibbles(packed);
            emit_lowered(32 * j + 16 * side, codes, step, minimum, emit);
        }
    }
};

template <>
struct Avx2::Decoder<Format::q5_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 176;
    static constexpr int parts = 8;
    const Byte* block;
    StepsAndMinima s;

    explicit Decoder(const Byte* p) : block(p), s(p) {}

    template <class Emit>
    void decode_part(int j, Emit&& emit) const {
        const __m256 step = _mm256_set1_ps(s.steps[j]);
        const __m256 minimum = _mm256_set1_ps(s.minima[j]);
#pragma GCC unroll 2
        for (int side = 0; side < 2; ++side) {
            const __m128i packed = load_16_bytes(block + 48 + 32 * (j / 2) + 16 * side);
            const __m128i nibbles = j % 2 == 0 ? low_nibbles(packed) : high_nibbles(packed);
            const __m128i fifth = bit_as_16(load_16_bytes(block + 16 + 16 * side), j);
            emit_lowered(32 * j + 16 * side, _mm_or_si128(nibbles, fifth), step, minimum, emit);
        }
    }
};

template <>
struct Avx2::Decoder<Format::q6_k> {
    static constexpr int values = 256;
    static constexpr int bytes = 210;
    static constexpr int parts = 16;
    const Byte* block;
    SixteenSteps steps;

    explicit Decoder(const Byte* p) : block(p), steps(f16_of(p + 208), load_16_bytes(p + 192)) {}

    template <class Emit>
    void decode_part(int j, Emit&& emit) const {
        const int half = j / 8;
        const int quarter = j / 2 % 4;
        const int side = j % 2;
        const __m128i low = load_16_bytes(block + 64 * half + 32 * (quarter % 2) + 16 * side);
        const __m128i high = load_16_bytes(block + 128 + 32 * half + 16 * side);
        const __m128i nibbles = quarter < 2 ? low_nibbles(low) : high_nibbles(low);
        const __m128i top =
            quarter < 2 ? _mm_slli_epi16(high, 4 - 2 * quarter) : _mm_srli_epi16(high, 2 * quarter - 4);
        const __m128i codes = minus(_mm_or_si128(nibbles, _mm_and_si128(top, _mm_set1_epi8(0x30))), 32);
        emit_scaled(16 * j, codes, steps[j], emit);
    }
};

template <>
struct Avx2::Decoder<Format::iq4_xs> {
    static constexpr int values = 256;
    static constexpr int bytes = 136;
    static constexpr int parts = 8;
    const Byte* block;
    SixteenSteps steps; ///< eight of them count

    explicit Decoder(const Byte* p)
        : block(p), steps(f16_of(p), minus(_mm_cvtsi64_si128(static_cast<long long>(iq4_xs_scales(p))), 32)) {
    }

    template <class Emit>
    void decode_part(int i, Emit&& emit) const {
        const __m128i codes = load_16_bytes(block + 8 + 16 * i);
        emit_scaled(32 * i, _mm_shuffle_epi8(iq4_table(), low_nibbles(codes)), steps[i], emit);
        emit_scaled(32 * i + 16, _mm_shuffle_epi8(iq4_table(), high_nibbles(codes)), steps[i], emit);
    }
};

} // namespace

const CpuTable& avx2_table() {
    static constexpr CpuTable table = Loops<Avx2>::table();
    return table;
}

} // namespace spoutnik::kernels
