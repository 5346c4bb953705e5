// SPDX-License-Identifier: MIT
// Whole-number products (int8_rows.h) of many tokens on a tile unit, for formats with blocks of 256 values.
//
// Planes. A tile product adds up bytes times bytes over all columns and knows of no scales between them. So
// the scales of a block's groups are multiplied into its codes first: w = (code - offset) * scale, at most 14
// bits and a sign, cut into two bytes of which both are signed:
//
//   w = 256 high + low,  low = w - 256 high in -128 ... 127
//   S_b = sum of w_i q_i = 256 (sum of high_i q_i) + (sum of low_i q_i)
//
// Nothing is rounded: these are the sums of the definition. What w can be, with a sign where codes have
// offsets:
//
//   Q2_K    3 * 15 = 45                one byte holds it
//   Q3_K    -4 ... 3 by -32 ... 31     -124 ... 128; -w fits one byte, so that is multiplied, and S_b turned
//   round Q4_K    15 * 63 = 945 Q5_K    31 * 63 = 1953 Q6_K    -32 ... 31 by -128 ... 127 -4064 ... 4096
//   IQ4_XS  -127 ... 113 by -32 ... 31 -3937 ... 4064
//
// Two bytes hold -32768 ... 32639. Minima are products of sums of 16 bits, few enough for vpdpwssd.
//
// Shapes. Tokens are the operand A: a row of a tile is 64 codes of a token, as they lie in memory. Weights
// are the operand B, whose rows are four columns of 16 weights' rows: as Int8Chunk lays them. C[token][row]
// is then one vector of 16 rows a token, as the loops over vectors have it. Up to 32 tokens meet a block at a
// time:
//
//   tiles 0, 1   sums of the first half of the tokens, low and high plane; 2, 3 those of the second half
//   tiles 4, 5   codes of the two halves;  6, 7   the low and the high plane
//
// each step of 64 columns loads four tiles and makes four products. Halves rather than 16 and the rest: a
// product takes a cycle a row of A, and four chains of sums hide its latency better than two.
//
// Formats with blocks of 32 stay with the vectors: a sum ends after 32 columns there, half a tile row, and
// to scale it and add it up costs as much as its product.
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/int8_chunk.h"
#include "kernels/cpu/int8_rows.h"
#include "kernels/cpu/tile_unit.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

constexpr std::int64_t lanes_of_tile = 16;        ///< rows of weights
constexpr std::int64_t tokens_at_once = 32;       ///< two tiles of them
constexpr std::int64_t step_columns = tile_bytes; ///< that one product takes

/// What a format with blocks of 256 is to the tiles.
template <int group_values, int shift, int plane_count>
struct TileFormat {
    static constexpr int group = group_values; ///< values that a scale holds for
    static constexpr int offset_shift = shift; ///< codes are stored 2^shift too high
    static constexpr bool has_offset = shift != no_offset;
    static constexpr bool has_minimum = !has_offset;
    static constexpr int planes = plane_count;
    static constexpr bool is_turned_round = planes == 1 && has_offset; ///< -w is multiplied: Q3_K
};

/// Calls f<TileFormat>() and returns true, or false for a format that does not go through tiles.
template <class F>
bool with_tile_format(Format format, F&& f) {
    switch (format) {
    case Format::q2_k:
        f.template operator()<TileFormat<16, no_offset, 1>>();
        return true;
    case Format::q3_k:
        f.template operator()<TileFormat<16, 2, 1>>();
        return true;
    case Format::q4_k:
    case Format::q5_k:
        f.template operator()<TileFormat<32, no_offset, 2>>();
        return true;
    case Format::q6_k:
        f.template operator()<TileFormat<16, 5, 2>>();
        return true;
    case Format::iq4_xs:
        f.template operator()<TileFormat<32, 7, 2>>();
        return true;
    default:
        return false;
    }
}

/// A block of 16 rows, ready for tiles.
struct TileBlock {
    alignas(64) std::int8_t low[chunk_columns / 4][64]; ///< [four columns][row][column]
    alignas(64) std::int8_t high[chunk_columns / 4][64];
    alignas(64) std::int16_t minima[8][lanes_of_tile][2];
    alignas(64) float scale[lanes_of_tile];
    alignas(64) float minimum[lanes_of_tile];
};

/// Sums of 32 tokens over a block.
struct TileSums {
    alignas(64) std::int32_t low[tokens_at_once][lanes_of_tile];
    alignas(64) std::int32_t high[tokens_at_once][lanes_of_tile];
};

/// Up to 16 tokens whose codes lie equally far apart.
struct TokenTile {
    const std::int8_t* codes;
    std::int64_t stride; ///< bytes
    std::int64_t count;
};

/// Multiplies the codes of a block by the scales of their groups and cuts the products into planes.
template <class F>
void lay_planes(const Int8Chunk<16>& chunk, TileBlock& block) {
    constexpr int rows_of_group = F::group / 4;
    constexpr __mmask64 odd_bytes = 0xAAAAAAAAAAAAAAAAULL;
    const __m512i sign_bits = _mm512_set1_epi8(-128);
    // Half of 256 is added, so that the high byte rounds to the nearest and the low one, less a half, is
    // signed.
    const __m512i half = _mm512_set1_epi16(F::planes == 2 ? 128 : 0);
    for (int g = 0; g < chunk_columns / F::group; ++g) {
        __m512i scale = _mm512_load_si512(chunk.scales[g]);
        if constexpr (F::is_turned_round) scale = _mm512_sub_epi32(_mm512_setzero_si512(), scale);
        // vpmaddubsw adds the products of two neighbours: with a scale for the one and zero for the other it
        // multiplies bytes and leaves words.
        const __m512i bytes = _mm512_and_si512(scale, _mm512_set1_epi32(0xFF));
        const __m512i of_even = _mm512_or_si512(bytes, _mm512_slli_epi32(bytes, 16));
        const __m512i of_odd = _mm512_slli_epi32(of_even, 8);
        __m512i start = half;
        if constexpr (F::has_offset) {
            const __m512i words = _mm512_or_si512(_mm512_and_si512(scale, _mm512_set1_epi32(0xFFFF)),
                                                  _mm512_slli_epi32(scale, 16));
            start = _mm512_sub_epi16(half, _mm512_slli_epi16(words, F::offset_shift));
        }
        for (int d = g * rows_of_group; d < (g + 1) * rows_of_group; ++d) {
            const __m512i codes = _mm512_load_si512(chunk.codes[d]);
            const __m512i even = _mm512_add_epi16(_mm512_maddubs_epi16(codes, of_even), start);
            const __m512i odd = _mm512_add_epi16(_mm512_maddubs_epi16(codes, of_odd), start);
            const __m512i low = _mm512_mask_mov_epi8(even, odd_bytes, _mm512_slli_epi16(odd, 8));
            if constexpr (F::planes == 2) {
                _mm512_store_si512(block.low[d], _mm512_xor_si512(low, sign_bits));
                _mm512_store_si512(block.high[d],
                                   _mm512_mask_mov_epi8(_mm512_srli_epi16(even, 8), odd_bytes, odd));
            } else {
                _mm512_store_si512(block.low[d], low);
            }
        }
    }
    if constexpr (F::has_minimum)
        for (int p = 0; p < chunk_columns / F::group / 2; ++p)
            _mm512_store_si512(block.minima[p], _mm512_load_si512(chunk.minima[p]));
    _mm512_store_ps(block.scale, _mm512_load_ps(chunk.scale[0]));
    _mm512_store_ps(block.minimum, _mm512_load_ps(chunk.minimum[0]));
}

/// totals[t] += the block's part of 16 rows times token t: the f32 operations of the definition, in its
/// order.
template <class F>
void finish_block(const TileBlock& block, const TileSums& sums, const Int8Row* x, std::int64_t count,
                  std::int64_t c, float (*totals)[lanes_of_tile]) {
    const __m512 scale = _mm512_load_ps(block.scale);
    for (std::int64_t t = 0; t < count; ++t) {
        __m512i sum = _mm512_load_si512(sums.low[t]);
        if constexpr (F::planes == 2)
            sum = _mm512_add_epi32(sum, _mm512_slli_epi32(_mm512_load_si512(sums.high[t]), 8));
        if constexpr (F::is_turned_round) sum = _mm512_sub_epi32(_mm512_setzero_si512(), sum);
        const __m512 s = _mm512_set1_ps(x[t].scales[c]);
        __m512 total = _mm512_load_ps(totals[t]);
        total = _mm512_fmadd_ps(_mm512_mul_ps(scale, s), _mm512_cvtepi32_ps(sum), total);
        if constexpr (F::has_minimum) {
            const std::int16_t* group_sums = x[t].group_sums + c * sums_per_256 + (F::group == 16 ? 0 : 16);
            __m512i minima = _mm512_setzero_si512();
#pragma GCC unroll 8
            for (int p = 0; p < chunk_columns / F::group / 2; ++p) {
                int two_sums = 0;
                __builtin_memcpy(&two_sums, group_sums + 2 * p, sizeof two_sums);
                minima = _mm512_dpwssd_epi32(minima, _mm512_load_si512(block.minima[p]),
                                             _mm512_set1_epi32(two_sums));
            }
            total = _mm512_fnmadd_ps(_mm512_mul_ps(_mm512_load_ps(block.minimum), s),
                                     _mm512_cvtepi32_ps(minima), total);
        }
        _mm512_store_ps(totals[t], total);
    }
}

/// `least_tokens`: fewer are left to the vectors; at least 2, a tile each.
template <class Unit, int least_tokens>
struct Int8Tiles {
    static_assert(least_tokens >= 2);

    /// Configures the unit when the halves' sizes change, and releases it at the end.
    class Shapes {
      public:
        Shapes() = default;
        Shapes(const Shapes&) = delete;
        Shapes& operator=(const Shapes&) = delete;
        ~Shapes() {
            if (first_ != 0) Unit::release();
        }
        void require(std::int64_t first, std::int64_t second) {
            if (first == first_ && second == second_) return;
            first_ = first;
            second_ = second;
            TileConfig config;
            config.palette = 1;
            for (std::uint16_t& bytes : config.row_bytes)
                bytes = tile_bytes;
            for (const int t : {0, 1, 4})
                config.rows[t] = static_cast<std::uint8_t>(first);
            for (const int t : {2, 3, 5})
                config.rows[t] = static_cast<std::uint8_t>(second);
            for (const int t : {6, 7})
                config.rows[t] = tile_rows;
            Unit::configure(config);
        }

      private:
        std::int64_t first_ = 0;
        std::int64_t second_ = 0;
    };

    /// The sums of two halves of tokens over block c.
    template <class F>
    static void multiply(const TileBlock& block, const TokenTile* halves, std::int64_t c, TileSums& sums) {
        Unit::template zero<0>();
        Unit::template zero<2>();
        if constexpr (F::planes == 2) {
            Unit::template zero<1>();
            Unit::template zero<3>();
        }
        for (std::int64_t k = 0; k < chunk_columns; k += step_columns) {
            Unit::template load<4>(halves[0].codes + c * chunk_columns + k, halves[0].stride);
            Unit::template load<6>(block.low[k / 4], tile_bytes);
            Unit::template dot_signed<0, 4, 6>();
            Unit::template load<5>(halves[1].codes + c * chunk_columns + k, halves[1].stride);
            Unit::template dot_signed<2, 5, 6>();
            if constexpr (F::planes == 2) {
                Unit::template load<7>(block.high[k / 4], tile_bytes);
                Unit::template dot_signed<1, 4, 7>();
                Unit::template dot_signed<3, 5, 7>();
            }
        }
        const std::int64_t second = halves[0].count;
        Unit::template store<0>(sums.low[0], tile_bytes);
        Unit::template store<2>(sums.low[second], tile_bytes);
        if constexpr (F::planes == 2) {
            Unit::template store<1>(sums.high[0], tile_bytes);
            Unit::template store<3>(sums.high[second], tile_bytes);
        }
    }

    static void store_rows(float* p, __m512 v, std::int64_t rows, bool past_caches) {
        const bool is_whole_line =
            rows == lanes_of_tile && (reinterpret_cast<std::uintptr_t>(p) & 63U) == 0; // NOLINT
        if (past_caches && is_whole_line) return _mm512_stream_ps(p, v);
        _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << static_cast<unsigned>(rows)) - 1U), v);
    }

    /// out[t][at ... at+rows-1] for the tokens of two halves.
    template <class F>
    static void multiply_tokens(const TileBlock* blocks, std::int64_t cols, const TokenTile* halves,
                                const Int8Row* x, float* const* out, std::int64_t at, std::int64_t rows,
                                bool past_caches) {
        const std::int64_t count = halves[0].count + halves[1].count;
        TileSums sums;
        alignas(64) float totals[tokens_at_once][lanes_of_tile];
        for (std::int64_t t = 0; t < count; ++t)
            _mm512_store_ps(totals[t], _mm512_setzero_ps());
        for (std::int64_t c = 0; c * chunk_columns < cols; ++c) {
            multiply<F>(blocks[c], halves, c, sums);
            finish_block<F>(blocks[c], sums, x, count, c, totals);
        }
        for (std::int64_t t = 0; t < count; ++t)
            store_rows(out[t] + at, _mm512_load_ps(totals[t]), rows, past_caches);
    }

    // Memory ------------------------------------------------------------------------------------------------

    /// How scratch memory is shared out: blocks of a row, one chunk, the tiles of tokens, copies of codes.
    struct Layout {
        std::size_t chunk_at;
        std::size_t tiles_at;
        std::size_t copies_at;
        std::size_t copy_stride; ///< bytes from token to token
        std::size_t bytes;

        Layout(std::int64_t cols, std::int64_t tokens) {
            chunk_at = static_cast<std::size_t>(cols / chunk_columns) * sizeof(TileBlock);
            tiles_at = chunk_at + sizeof(Int8Chunk<16>);
            const auto tiles = static_cast<std::size_t>(2 * groups_of(tokens)) * sizeof(TokenTile);
            copies_at = tiles_at + (tiles + 63) / 64 * 64;
            copy_stride = static_cast<std::size_t>(cols) + 64; // off the powers of two
            bytes = copies_at + static_cast<std::size_t>(tokens) * copy_stride;
        }
    };

    static std::int64_t groups_of(std::int64_t tokens) {
        return (tokens + tokens_at_once - 1) / tokens_at_once;
    }

    static std::size_t scratch_bytes(std::int64_t cols, std::int64_t tokens) {
        const std::size_t of_vectors = int8_avx512_table().scratch_bytes(cols, tokens);
        if (tokens < least_tokens) return of_vectors;
        const std::size_t of_tiles = Layout(cols, tokens).bytes;
        return of_tiles > of_vectors ? of_tiles : of_vectors;
    }

    /// A tile's rows must lie equally far apart. Those of a whole batch do; those that share an expert are
    /// copied to where they do, once a call.
    static TokenTile tile_of(const Int8Row* x, std::int64_t count, std::int64_t cols, std::byte* copies,
                             std::size_t copy_stride) {
        const auto address = [&](std::int64_t t) {
            return static_cast<std::int64_t>(
                reinterpret_cast<std::uintptr_t>(x[t].codes)); // NOLINT: distances
        };
        const std::int64_t stride = count > 1 ? address(1) - address(0) : 0;
        bool is_even = true;
        for (std::int64_t t = 1; t < count; ++t)
            is_even = is_even && address(t) - address(t - 1) == stride;
        if (is_even) return {x[0].codes, stride, count};
        auto* codes = reinterpret_cast<std::int8_t*>(copies); // NOLINT: memory for codes
        for (std::int64_t t = 0; t < count; ++t)
            __builtin_memcpy(codes + static_cast<std::size_t>(t) * copy_stride, x[t].codes,
                             static_cast<std::size_t>(cols));
        return {codes, static_cast<std::int64_t>(copy_stride), count};
    }

    // Many tokens -------------------------------------------------------------------------------------------

    template <class F>
    static void multiply_rows(Format format, const std::uint8_t* rows, std::size_t row_bytes,
                              std::int64_t row_count, std::int64_t cols, const Int8Row* x,
                              std::int64_t tokens, float* const* out, std::byte* scratch) {
        const Layout layout(cols, tokens);
        // NOLINTBEGIN: one stretch of memory holds what a call needs
        auto* blocks = reinterpret_cast<TileBlock*>(scratch);
        auto& chunk = *reinterpret_cast<Int8Chunk<16>*>(scratch + layout.chunk_at);
        auto* tiles = reinterpret_cast<TokenTile*>(scratch + layout.tiles_at);
        // NOLINTEND
        const std::int64_t groups = groups_of(tokens);
        // Groups of equal size, the larger first: the unit changes its shapes once a pass.
        const auto first_of = [&](std::int64_t group) {
            const std::int64_t size = tokens / groups;
            const std::int64_t larger = tokens % groups;
            return group * size + (group < larger ? group : larger);
        };
        for (std::int64_t g = 0, i = 0; g < groups; ++g) {
            const std::int64_t count = first_of(g + 1) - first_of(g);
            for (std::int64_t t = first_of(g); t < first_of(g + 1); ++i) {
                const std::int64_t size = i % 2 == 0 ? (count + 1) / 2 : count / 2;
                std::byte* copies =
                    scratch + layout.copies_at + static_cast<std::size_t>(t) * layout.copy_stride;
                tiles[i] = tile_of(x + t, size, cols, copies, layout.copy_stride);
                t += size;
            }
        }
        Shapes shapes;
        for (std::int64_t r = 0; r < row_count; r += lanes_of_tile) {
            const std::int64_t left = row_count - r;
            const std::int64_t there = left < lanes_of_tile ? left : lanes_of_tile;
            const std::uint8_t* sources[lanes_of_tile];
            for (std::int64_t i = 0; i < lanes_of_tile;
                 ++i) // the last row stands for those that are not there
                sources[i] = rows + static_cast<std::size_t>(r + (i < there ? i : there - 1)) * row_bytes;
            for (std::int64_t c = 0; c * chunk_columns < cols; ++c) {
                int8_avx512_lay_block(format, sources, c, lanes_of_tile * row_bytes, chunk);
                lay_planes<F>(chunk, blocks[c]);
            }
            for (std::int64_t g = 0; g < groups; ++g) {
                const TokenTile* halves = tiles + 2 * g;
                shapes.require(halves[0].count, halves[1].count);
                multiply_tokens<F>(blocks, cols, halves, x + first_of(g), out + first_of(g), r, there,
                                   tokens >= tokens_past_caches);
            }
        }
        _mm_sfence(); // stores past the caches are ordered by nothing else
    }

    static void dot_tile(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                         std::int64_t cols, const Int8Row* x, std::int64_t tokens, float* const* out,
                         std::byte* scratch, const std::byte* then) {
        const bool is_done =
            tokens >= least_tokens && with_tile_format(format, [&]<class F>() {
                multiply_rows<F>(format,
                                 reinterpret_cast<const std::uint8_t*>(rows), // NOLINT: bytes are bytes
                                 row_bytes, row_count, cols, x, tokens, out, scratch);
            });
        if (!is_done)
            int8_avx512_table().dot_tile(format, rows, row_bytes, row_count, cols, x, tokens, out, scratch,
                                         then);
    }

    /// One token and rounding are the vectors' work.
    static Int8Table table() {
        Int8Table table = int8_table_of(CpuIsa::avx512);
        table.dot_tile = dot_tile;
        table.scratch_bytes = scratch_bytes;
        table.rows_at_once = lanes_of_tile;
        return table;
    }
};

} // namespace
} // namespace spoutnik::kernels
