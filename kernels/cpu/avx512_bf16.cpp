// SPDX-License-Identifier: MIT
// vdpbf16ps takes 32 pairs of values at once: twice what an f32 multiply-add does.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers start from registers left undefined on purpose, and GCC 12 warns of them (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "kernels/cpu/ahead.h"
#include "kernels/cpu/bf16_table.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

using Half = std::uint16_t;

__m512bh as_bf16(__m512i v) {
    return reinterpret_cast<__m512bh>(v); // NOLINT: the same bits
}
__mmask32 first_words(std::int64_t n) {
    return static_cast<__mmask32>((std::uint64_t{1} << static_cast<unsigned>(n)) - 1U);
}
__mmask16 first_floats(std::int64_t n) {
    return static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U);
}

void round_some(__m512 v, Half* out, __mmask16 mask) {
    const __m256bh rounded = _mm512_cvtneps_pbh(v);
    _mm256_mask_storeu_epi16(out, mask, reinterpret_cast<__m256i>(rounded)); // NOLINT: the same bits
}

void round(const float* x, std::int64_t n, Half* out) {
    for (std::int64_t i = 0; i < n; i += 16) {
        const __mmask16 mask = i + 16 <= n ? first_floats(16) : first_floats(n - i);
        round_some(_mm512_maskz_loadu_ps(mask, x + i), out + i, mask);
    }
}

void round_f16(const std::byte* x, std::int64_t n, Half* out) {
    for (std::int64_t i = 0; i < n; i += 16) {
        const __mmask16 mask = i + 16 <= n ? first_floats(16) : first_floats(n - i);
        round_some(_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, x + 2 * i)), out + i, mask);
    }
}

void round_q8_0(const std::byte* x, std::int64_t n, Half* out) {
    constexpr std::int64_t block_bytes = 2 + 32; // scale, codes
    for (std::int64_t i = 0; i < n; i += 32, x += block_bytes) {
        const __m512 scale = _mm512_cvtph_ps(_mm256_broadcastw_epi16(_mm_loadu_si16(x)));
        for (int half = 0; half < 2; ++half) {
            const __m128i codes =
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + 2 + 16 * half)); // NOLINT
            const __m512 values = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes));
            round_some(_mm512_mul_ps(values, scale), out + i + 16 * half, first_floats(16));
        }
    }
}

/// Sums of the 16 lanes of each of four vectors.
__m128 sums_of_four(__m512 a, __m512 b, __m512 c, __m512 d) {
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    const __m512 all = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

constexpr int tile_rows = 4;
constexpr int tile_vectors = 6; // 24 accumulators, four rows and a vector: 29 of 32 registers

/// Four rows (the last ones may be one row again) times `count` vectors.
template <int count>
void dot_some(const Half* const* rows, std::int64_t cols, const Half* const* x, __m128* sums) {
    __m512 acc[count][tile_rows];
#pragma GCC unroll 6
    for (int i = 0; i < count; ++i)
#pragma GCC unroll 4
        for (int r = 0; r < tile_rows; ++r)
            acc[i][r] = _mm512_setzero_ps();
    const auto add = [&](auto&& load) {
        __m512bh w[tile_rows];
#pragma GCC unroll 4
        for (int r = 0; r < tile_rows; ++r)
            w[r] = load(rows[r]);
#pragma GCC unroll 6
        for (int i = 0; i < count; ++i) {
            const __m512bh v = load(x[i]);
#pragma GCC unroll 4
            for (int r = 0; r < tile_rows; ++r)
                acc[i][r] = _mm512_dpbf16_ps(acc[i][r], w[r], v);
        }
    };
    std::int64_t c = 0;
    for (; c + 32 <= cols; c += 32)
        add([c](const Half* p) { return as_bf16(_mm512_loadu_si512(p + c)); });
    if (c < cols)
        add([c, cols](const Half* p) {
            return as_bf16(_mm512_maskz_loadu_epi16(first_words(cols - c), p + c));
        });
#pragma GCC unroll 6
    for (int i = 0; i < count; ++i)
        sums[i] = sums_of_four(acc[i][0], acc[i][1], acc[i][2], acc[i][3]);
}

template <int n = tile_vectors>
void dot_of(std::int64_t count, const Half* const* rows, std::int64_t cols, const Half* const* x,
            __m128* sums) {
    if constexpr (n > 1) {
        if (count < n) return dot_of<n - 1>(count, rows, cols, x, sums);
    }
    dot_some<n>(rows, cols, x, sums);
}

void dot_tile(const Half* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
              const Bf16Vectors& several, float* const* out, const Ahead& ahead) {
    const Half* const* x = several.rows;
    const std::int64_t count = several.count;
    Asker asker(ahead, (row_count + tile_rows - 1) / tile_rows * ((count + tile_vectors - 1) / tile_vectors));
    for (std::int64_t r = 0; r < row_count; r += tile_rows) {
        const std::int64_t there = row_count - r < tile_rows ? row_count - r : tile_rows;
        const Half* four[tile_rows];
        for (std::int64_t i = 0; i < tile_rows; ++i)
            four[i] = rows + (r + (i < there ? i : there - 1)) * stride;
        std::int64_t tiles = (count + tile_vectors - 1) / tile_vectors; // of equal size, as far as may be
        for (std::int64_t i = 0, vectors = 0; tiles > 0; --tiles, i += vectors) {
            vectors = (count - i + tiles - 1) / tiles;
            asker.ask();
            __m128 sums[tile_vectors];
            dot_of(vectors, four, cols, x + i, sums);
            const auto mask = static_cast<__mmask8>(first_floats(there));
            for (std::int64_t v = 0; v < vectors; ++v)
                _mm_mask_storeu_ps(out[i + v] + r, mask, sums[v]);
        }
    }
}

void pair_rows(const Half* first, const Half* second, std::int64_t cols, Half* out) {
    for (std::int64_t c = 0; c < cols; c += 16) {
        const __mmask16 mask = cols - c >= 16 ? first_floats(16) : first_floats(cols - c);
        const __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, first + c));
        const __m512i high = second == nullptr
                                 ? _mm512_setzero_si512()
                                 : _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, second + c));
        _mm512_mask_storeu_epi32(out + 2 * c, mask, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

/// `outputs` results, `vectors` times 16 columns from column c on; the last columns through `mask`.
template <int outputs, int vectors>
void mix_some(const Half* const* weights, const Half* pairs, std::int64_t stride, std::int64_t pair_count,
              std::int64_t c, __mmask16 mask, float* const* out, bool fresh) {
    __m512 acc[outputs][vectors];
#pragma GCC unroll 6
    for (int i = 0; i < outputs; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            acc[i][v] = fresh ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, out[i] + c + 16 * v);
    for (std::int64_t p = 0; p < pair_count; ++p) {
        __m512bh row[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            row[v] = as_bf16(_mm512_maskz_loadu_epi32(mask, pairs + p * stride + 2 * (c + 16 * v)));
#pragma GCC unroll 6
        for (int i = 0; i < outputs; ++i) {
            int weight = 0;
            __builtin_memcpy(&weight, weights[i] + 2 * p, sizeof weight);
            const __m512bh both = as_bf16(_mm512_set1_epi32(weight));
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                acc[i][v] = _mm512_dpbf16_ps(acc[i][v], row[v], both);
        }
    }
#pragma GCC unroll 6
    for (int i = 0; i < outputs; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            _mm512_mask_storeu_ps(out[i] + c + 16 * v, mask, acc[i][v]);
}

template <int outputs>
void mix_outputs(const Half* const* weights, const Half* pairs, std::int64_t stride, std::int64_t pair_count,
                 std::int64_t cols, float* const* out, bool fresh) {
    std::int64_t c = 0;
    for (; c + 64 <= cols; c += 64)
        mix_some<outputs, 4>(weights, pairs, stride, pair_count, c, first_floats(16), out, fresh);
    for (; c < cols; c += 16)
        mix_some<outputs, 1>(weights, pairs, stride, pair_count, c,
                             cols - c >= 16 ? first_floats(16) : first_floats(cols - c), out, fresh);
}

template <int n = tile_vectors>
void mix_of(std::int64_t outputs, const Half* const* weights, const Half* pairs, std::int64_t stride,
            std::int64_t pair_count, std::int64_t cols, float* const* out, bool fresh) {
    if constexpr (n > 1) {
        if (outputs < n) return mix_of<n - 1>(outputs, weights, pairs, stride, pair_count, cols, out, fresh);
    }
    mix_outputs<n>(weights, pairs, stride, pair_count, cols, out, fresh);
}

void mix_pairs(const Half* const* weights, std::int64_t count, const Half* pairs, std::int64_t stride,
               std::int64_t pair_count, std::int64_t cols, float* const* out, bool fresh,
               const Ahead& ahead) {
    std::int64_t tiles = (count + tile_vectors - 1) / tile_vectors;
    Asker asker(ahead, tiles);
    for (std::int64_t i = 0, outputs = 0; tiles > 0; --tiles, i += outputs) {
        outputs = (count - i + tiles - 1) / tiles;
        asker.ask();
        mix_of(outputs, weights + i, pairs, stride, pair_count, cols, out + i, fresh);
    }
}

} // namespace

const Bf16Table& bf16_avx512_table() {
    static constexpr Bf16Table table{.round = round,
                                     .round_f16 = round_f16,
                                     .round_q8_0 = round_q8_0,
                                     .dot_tile = dot_tile,
                                     .takes_turned = false,
                                     .pair_rows = pair_rows,
                                     .mix_pairs = mix_pairs};
    return table;
}

} // namespace spoutnik::kernels
