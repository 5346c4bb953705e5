// SPDX-License-Identifier: MIT
// Attention's products of bf16 pairs (bf16_table.h) on a tile unit.
//
// Order. A tile product takes up to 16 pairs. The products of an element's first values are added up pair by
// pair, those of its second values beside them, then the two sums, then that to the element:
//
//   y = y + (sum of a_2p b_2p + sum of a_2p+1 b_2p+1)    for each 16 pairs, ascending; the last may be fewer
//
// So a result's bits depend on the number of its pairs alone. Which results share a tile decides nothing, and
// that is used below: a result may be worked out twice.
//
// Shapes. Outputs and rows of keys are the operand A: a row of a tile is 16 pairs of one, as they lie in
// memory. Pairs of rows, and turned vectors, are the operand B: a row of a tile is one pair of each of 16
// columns, as they lie in memory too. All tiles of one configuration have the same number of rows of A, pairs
// and columns, so nothing outside the operands is read or written and nothing is padded. Where a count is no
// multiple of that the last tile begins earlier and does again what its neighbour does: cheaper than another
// configuration, for a product takes a cycle a row of A. Tiles that overlap read their sums before either
// writes its own, else a sum would take the same products twice.
//
//   tiles 0 ... 3   sums: two rows of tiles by two columns of them, or four by one where columns are few;
//                   four chains of sums hide a product's latency
//   tiles 4, 5      A, in turn;  6, 7   B
//
// The products of two by two need four tiles loaded for four products, of four by one five; loading a tile
// takes half the time of a product. All pairs but the last ones are multiplied first, for all outputs, then
// the last ones in a configuration of their own; sums wait in memory, which does not round them.
//
// Few outputs go through tiles too: how many there are depends on the number of threads.
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/ahead.h"
#include "kernels/cpu/bf16_table.h"
#include "kernels/cpu/tile_unit.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

constexpr std::int64_t pairs_of_tile = tile_bytes / 4;   ///< that one product takes
constexpr std::int64_t columns_of_tile = tile_bytes / 4; ///< results in a row of sums

inline __mmask16 first_columns(std::int64_t n) {
    return static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U);
}

/// v[c][r] = v[r][c]
inline void turn_16_by_16(__m512* v) {
    __m512 pairs[16];
    for (int i = 0; i < 16; i += 2) {
        pairs[i] = _mm512_unpacklo_ps(v[i], v[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]);
    }
    __m512
        fours[16]; // fours[4 i + c]: column c of rows 4 i ... 4 i + 3, in each quarter four columns further
    for (int i = 0; i < 16; i += 4)
        for (int c = 0; c < 2; ++c) {
            fours[i + 2 * c] = _mm512_shuffle_ps(pairs[i + c], pairs[i + 2 + c], 0x44);
            fours[i + 2 * c + 1] = _mm512_shuffle_ps(pairs[i + c], pairs[i + 2 + c], 0xEE);
        }
    for (int c = 0; c < 4; ++c) {
        const __m512 even = _mm512_shuffle_f32x4(fours[c], fours[4 + c], 0x88);
        const __m512 odd = _mm512_shuffle_f32x4(fours[c], fours[4 + c], 0xDD);
        const __m512 even_too = _mm512_shuffle_f32x4(fours[8 + c], fours[12 + c], 0x88);
        const __m512 odd_too = _mm512_shuffle_f32x4(fours[8 + c], fours[12 + c], 0xDD);
        v[c] = _mm512_shuffle_f32x4(even, even_too, 0x88);
        v[4 + c] = _mm512_shuffle_f32x4(odd, odd_too, 0x88);
        v[8 + c] = _mm512_shuffle_f32x4(even, even_too, 0xDD);
        v[12 + c] = _mm512_shuffle_f32x4(odd, odd_too, 0xDD);
    }
}

template <class Unit>
struct Bf16Tiles {
    using Half = std::uint16_t;

    /// Configures the unit when shapes change, and releases it at the end of a call: no other code of the
    /// thread, that for int8 among it, meets tiles in use.
    class Shapes {
      public:
        Shapes() = default;
        Shapes(const Shapes&) = delete;
        Shapes& operator=(const Shapes&) = delete;
        ~Shapes() {
            if (rows_ != 0) Unit::release();
        }
        /// Rows of A, pairs and columns of each tile: 1 to 16.
        void require(std::int64_t rows, std::int64_t pairs, std::int64_t columns) {
            if (rows == rows_ && pairs == pairs_ && columns == columns_) return;
            rows_ = rows;
            pairs_ = pairs;
            columns_ = columns;
            TileConfig config;
            config.palette = 1;
            for (const int sums : {0, 1, 2, 3})
                set(config, sums, rows, columns);
            for (const int a : {4, 5})
                set(config, a, rows, pairs);
            for (const int b : {6, 7})
                set(config, b, pairs, columns);
            Unit::configure(config);
        }

      private:
        static void set(TileConfig& config, int tile, std::int64_t rows, std::int64_t dwords) {
            config.rows[tile] = static_cast<std::uint8_t>(rows);
            config.row_bytes[tile] = static_cast<std::uint16_t>(4 * dwords);
        }

        std::int64_t rows_ = 0;
        std::int64_t pairs_ = 0;
        std::int64_t columns_ = 0;
    };

    /// What lies `step` bytes from row to row, forwards or backwards.
    struct Strip {
        std::uintptr_t address;
        std::int64_t step;

        Strip(const void* first, std::int64_t bytes)
            : address(reinterpret_cast<std::uintptr_t>(first)), step(bytes) {} // NOLINT: distances
        void* at(std::int64_t row, std::int64_t bytes) const {
            return reinterpret_cast<void*>( // NOLINT: back from the distance
                address + static_cast<std::uintptr_t>(row * step + bytes));
        }
    };

    /// Where the four tiles of sums begin: m rows of tiles by n columns of them.
    struct Places {
        std::int64_t row[4];
        std::int64_t column[2];
    };

    static constexpr std::int64_t most_rows(bool few_columns) {
        return few_columns ? 4 * tile_rows : 2 * tile_rows;
    }
    static constexpr std::int64_t most_columns = 2 * columns_of_tile;

    /// Of `left` columns, more than a tile has, those that are next: 16 at least, now and in the end.
    static std::int64_t next_columns(std::int64_t left) {
        if (left >= most_columns + columns_of_tile) return most_columns;
        return left > most_columns ? left - columns_of_tile : left;
    }
    static std::int64_t column_steps(std::int64_t columns) {
        return (columns + most_columns - 1) / most_columns;
    }

    /// Rows of a tile where `rows` results share the tiles.
    static std::int64_t tile_height(std::int64_t rows, bool few_columns) {
        return few_columns ? (rows + 3) / 4 : (rows + 1) / 2;
    }
    static Places places_of(std::int64_t rows, std::int64_t columns, bool few_columns) {
        const std::int64_t height = tile_height(rows, few_columns);
        Places places{};
        for (std::int64_t m = 0; m < 4; ++m)
            places.row[m] = m * height < rows - height ? m * height : rows - height;
        places.column[1] = few_columns ? 0 : columns - columns_of_tile;
        return places;
    }

    template <int t>
    static void begin(const Strip& sums, std::int64_t row, std::int64_t column, bool fresh) {
        if (fresh)
            Unit::template zero<t>();
        else
            Unit::template load<t>(sums.at(row, 4 * column), sums.step);
    }
    template <int t>
    static void end(const Strip& sums, std::int64_t row, std::int64_t column) {
        Unit::template store<t>(sums.at(row, 4 * column), sums.step);
    }

    /// sums[row][column] += a[row] . column of b, for `pairs` pairs: whole tiles of them, or fewer than one.
    template <bool few_columns>
    static void multiply(const Strip& a, const Strip& b, std::int64_t pairs, const Strip& sums,
                         const Places& at, bool fresh) {
        begin<0>(sums, at.row[0], at.column[0], fresh);
        begin<1>(sums, at.row[1], at.column[0], fresh);
        begin<2>(sums, at.row[few_columns ? 2 : 0], at.column[few_columns ? 0 : 1], fresh);
        begin<3>(sums, at.row[few_columns ? 3 : 1], at.column[few_columns ? 0 : 1], fresh);
        for (std::int64_t p = 0; p < pairs; p += pairs_of_tile) {
            Unit::template load<4>(a.at(at.row[0], 4 * p), a.step);
            Unit::template load<6>(b.at(p, 4 * at.column[0]), b.step);
            Unit::template dot_bf16<0, 4, 6>();
            Unit::template load<5>(a.at(at.row[1], 4 * p), a.step);
            Unit::template dot_bf16<1, 5, 6>();
            if constexpr (few_columns) {
                Unit::template load<4>(a.at(at.row[2], 4 * p), a.step);
                Unit::template dot_bf16<2, 4, 6>();
                Unit::template load<5>(a.at(at.row[3], 4 * p), a.step);
                Unit::template dot_bf16<3, 5, 6>();
            } else {
                Unit::template load<7>(b.at(p, 4 * at.column[1]), b.step);
                Unit::template dot_bf16<2, 4, 7>();
                Unit::template dot_bf16<3, 5, 7>();
            }
        }
        end<0>(sums, at.row[0], at.column[0]);
        end<1>(sums, at.row[1], at.column[0]);
        end<2>(sums, at.row[few_columns ? 2 : 0], at.column[few_columns ? 0 : 1]);
        end<3>(sums, at.row[few_columns ? 3 : 1], at.column[few_columns ? 0 : 1]);
    }

    // Rows times vectors
    // -------------------------------------------------------------------------------------

    /// out[i][at + r] = sums[r][i] for sums whose rows are `stride` apart.
    static void turn_out(const float* sums, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                         float* const* out, std::int64_t at) {
        for (std::int64_t r = 0; r < rows; r += 16) {
            const std::int64_t there = rows - r < 16 ? rows - r : 16;
            for (std::int64_t c = 0; c < columns; c += 16) {
                __m512 v[16];
                for (std::int64_t i = 0; i < 16; ++i) // the last row stands for those that are not there
                    v[i] = _mm512_load_ps(sums + (r + (i < there ? i : there - 1)) * stride + c);
                turn_16_by_16(v);
                for (std::int64_t i = 0; i < 16 && c + i < columns; ++i)
                    _mm512_mask_storeu_ps(out[c + i] + at + r, first_columns(there), v[i]);
            }
        }
    }

    /// The sums of some rows with some vectors, and the rows' last values, fewer than a product takes.
    struct DotRoom {
        alignas(64) float sums[4 * tile_rows * columns_of_tile] = {};
        alignas(64) Half ends[4 * tile_rows][2 * pairs_of_tile];
    };

    template <bool few_columns>
    static void dot_rows(const Half* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
                         const Bf16Vectors& x, float* const* out, const Ahead& ahead) {
        constexpr std::int64_t most = most_rows(few_columns);
        constexpr std::int64_t sums_stride = few_columns ? columns_of_tile : most_columns;
        const std::int64_t whole = cols / (2 * pairs_of_tile) * pairs_of_tile; // pairs
        const std::int64_t rest = cols - 2 * whole;                            // values
        std::int64_t groups = (row_count + most - 1) / most; // of equal size, as far as may be
        Asker asker(ahead, groups * column_steps(x.count));
        DotRoom room;
        const Strip sums(room.sums, 4 * sums_stride);
        Shapes shapes;
        for (std::int64_t r = 0, n = 0; groups > 0; --groups, r += n) {
            n = (row_count - r + groups - 1) / groups;
            const Half* first = rows + r * stride;
            const std::int64_t height = tile_height(n, few_columns);
            // Copied, for behind a last value that has no partner may stand anything, or nothing.
            for (std::int64_t i = 0; rest > 0 && i < n; ++i)
                _mm512_store_si512(room.ends[i],
                                   _mm512_maskz_loadu_epi16(
                                       static_cast<__mmask32>((1ULL << static_cast<unsigned>(rest)) - 1U),
                                       first + i * stride + 2 * whole));
            for (std::int64_t i = 0, w = 0; i < x.count; i += w) {
                w = few_columns ? x.count : next_columns(x.count - i);
                asker.ask();
                const Places at = places_of(n, w, few_columns);
                const std::int64_t columns = few_columns ? w : columns_of_tile;
                const Strip b(x.turned + 2 * i, 2 * x.turned_stride);
                if (whole > 0) {
                    shapes.require(height, pairs_of_tile, columns);
                    multiply<few_columns>({first, 2 * stride}, b, whole, sums, at, true);
                }
                if (rest > 0) {
                    shapes.require(height, (rest + 1) / 2, columns);
                    multiply<few_columns>({room.ends, tile_bytes}, {b.at(whole, 0), b.step}, (rest + 1) / 2,
                                          sums, at, whole == 0);
                }
                turn_out(room.sums, sums_stride, n, w, out + i, r);
            }
        }
    }

    static void dot_tile(const Half* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
                         const Bf16Vectors& x, float* const* out, const Ahead& ahead) {
        if (x.count <= columns_of_tile)
            dot_rows<true>(rows, stride, row_count, cols, x, out, ahead);
        else
            dot_rows<false>(rows, stride, row_count, cols, x, out, ahead);
    }

    // Rows added up
    // ------------------------------------------------------------------------------------------

    template <class T>
    static std::int64_t distance(T* const* pointers, std::int64_t i) {
        return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(pointers[i]) -     // NOLINT
                                         reinterpret_cast<std::uintptr_t>(pointers[i - 1])); // NOLINT
    }
    /// Whether all lie as far apart as the first two; any two do.
    template <class T>
    static bool is_even(T* const* pointers, std::int64_t count) {
        for (std::int64_t i = 2; i < count; ++i)
            if (distance(pointers, i) != distance(pointers, 1)) return false;
        return true;
    }
    template <class T>
    static Strip strip_of(T* const* pointers, std::int64_t count) {
        return {pointers[0], count > 1 ? distance(pointers, 1) : 0};
    }

    /// The same number of pairs for all outputs and columns: whole tiles of them, or fewer than one.
    template <bool few_columns>
    static void mix_some(Shapes& shapes, const Half* const* weights, std::int64_t count,
                         std::int64_t first_pair, const Strip& pairs, std::int64_t pair_count,
                         std::int64_t cols, float* const* out, bool fresh, Asker& asker) {
        constexpr std::int64_t most = most_rows(few_columns);
        const std::int64_t depth = pair_count < pairs_of_tile ? pair_count : pairs_of_tile;
        for (std::int64_t i = 0, n = 0; i < count; i += n) {
            const std::int64_t groups = (count - i + most - 1) / most;
            n = (count - i + groups - 1) / groups;
            if (!is_even(weights + i, n) || !is_even(out + i, n)) n = 2;
            const Strip rows = strip_of(weights + i, n);
            const Strip a(rows.at(0, 4 * first_pair), rows.step);
            const Strip sums = strip_of(out + i, n);
            shapes.require(tile_height(n, few_columns), depth, few_columns ? cols : columns_of_tile);
            for (std::int64_t c = 0, w = 0; c < cols; c += w) {
                w = few_columns ? cols : next_columns(cols - c);
                asker.ask();
                multiply<few_columns>(a, {pairs.at(first_pair, 4 * c), pairs.step}, pair_count,
                                      {sums.at(0, 4 * c), sums.step}, places_of(n, w, few_columns), fresh);
            }
        }
    }

    template <bool few_columns>
    static void mix_all(const Half* const* weights, std::int64_t count, const Strip& pairs,
                        std::int64_t pair_count, std::int64_t cols, float* const* out, bool fresh,
                        const Ahead& ahead) {
        constexpr std::int64_t most = most_rows(few_columns);
        const std::int64_t whole = pair_count / pairs_of_tile * pairs_of_tile;
        const std::int64_t rest = pair_count - whole;
        const std::int64_t passes = (whole > 0 ? 1 : 0) + (rest > 0 ? 1 : 0);
        Asker asker(ahead, passes * ((count + most - 1) / most) * column_steps(cols));
        Shapes shapes;
        if (whole > 0)
            mix_some<few_columns>(shapes, weights, count, 0, pairs, whole, cols, out, fresh, asker);
        if (rest > 0)
            mix_some<few_columns>(shapes, weights, count, whole, pairs, rest, cols, out, fresh && whole == 0,
                                  asker);
    }

    static void mix_pairs(const Half* const* weights, std::int64_t count, const Half* pairs,
                          std::int64_t stride, std::int64_t pair_count, std::int64_t cols, float* const* out,
                          bool fresh, const Ahead& ahead) {
        if (pair_count == 0 || cols == 0) {
            Asker(ahead, 1).ask();
            for (std::int64_t i = 0; fresh && i < count; ++i)
                __builtin_memset(out[i], 0, static_cast<std::size_t>(cols) * sizeof(float));
            return;
        }
        const Strip rows(pairs, 2 * stride);
        if (cols <= columns_of_tile)
            mix_all<true>(weights, count, rows, pair_count, cols, out, fresh, ahead);
        else
            mix_all<false>(weights, count, rows, pair_count, cols, out, fresh, ahead);
    }

    /// Rounding and laying are the vectors' work.
    static Bf16Table table() {
        Bf16Table table = bf16_avx512_table();
        table.dot_tile = dot_tile;
        table.takes_turned = true;
        table.mix_pairs = mix_pairs;
        return table;
    }
};

} // namespace
} // namespace spoutnik::kernels
