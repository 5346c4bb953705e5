// SPDX-License-Identifier: MIT
// The inner loops of a CpuTable over a vector type V, which each instruction set's file defines together with
// a decoder for every format:
//
//   V::Float                      a vector of V::width floats
//   V::load, load_some, store, store_some, set, zero, fma, add, mul, divide, max, sum, largest, exp
//   V::Decoder<format>            ::values and ::bytes of a block, and either
//     decode(block, emit)         calls emit(offset, vector) for the block's vectors in order, or, for the
//     long Decoder(block)              blocks, a preparation of the scales and ::parts calls, in order, of
//     decode_part(part, emit)     the same for a part of the block
//   V::load_as<format>(p), load_some_as<format>(p, n)   for f32, f16 and bf16
//   V::transpose                  a square of V::width vectors
//   V::row_group, token_group     shape of a tile of sums that fits the registers
//
// The order of summation (table.h): lane l of one accumulator takes the products of columns l, l + width,
// l + 2 width, ... one after the other, each with a fused multiply-add; V::sum then folds the lanes. Tiles
// hold several accumulators, one an output, so the order is the same in every shape of tile.
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/table.h"

#include <utility>

namespace spoutnik::kernels {
namespace {

template <class V>
struct Loops {
    using Float = typename V::Float;
    static constexpr std::int64_t width = V::width;
    static constexpr std::int64_t cache_line = 64;

    static std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
    static const std::uint8_t* bytes_at(const std::byte* p) {
        return reinterpret_cast<const std::uint8_t*>(p); // NOLINT: bytes are bytes
    }

    // Decoding ----------------------------------------------------------------------------------------------

    template <Format format>
    static void dequantize_as(const std::uint8_t* source, std::int64_t values, float* destination) {
        if constexpr (format == Format::f32 || format == Format::f16 || format == Format::bf16) {
            constexpr std::int64_t size = format == Format::f32 ? 4 : 2;
            std::int64_t i = 0;
            for (; i + width <= values; i += width)
                V::store(destination + i, V::template load_as<format>(source + i * size));
            if (i < values)
                V::store_some(destination + i,
                              V::template load_some_as<format>(source + i * size, values - i), values - i);
        } else {
            using Decoder = typename V::template Decoder<format>;
            for (std::int64_t i = 0; i < values; i += Decoder::values, source += Decoder::bytes) {
                const auto emit = [&](std::int64_t offset, Float v) {
                    V::store(destination + i + offset, v);
                };
                if constexpr (requires { Decoder::parts; }) {
                    const Decoder decoder(source);
#pragma GCC unroll 16
                    for (int part = 0; part < Decoder::parts; ++part)
                        decoder.decode_part(part, emit);
                } else {
                    Decoder::decode(source, emit);
                }
            }
        }
    }

    static void dequantize(Format format, const std::byte* source, std::int64_t values, float* destination) {
        const std::uint8_t* p = bytes_at(source);
        switch (format) {
        case Format::f32:
            return dequantize_as<Format::f32>(p, values, destination);
        case Format::f16:
            return dequantize_as<Format::f16>(p, values, destination);
        case Format::bf16:
            return dequantize_as<Format::bf16>(p, values, destination);
        case Format::q4_0:
            return dequantize_as<Format::q4_0>(p, values, destination);
        case Format::q4_1:
            return dequantize_as<Format::q4_1>(p, values, destination);
        case Format::q5_0:
            return dequantize_as<Format::q5_0>(p, values, destination);
        case Format::q5_1:
            return dequantize_as<Format::q5_1>(p, values, destination);
        case Format::q8_0:
            return dequantize_as<Format::q8_0>(p, values, destination);
        case Format::q2_k:
            return dequantize_as<Format::q2_k>(p, values, destination);
        case Format::q3_k:
            return dequantize_as<Format::q3_k>(p, values, destination);
        case Format::q4_k:
            return dequantize_as<Format::q4_k>(p, values, destination);
        case Format::q5_k:
            return dequantize_as<Format::q5_k>(p, values, destination);
        case Format::q6_k:
            return dequantize_as<Format::q6_k>(p, values, destination);
        case Format::iq4_nl:
            return dequantize_as<Format::iq4_nl>(p, values, destination);
        case Format::iq4_xs:
            return dequantize_as<Format::iq4_xs>(p, values, destination);
        case Format::mxfp4:
            return dequantize_as<Format::mxfp4>(p, values, destination);
        }
    }

    // One vector times many rows ----------------------------------------------------------------------------

    /// One block of each row, the rows taking turns part by part, so that the processor always has several
    /// chains of additions within reach.
    template <Format format, int... row>
    static void dot_parts(std::integer_sequence<int, row...>, const std::uint8_t* source,
                          std::size_t row_bytes, const float* x, Float* sums) {
        using Decoder = typename V::template Decoder<format>;
        const Decoder decoders[] = {Decoder(source + row * row_bytes)...};
#pragma GCC unroll 16
        for (int part = 0; part < Decoder::parts; ++part) {
#pragma GCC unroll 8
            for (int r = 0; r < static_cast<int>(sizeof...(row)); ++r)
                decoders[r].decode_part(part, [&](std::int64_t offset, Float v) {
                    sums[r] = V::fma(v, V::load(x + offset), sums[r]);
                });
        }
    }

    /// `rows` rows at once: their chains of additions are independent, and they share the loads of x.
    /// Meanwhile as many bytes from `ahead` on are brought near: rows are too short for the processor's own
    /// prefetching.
    template <Format format, int rows>
    static void dot_some_rows(const std::uint8_t* source, std::size_t row_bytes, std::int64_t cols,
                              const float* x, float* out, const std::uint8_t* ahead) {
        Float sums[rows];
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
            sums[r] = V::zero();
        if constexpr (format == Format::f32 || format == Format::f16 || format == Format::bf16) {
            constexpr std::int64_t size = format == Format::f32 ? 4 : 2;
            std::int64_t c = 0;
            for (; c + width <= cols; c += width) {
                const Float xs = V::load(x + c);
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r)
                    sums[r] =
                        V::fma(V::template load_as<format>(source + r * row_bytes + c * size), xs, sums[r]);
            }
            if (c < cols) {
                const Float xs = V::load_some(x + c, cols - c);
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r)
                    sums[r] =
                        V::fma(V::template load_some_as<format>(source + r * row_bytes + c * size, cols - c),
                               xs, sums[r]);
            }
        } else {
            using Decoder = typename V::template Decoder<format>;
            const std::uint8_t* wanted = ahead;
            for (std::int64_t c = 0; c < cols; c += Decoder::values, source += Decoder::bytes) {
                for (wanted += rows * Decoder::bytes; ahead < wanted; ahead += cache_line)
                    __builtin_prefetch(ahead, 0, 2);
                if constexpr (requires { Decoder::parts; }) {
                    dot_parts<format>(std::make_integer_sequence<int, rows>{}, source, row_bytes, x + c,
                                      sums);
                } else {
#pragma GCC unroll 8
                    for (int r = 0; r < rows; ++r)
                        Decoder::decode(source + r * row_bytes, [&](std::int64_t offset, Float v) {
                            sums[r] = V::fma(v, V::load(x + c + offset), sums[r]);
                        });
                }
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
            out[r] = V::sum(sums[r]);
    }

    template <Format format>
    static void dot_rows_as(const std::uint8_t* source, std::size_t row_bytes, std::int64_t row_count,
                            std::int64_t cols, const float* x, float* out) {
        std::int64_t r = 0;
        for (; r + 4 <= row_count; r += 4, source += 4 * row_bytes)
            dot_some_rows<format, 4>(source, row_bytes, cols, x, out + r,
                                     r + 8 <= row_count ? source + 4 * row_bytes : source);
        for (; r < row_count; ++r, source += row_bytes)
            dot_some_rows<format, 1>(source, row_bytes, cols, x, out + r, source);
    }

    static void dot_rows(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t count,
                         std::int64_t cols, const float* x, float* out) {
        const std::uint8_t* p = bytes_at(rows);
        switch (format) {
        case Format::f32:
            return dot_rows_as<Format::f32>(p, row_bytes, count, cols, x, out);
        case Format::f16:
            return dot_rows_as<Format::f16>(p, row_bytes, count, cols, x, out);
        case Format::bf16:
            return dot_rows_as<Format::bf16>(p, row_bytes, count, cols, x, out);
        case Format::q4_0:
            return dot_rows_as<Format::q4_0>(p, row_bytes, count, cols, x, out);
        case Format::q4_1:
            return dot_rows_as<Format::q4_1>(p, row_bytes, count, cols, x, out);
        case Format::q5_0:
            return dot_rows_as<Format::q5_0>(p, row_bytes, count, cols, x, out);
        case Format::q5_1:
            return dot_rows_as<Format::q5_1>(p, row_bytes, count, cols, x, out);
        case Format::q8_0:
            return dot_rows_as<Format::q8_0>(p, row_bytes, count, cols, x, out);
        case Format::q2_k:
            return dot_rows_as<Format::q2_k>(p, row_bytes, count, cols, x, out);
        case Format::q3_k:
            return dot_rows_as<Format::q3_k>(p, row_bytes, count, cols, x, out);
        case Format::q4_k:
            return dot_rows_as<Format::q4_k>(p, row_bytes, count, cols, x, out);
        case Format::q5_k:
            return dot_rows_as<Format::q5_k>(p, row_bytes, count, cols, x, out);
        case Format::q6_k:
            return dot_rows_as<Format::q6_k>(p, row_bytes, count, cols, x, out);
        case Format::iq4_nl:
            return dot_rows_as<Format::iq4_nl>(p, row_bytes, count, cols, x, out);
        case Format::iq4_xs:
            return dot_rows_as<Format::iq4_xs>(p, row_bytes, count, cols, x, out);
        case Format::mxfp4:
            return dot_rows_as<Format::mxfp4>(p, row_bytes, count, cols, x, out);
        }
    }

    // Many vectors times many rows --------------------------------------------------------------------------

    /// Columns a pass takes: the slices of a tile's rows and vectors stay in the first-level cache.
    static constexpr std::int64_t pass_columns = 512;
    static constexpr int R = V::row_group;
    static constexpr int T = V::token_group;
    /// Accumulators kept between passes: a panel of rows by a panel of tokens.
    static constexpr std::int64_t panel_rows = 64;
    static constexpr std::int64_t panel_tokens = 48;

    /// Adds columns first ... last-1 of `rows` rows and `tokens` vectors to sums[token * panel_rows + row].
    template <int rows, int tokens>
    static void tile(const float* w, std::int64_t stride, const float* const* x, std::int64_t first,
                     std::int64_t last, Float* sums) {
        Float acc[tokens][rows];
        const float* xs[tokens];
#pragma GCC unroll 8
        for (int t = 0; t < tokens; ++t) {
            xs[t] = x[t];
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r)
                acc[t][r] = first == 0 ? V::zero() : sums[t * panel_rows + r];
        }
        std::int64_t c = first;
        for (; c + width <= last; c += width) {
            Float ws[rows];
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r)
                ws[r] = V::load(w + r * stride + c);
#pragma GCC unroll 8
            for (int t = 0; t < tokens; ++t) {
                const Float v = V::load(xs[t] + c);
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r)
                    acc[t][r] = V::fma(ws[r], v, acc[t][r]);
            }
        }
        if (c < last) {
#pragma GCC unroll 8
            for (int t = 0; t < tokens; ++t) {
                const Float v = V::load_some(xs[t] + c, last - c);
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r)
                    acc[t][r] = V::fma(V::load_some(w + r * stride + c, last - c), v, acc[t][r]);
            }
        }
#pragma GCC unroll 8
        for (int t = 0; t < tokens; ++t)
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r)
                sums[t * panel_rows + r] = acc[t][r];
    }

    /// tile<rows, n> for n = tokens in 1 ... T.
    template <int rows, int n = T>
    static void tile_of(std::int64_t tokens, const float* w, std::int64_t stride, const float* const* x,
                        std::int64_t first, std::int64_t last, Float* sums) {
        if constexpr (n > 1) {
            if (tokens < n) return tile_of<rows, n - 1>(tokens, w, stride, x, first, last, sums);
        }
        tile<rows, n>(w, stride, x, first, last, sums);
    }

    static void dot_panel(const float* w, std::int64_t stride, std::int64_t rows, std::int64_t cols,
                          const float* const* x, std::int64_t tokens, float* const* out, std::int64_t at) {
        Float sums[panel_tokens * panel_rows];
        if (cols == 0)
            for (Float& sum : sums)
                sum = V::zero();
        for (std::int64_t first = 0; first < cols; first += pass_columns) {
            const std::int64_t last = least(cols, first + pass_columns);
            for (std::int64_t t = 0; t < tokens; t += T) {
                const std::int64_t count = least(T, tokens - t);
                Float* mine = sums + t * panel_rows;
                std::int64_t r = 0;
                for (; r + R <= rows; r += R)
                    tile_of<R>(count, w + r * stride, stride, x + t, first, last, mine + r);
                for (; r < rows; ++r)
                    tile_of<1>(count, w + r * stride, stride, x + t, first, last, mine + r);
            }
        }
        for (std::int64_t t = 0; t < tokens; ++t)
            V::sums(sums + t * panel_rows, rows, out[t] + at);
    }

    static void dot_tile(const float* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
                         const float* const* x, std::int64_t tokens, float* const* out) {
        for (std::int64_t t = 0; t < tokens; t += panel_tokens)
            for (std::int64_t r = 0; r < row_count; r += panel_rows)
                dot_panel(rows + r * stride, stride, least(panel_rows, row_count - r), cols, x + t,
                          least(panel_tokens, tokens - t), out + t, r);
    }

    // Mixing rows -------------------------------------------------------------------------------------------

    /// `vectors` vectors of `outputs` results; the last vector holds `some` values where partial is true.
    template <int outputs, int vectors, bool partial>
    static void mix_tile(const float* const* weights, const float* rows, std::int64_t stride,
                         std::int64_t row_count, std::int64_t c, std::int64_t some, float* const* out) {
        Float acc[outputs][vectors];
        const auto load = [&](const float* p) { return partial ? V::load_some(p, some) : V::load(p); };
#pragma GCC unroll 8
        for (int i = 0; i < outputs; ++i)
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v)
                acc[i][v] = load(out[i] + c + v * width);
        for (std::int64_t r = 0; r < row_count; ++r) {
            Float row[vectors];
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v)
                row[v] = load(rows + r * stride + c + v * width);
#pragma GCC unroll 8
            for (int i = 0; i < outputs; ++i) {
                const Float weight = V::set(weights[i][r]);
#pragma GCC unroll 8
                for (int v = 0; v < vectors; ++v)
                    acc[i][v] = V::fma(weight, row[v], acc[i][v]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < outputs; ++i)
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v) {
                if constexpr (partial)
                    V::store_some(out[i] + c + v * width, acc[i][v], some);
                else
                    V::store(out[i] + c + v * width, acc[i][v]);
            }
    }

    template <int outputs>
    static void mix_outputs(const float* const* weights, const float* rows, std::int64_t stride,
                            std::int64_t row_count, std::int64_t cols, float* const* out) {
        constexpr int vectors = V::row_group;
        std::int64_t c = 0;
        for (; c + vectors * width <= cols; c += vectors * width)
            mix_tile<outputs, vectors, false>(weights, rows, stride, row_count, c, 0, out);
        for (; c + width <= cols; c += width)
            mix_tile<outputs, 1, false>(weights, rows, stride, row_count, c, 0, out);
        if (c < cols) mix_tile<outputs, 1, true>(weights, rows, stride, row_count, c, cols - c, out);
    }

    static void mix_rows(const float* const* weights, std::int64_t count, const float* rows,
                         std::int64_t stride, std::int64_t row_count, std::int64_t cols, float* const* out) {
        std::int64_t i = 0;
        for (; i + T <= count; i += T)
            mix_outputs<T>(weights + i, rows, stride, row_count, cols, out + i);
        for (; i + 2 <= count; i += 2)
            mix_outputs<2>(weights + i, rows, stride, row_count, cols, out + i);
        for (; i < count; ++i)
            mix_outputs<1>(weights + i, rows, stride, row_count, cols, out + i);
    }

    static void transpose(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols,
                          float* out, std::int64_t out_stride) {
        std::int64_t r = 0;
        for (; r + width <= rows; r += width) {
            std::int64_t c = 0;
            for (; c + width <= cols; c += width) {
                Float block[width];
#pragma GCC unroll 16
                for (int i = 0; i < width; ++i)
                    block[i] = V::load(x + (r + i) * stride + c);
                V::transpose(block);
#pragma GCC unroll 16
                for (int i = 0; i < width; ++i)
                    V::store(out + (c + i) * out_stride + r, block[i]);
            }
            transpose_some(x + r * stride, stride, width, c, cols, out + r, out_stride);
        }
        transpose_some(x + r * stride, stride, rows - r, 0, cols, out + r, out_stride);
    }

    static void transpose_some(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t first,
                               std::int64_t cols, float* out, std::int64_t out_stride) {
        for (std::int64_t c = first; c < cols; ++c)
            for (std::int64_t r = 0; r < rows; ++r)
                __builtin_memcpy(out + c * out_stride + r, x + r * stride + c, sizeof(float));
    }

    // One row -----------------------------------------------------------------------------------------------

    /// out[i] = f(i-th vectors); the last, shorter vector goes through the same operations.
    template <class F>
    static void each(std::int64_t n, float* out, F&& f) {
        std::int64_t i = 0;
        for (; i + width <= n; i += width)
            V::store(out + i, f([i](const float* p) { return V::load(p + i); }));
        if (i < n)
            V::store_some(out + i, f([i, n](const float* p) { return V::load_some(p + i, n - i); }), n - i);
    }

    static float sum_of_squares(const float* x, std::int64_t n) {
        // Four chains, for speed: the order still depends on n alone.
        Float sums[4] = {V::zero(), V::zero(), V::zero(), V::zero()};
        std::int64_t i = 0;
        for (; i + 4 * width <= n; i += 4 * width) {
#pragma GCC unroll 4
            for (int k = 0; k < 4; ++k) {
                const Float v = V::load(x + i + k * width);
                sums[k] = V::fma(v, v, sums[k]);
            }
        }
        for (; i < n; i += width) {
            const Float v = i + width <= n ? V::load(x + i) : V::load_some(x + i, n - i);
            sums[0] = V::fma(v, v, sums[0]);
        }
        return V::sum(V::add(V::add(sums[0], sums[1]), V::add(sums[2], sums[3])));
    }

    static float largest(const float* x, std::int64_t n) {
        Float most = V::set(x[0]);
        std::int64_t i = 0;
        for (; i + width <= n; i += width)
            most = V::max(most, V::load(x + i));
        float result = V::largest(most);
        for (; i < n; ++i)
            if (x[i] > result) result = x[i];
        return result;
    }

    static float exp_and_sum(float* x, std::int64_t n, float shift) {
        const Float shifts = V::set(-shift);
        Float sums = V::zero();
        std::int64_t i = 0;
        for (; i + width <= n; i += width) {
            const Float v = V::exp(V::add(V::load(x + i), shifts));
            V::store(x + i, v);
            sums = V::add(sums, v);
        }
        if (i < n) {
            V::store_some(x + i, V::exp(V::add(V::load_some(x + i, n - i), shifts)), n - i);
            sums = V::add(sums, V::load_some(x + i, n - i)); // zeros beyond the end
        }
        return V::sum(sums);
    }

    static void scale_with_gain(const float* x, float factor, const float* gain, std::int64_t n, float* out) {
        const Float factors = V::set(factor);
        each(n, out, [&](auto&& at) { return V::mul(V::mul(at(x), factors), at(gain)); });
    }

    static void add_scaled(float factor, const float* x, std::int64_t n, float* out) {
        const Float factors = V::set(factor);
        each(n, out, [&](auto&& at) { return V::fma(factors, at(x), at(out)); });
    }

    static void blend(float a, float b, const float* x, std::int64_t n, float* out) {
        const Float as = V::set(a);
        const Float bs = V::set(b);
        each(n, out, [&](auto&& at) { return V::fma(at(out), as, V::mul(at(x), bs)); });
    }

    static void scale(float factor, std::int64_t n, float* out) {
        const Float factors = V::set(factor);
        each(n, out, [&](auto&& at) { return V::mul(at(out), factors); });
    }

    static void swiglu(const float* gate, const float* up, std::int64_t n, float* out) {
        const Float one = V::set(1.0F);
        each(n, out, [&](auto&& at) {
            const Float g = at(gate);
            const Float silu = V::divide(g, V::add(one, V::exp(V::sub(V::zero(), g))));
            return V::mul(silu, at(up));
        });
    }

    template <Format format>
    static void store_16_bits(const float* x, std::int64_t n, std::byte* destination) {
        std::int64_t i = 0;
        for (; i + width <= n; i += width)
            V::template store_as<format>(destination + 2 * i, V::load(x + i));
        if (i == n) return;
        alignas(64) std::byte rest[2 * width];
        V::template store_as<format>(rest, V::load_some(x + i, n - i));
        for (std::int64_t b = 0; b < 2 * (n - i); ++b)
            destination[2 * i + b] = rest[b];
    }

    static constexpr CpuTable table() {
        return {
            .dequantize = dequantize,
            .dot_rows = dot_rows,
            .dot_tile = dot_tile,
            .mix_rows = mix_rows,
            .transpose = transpose,
            .sum_of_squares = sum_of_squares,
            .largest = largest,
            .exp_and_sum = exp_and_sum,
            .scale_with_gain = scale_with_gain,
            .add_scaled = add_scaled,
            .blend = blend,
            .scale = scale,
            .swiglu = swiglu,
            .store_f16 = store_16_bits<Format::f16>,
            .store_bf16 = store_16_bits<Format::bf16>,
        };
    }
};

} // namespace
} // namespace spoutnik::kernels
