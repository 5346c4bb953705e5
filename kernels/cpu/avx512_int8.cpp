// SPDX-License-Identifier: MIT
// Whole-number products on AVX-512 with VNNI: vpdpbusd multiplies 64 unsigned codes by 64 signed ones and
// adds fours of them, exactly.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/avx512_rows.h"
#include "kernels/cpu/avx512_stream_low.h"

namespace spoutnik::kernels {
namespace {

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
        for (const std::uint8_t* end = p + bytes; p < end; p += 64)
            _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T1); // NOLINT: what the intrinsic takes
    }

    template <Format format>
    using Codec = Avx512Codec<format>;

    /// Blocks of 256 and what multiplies them.
    template <class Codec>
    struct BlocksOf;

    template <class Codec>
    static bool in_order(std::int64_t cols) {
        return Codec::values == chunk_columns && cols <= operand_columns;
    }
    template <class Codec>
    static std::size_t rows_at_once(std::int64_t cols) {
        return in_order<Codec>(cols) ? 1 : 4;
    }
    template <class Codec>
    static void dot_rows(const std::uint8_t* rows, std::size_t row_bytes, std::int64_t row_count,
                         std::int64_t cols, const Int8Row& x, Ahead& ahead, float* out) {
        if constexpr (Codec::values == chunk_columns) {
            using Blocks = typename BlocksOf<Codec>::Type;
            if (in_order<Codec>(cols)) return dot_rows_in_order<Blocks>(rows, row_count, cols, x, ahead, out);
            dot_by_fours(rows, row_bytes, row_count, out, [&](const auto* four, float* results) {
                dot_four_rows<Blocks>(four, cols, x, ahead, results);
            });
        } else {
            dot_by_fours(rows, row_bytes, row_count, out, [&](const auto* four, float* results) {
                dot_four_rows_of_32<Codec>(four, cols, x, ahead, results);
            });
        }
    }

    static void round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to);
};

template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::q2_k>> {
    using Type = TwoBits;
};
template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::q3_k>> {
    using Type = ThreeBits;
};
template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::q4_k>> {
    using Type = NibblePairs<144, 16>;
};
template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::q5_k>> {
    using Type = NibblePairs<176, 48>;
};
template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::q6_k>> {
    using Type = SixBits;
};
template <>
struct Avx512Int8::BlocksOf<Avx512Codec<Format::iq4_xs>> {
    using Type = TableNibbles;
};

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
