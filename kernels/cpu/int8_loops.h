// SPDX-License-Identifier: MIT
// Whole-number products (int8_rows.h) over a vector type V, which each instruction set's file defines:
//
//   V::Int, V::Float     vectors of V::lanes numbers of 32 bits
//   V::Codec<format>     one block of a row: ::values, ::bytes, ::group (values a scale holds for),
//   ::offset_shift
//                        (codes are stored 2^offset_shift too high; none: codes are what they are),
//                        ::has_minimum, ::most (the largest code), ::is_wide (codes need V's slower step)
//   V::steps_at_once     of codes up to `most`: dwords of codes whose products an accumulator can take
//   V::step, collect     accumulator += codes * activations; sums += accumulator * scale
//   V::rows_at_once      rows whose blocks dot_rows takes side by side
//   V::dot_rows          rows times one vector; dot_by_fours() makes it of one that takes four rows at a time
//   V::store_some, finish_stores
//                        a lane each of n rows, past the caches or not; after the last of them
//   V::lay_codes, lay_factors, lay_steps    decode a chunk of V::lanes rows, a lane each
//
// Many tokens: V::lanes rows are laid side by side, a lane each. Their codes are decoded once a call, in
// chunks of 256 columns, and met by a few tokens at a time, whose codes are broadcast four at a time.
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/int8_chunk.h"
#include "kernels/cpu/int8_rows.h"

namespace spoutnik::kernels {
namespace {

/// How far before their use weights are asked for: what the memory needs to answer, and little enough to wait
/// in the second-level cache (bench/NOTES.md).
inline constexpr std::size_t bytes_ahead = 6144;

/// Asks the memory for weights that are about to be read, as many bytes as have been read meanwhile: rows are
/// too short for the processor's own prefetching.
class Ahead {
  public:
    /// `bytes` of rows from `rows` on, one after the other, and then (unless it is null) what lies at `then`.
    /// `at_once`: bytes that are read out of order.
    Ahead(const std::byte* rows, std::size_t bytes, const std::byte* then, std::size_t at_once)
        : Ahead(rows, bytes, then) {
        ask(static_cast<std::int64_t>(at_once > bytes_ahead ? at_once : bytes_ahead));
    }
    /// From `lead` bytes behind `rows` on, and nothing at once.
    static Ahead behind(const std::byte* rows, std::size_t bytes, const std::byte* then, std::size_t lead) {
        Ahead ahead(rows, bytes, then);
        ahead.next_ += lead;
        ahead.go_over();
        return ahead;
    }

    void ask(std::int64_t bytes) {
        constexpr std::int64_t cache_line = 64;
        wanted_ += bytes;
        std::int64_t lines = (wanted_ + cache_line - 1) / cache_line;
        wanted_ -= lines * cache_line;
        if (next_ + static_cast<std::uintptr_t>(lines * cache_line) < end_) {
            std::uintptr_t next = next_;
            for (; lines > 0; --lines, next += cache_line)
                ask_for(next);
            next_ = next;
        } else {
            for (; lines > 0; --lines, go_over()) {
                ask_for(next_);
                next_ += cache_line;
            }
        }
    }

  private:
    Ahead(const std::byte* rows, std::size_t bytes, const std::byte* then)
        : next_(reinterpret_cast<std::uintptr_t>(rows)),       // NOLINT: addresses to ask for,
          end_(then == nullptr ? UINTPTR_MAX : next_ + bytes), // which need not be there
          then_(reinterpret_cast<std::uintptr_t>(then)) {}     // NOLINT

    static void ask_for(std::uintptr_t line) {
        __builtin_prefetch(reinterpret_cast<const void*>(line), 0, 2); // NOLINT: as above
    }

    void go_over() {
        if (next_ < end_) return;
        next_ = then_ + (next_ - end_);
        end_ = UINTPTR_MAX;
    }

    std::uintptr_t next_;
    std::uintptr_t end_;
    std::uintptr_t then_;
    std::int64_t wanted_ = 0; ///< what is left over of whole lines: 0 or less
};

/// Four rows at a time: dot_four(rows, out).
template <class DotFour>
void dot_by_fours(const std::uint8_t* rows, std::size_t row_bytes, std::int64_t row_count, float* out,
                  DotFour&& dot_four) {
    for (std::int64_t r = 0; r < row_count; r += 4) {
        // The last rows take the place of those that are not there.
        const std::int64_t left = row_count - r;
        const std::uint8_t* four[4];
        for (std::int64_t i = 0; i < 4; ++i)
            four[i] = rows + static_cast<std::size_t>(r + (i < left ? i : left - 1)) * row_bytes;
        float results[4];
        dot_four(four, results);
        for (std::int64_t i = 0; i < 4 && i < left; ++i)
            out[r + i] = results[i];
    }
}

template <class V>
struct Int8Loops {
    using Int = typename V::Int;
    using Float = typename V::Float;
    static constexpr int lanes = V::lanes;
    using Chunk = Int8Chunk<lanes>;

    template <class F>
    static void with_codec(Format format, F&& f) {
        switch (format) {
        case Format::q4_0:
            return f.template operator()<typename V::template Codec<Format::q4_0>>();
        case Format::q4_1:
            return f.template operator()<typename V::template Codec<Format::q4_1>>();
        case Format::q5_0:
            return f.template operator()<typename V::template Codec<Format::q5_0>>();
        case Format::q5_1:
            return f.template operator()<typename V::template Codec<Format::q5_1>>();
        case Format::q8_0:
            return f.template operator()<typename V::template Codec<Format::q8_0>>();
        case Format::q2_k:
            return f.template operator()<typename V::template Codec<Format::q2_k>>();
        case Format::q3_k:
            return f.template operator()<typename V::template Codec<Format::q3_k>>();
        case Format::q4_k:
            return f.template operator()<typename V::template Codec<Format::q4_k>>();
        case Format::q5_k:
            return f.template operator()<typename V::template Codec<Format::q5_k>>();
        case Format::q6_k:
            return f.template operator()<typename V::template Codec<Format::q6_k>>();
        case Format::iq4_nl:
            return f.template operator()<typename V::template Codec<Format::iq4_nl>>();
        case Format::iq4_xs:
            return f.template operator()<typename V::template Codec<Format::iq4_xs>>();
        case Format::mxfp4:
            return f.template operator()<typename V::template Codec<Format::mxfp4>>();
        default:
            return; // floats are not rounded
        }
    }

    // One token ---------------------------------------------------------------------------------------------

    static void dot_rows(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                         std::int64_t cols, const Int8Row& x, float* out, const std::byte* then) {
        const auto* source = reinterpret_cast<const std::uint8_t*>(rows); // NOLINT: bytes are bytes
        with_codec(format, [&]<class Codec>() {
            Ahead ahead(rows, static_cast<std::size_t>(row_count) * row_bytes, then,
                        V::template rows_at_once<Codec>(cols) * row_bytes);
            V::template dot_rows<Codec>(source, row_bytes, row_count, cols, x, ahead, out);
        });
    }

    /// The next rows, asked for while these are multiplied: as many bytes a step as will have brought a group
    /// of rows when this one's steps are done.
    struct Lookahead {
        Ahead ahead;
        std::int64_t bytes_a_step;
        void step() { ahead.ask(bytes_a_step); }
    };

    // Many tokens -------------------------------------------------------------------------------------------

    /// Decodes chunk `c` of rows[0 ... lanes-1].
    template <class Codec>
    static void decode_chunk(const std::uint8_t* const* rows, std::int64_t c, std::int64_t blocks,
                             Chunk& chunk) {
        const std::uint8_t* sources[lanes];
        for (int r = 0; r < lanes; ++r)
            sources[r] = rows[r] + c * (chunk_columns / Codec::values) * Codec::bytes;
        V::template lay_codes<Codec>(sources, blocks, chunk.codes);
        if constexpr (Codec::values == chunk_columns) V::template lay_factors<Codec>(sources, chunk);
        for (std::int64_t b = 0; b < blocks; ++b) {
            V::template lay_steps<Codec>(sources, b, chunk.scale[b], chunk.minimum[b]);
        }
    }

    /// acc[t] += the products of `steps` dwords of columns.
    template <int steps, bool is_wide, int tokens>
    static void add_steps(const Chunk& chunk, std::int64_t first, const std::int8_t* const* x,
                          typename V::Accumulator* acc) {
#pragma GCC unroll 8
        for (int s = 0; s < steps; ++s) {
            const Int codes = V::load(chunk.codes[first + s]);
            const Int prepared = V::template prepare<is_wide>(codes);
#pragma GCC unroll 16
            for (int t = 0; t < tokens; ++t)
                acc[t] =
                    V::template step<is_wide>(acc[t], codes, prepared, V::broadcast(x[t] + 4 * (first + s)));
        }
    }

    /// sums[t] += the products of a group's columns, `first` dwords into the chunk, times the group's scale.
    template <int steps, bool is_wide, int tokens>
    static void add_group(const Chunk& chunk, std::int64_t first, std::int64_t last,
                          const std::int8_t* const* x, Int scale, Int* sums) {
        for (std::int64_t d = first; d < last; d += steps) {
            typename V::Accumulator acc[tokens];
#pragma GCC unroll 16
            for (int t = 0; t < tokens; ++t)
                acc[t] = V::start();
            add_steps<steps, is_wide, tokens>(chunk, d, x, acc);
#pragma GCC unroll 16
            for (int t = 0; t < tokens; ++t)
                sums[t] = V::collect(sums[t], acc[t], scale);
        }
    }

    /// out[t][lane] for `tokens` tokens; blocks of 256.
    template <class Codec, int tokens>
    static void tile_256(const Chunk* chunks, std::int64_t cols, const Int8Row* x, Lookahead& lookahead,
                         Float* out) {
        constexpr int group = Codec::group;
        constexpr int steps =
            V::steps_at_once(Codec::most) < group / 4 ? V::steps_at_once(Codec::most) : group / 4;
        constexpr bool needs_minima = Codec::has_minimum || Codec::offset_shift != no_offset;
        Float total[tokens];
        for (int t = 0; t < tokens; ++t)
            total[t] = V::zero_floats();
        for (std::int64_t c = 0; c * chunk_columns < cols; ++c) {
            lookahead.step();
            const Chunk& chunk = chunks[c];
            const std::int8_t* codes[tokens];
            Int sums[tokens];
            for (int t = 0; t < tokens; ++t) {
                codes[t] = x[t].codes + c * chunk_columns;
                sums[t] = V::zero();
            }
            for (int g = 0; g < chunk_columns / group; ++g)
                add_group<steps, Codec::is_wide, tokens>(chunk, g * (group / 4), (g + 1) * (group / 4), codes,
                                                         V::load(chunk.scales[g]), sums);
            Int minima[tokens];
            if constexpr (needs_minima) {
                constexpr std::int64_t place = group == 16 ? 0 : 16;
                for (int t = 0; t < tokens; ++t)
                    minima[t] = V::zero();
#pragma GCC unroll 8
                for (int p = 0; p < chunk_columns / group / 2; ++p) {
                    const Int pair = V::load(chunk.minima[p]);
#pragma GCC unroll 16
                    for (int t = 0; t < tokens; ++t)
                        minima[t] =
                            V::add_pairs(minima[t], pair,
                                         V::broadcast(x[t].group_sums + c * sums_per_256 + place + 2 * p));
                }
            }
            const Float scale = V::load_floats(chunk.scale[0]);
            for (int t = 0; t < tokens; ++t) {
                const Float s = V::set(x[t].scales[c]);
                if constexpr (Codec::offset_shift != no_offset)
                    sums[t] = V::subtract(sums[t], V::template shift<Codec::offset_shift>(minima[t]));
                total[t] = V::fma(V::mul(scale, s), V::to_floats(sums[t]), total[t]);
                if constexpr (Codec::has_minimum)
                    total[t] = V::fnma(V::mul(V::load_floats(chunk.minimum[0]), s), V::to_floats(minima[t]),
                                       total[t]);
            }
        }
        for (int t = 0; t < tokens; ++t)
            out[t] = total[t];
    }

    /// The same for blocks of 32.
    template <class Codec, int tokens>
    static void tile_32(const Chunk* chunks, std::int64_t cols, const Int8Row* x, Lookahead& lookahead,
                        Float* out) {
        constexpr int steps = V::steps_at_once(Codec::most) < 8 ? V::steps_at_once(Codec::most) : 8;
        Float total[tokens];
        for (int t = 0; t < tokens; ++t)
            total[t] = V::zero_floats();
        for (std::int64_t b = 0; b * 32 < cols; ++b) {
            lookahead.step();
            const Chunk& chunk = chunks[b / 8];
            const std::int8_t* codes[tokens];
            Int sums[tokens];
#pragma GCC unroll 16
            for (int t = 0; t < tokens; ++t) {
                codes[t] = x[t].codes + b / 8 * chunk_columns;
                sums[t] = V::zero();
            }
            for (std::int64_t d = b % 8 * 8; d < b % 8 * 8 + 8; d += steps) {
                typename V::Accumulator acc[tokens];
#pragma GCC unroll 16
                for (int t = 0; t < tokens; ++t)
                    acc[t] = V::start();
                add_steps<steps, Codec::is_wide, tokens>(chunk, d, codes, acc);
#pragma GCC unroll 16
                for (int t = 0; t < tokens; ++t)
                    sums[t] = V::template collect_unscaled<steps == 8>(sums[t], acc[t]);
            }
            const Float scale = V::load_floats(chunk.scale[b % 8]);
#pragma GCC unroll 16
            for (int t = 0; t < tokens; ++t) {
                const Float s = V::set(x[t].scales[b]);
                const Int sum = V::broadcast(x[t].block_sums + b);
                if constexpr (Codec::offset_shift != no_offset)
                    sums[t] = V::subtract(sums[t], V::template shift<Codec::offset_shift>(sum));
                total[t] = V::fma(V::mul(scale, s), V::to_floats(sums[t]), total[t]);
                if constexpr (Codec::has_minimum)
                    total[t] =
                        V::fnma(V::mul(V::load_floats(chunk.minimum[b % 8]), s), V::to_floats(sum), total[t]);
            }
        }
        for (int t = 0; t < tokens; ++t)
            out[t] = total[t];
    }

    template <class Codec, int tokens>
    static void tile(const Chunk* chunks, std::int64_t cols, const Int8Row* x, std::int64_t rows,
                     float* const* out, std::int64_t at, bool past_caches, Lookahead& lookahead) {
        Float results[tokens];
        if constexpr (Codec::values == chunk_columns)
            tile_256<Codec, tokens>(chunks, cols, x, lookahead, results);
        else
            tile_32<Codec, tokens>(chunks, cols, x, lookahead, results);
        for (int t = 0; t < tokens; ++t)
            V::store_some(out[t] + at, results[t], rows, past_caches);
    }

    static constexpr int T = V::tile_tokens;

    /// tile<n> for n = tokens in 1 ... T.
    template <class Codec, int n = T>
    static void tile_of(std::int64_t tokens, const Chunk* chunks, std::int64_t cols, const Int8Row* x,
                        std::int64_t rows, float* const* out, std::int64_t at, bool past_caches,
                        Lookahead& lookahead) {
        if constexpr (n > 1) {
            if (tokens < n)
                return tile_of<Codec, n - 1>(tokens, chunks, cols, x, rows, out, at, past_caches, lookahead);
        }
        tile<Codec, n>(chunks, cols, x, rows, out, at, past_caches, lookahead);
    }

    static void dot_tile(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
                         std::int64_t cols, const Int8Row* x, std::int64_t tokens, float* const* out,
                         std::byte* scratch, const std::byte* then) {
        auto* chunks = reinterpret_cast<Chunk*>(scratch);                 // NOLINT: memory for chunks
        const auto* source = reinterpret_cast<const std::uint8_t*>(rows); // NOLINT: bytes are bytes
        with_codec(format, [&]<class Codec>() {
            constexpr std::int64_t blocks_a_chunk = chunk_columns / Codec::values;
            const std::int64_t tiles = (tokens + T - 1) / T;
            const auto group_bytes = static_cast<std::int64_t>(lanes * row_bytes);
            const std::int64_t steps =
                tiles * (Codec::values == chunk_columns ? cols / chunk_columns : cols / 32);
            Lookahead lookahead{Ahead::behind(rows, static_cast<std::size_t>(row_count) * row_bytes, then,
                                              static_cast<std::size_t>(group_bytes)),
                                steps > 0 ? (group_bytes + steps - 1) / steps : 0};
            for (std::int64_t r = 0; r < row_count; r += lanes) {
                const std::int64_t there = row_count - r < lanes ? row_count - r : lanes;
                const std::uint8_t* sources[lanes];
                for (std::int64_t i = 0; i < lanes; ++i)
                    sources[i] =
                        source + static_cast<std::size_t>(r + (i < there ? i : there - 1)) * row_bytes;
                for (std::int64_t c = 0; c * chunk_columns < cols; ++c) {
                    const std::int64_t left = (cols - c * chunk_columns) / Codec::values;
                    decode_chunk<Codec>(sources, c, left < blocks_a_chunk ? left : blocks_a_chunk, chunks[c]);
                }
                // Tiles of equal size: a small last one would leave the multipliers waiting.
                std::int64_t tiles_left = tiles;
                for (std::int64_t t = 0; tiles_left > 0; --tiles_left) {
                    const std::int64_t count = (tokens - t + tiles_left - 1) / tiles_left;
                    tile_of<Codec>(count, chunks, cols, x + t, there, out + t, r,
                                   tokens >= tokens_past_caches, lookahead);
                    t += count;
                }
            }
        });
        V::finish_stores();
    }

    static std::size_t scratch_bytes(std::int64_t cols, std::int64_t /*tokens*/) {
        return static_cast<std::size_t>((cols + chunk_columns - 1) / chunk_columns) * sizeof(Chunk);
    }

    static constexpr Int8Table table() {
        return {.round_row = V::round_row,
                .dot_rows = dot_rows,
                .dot_tile = dot_tile,
                .scratch_bytes = scratch_bytes,
                .rows_at_once = lanes};
    }
};

} // namespace
} // namespace spoutnik::kernels
