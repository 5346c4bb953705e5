// SPDX-License-Identifier: MIT
// Plain C++ for every inner loop: what the other instruction sets are tested against, and what runs on a
// processor without AVX2. Sums are kept in eight lanes, as much for accuracy as for speed.
#include "kernels/cpu/table.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace spoutnik::kernels {
namespace {

constexpr std::int64_t lanes = 8;

float sum_of(const float (&lane)[lanes]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/// Adds a . b to the lanes; n counts from a multiple of `lanes`, so value i always meets lane i % 8.
void accumulate(const float* a, const float* b, std::int64_t n, float (&lane)[lanes]) {
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::int64_t l = 0; l < lanes; ++l)
            lane[l] += a[i + l] * b[i + l];
    for (; i < n; ++i)
        lane[i % lanes] += a[i] * b[i];
}

void dot_rows(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
              std::int64_t cols, const float* x, float* out) {
    constexpr std::int64_t piece = 256; // a multiple of every block
    const std::size_t piece_bytes = bytes_of(format, piece);
    float values[piece];
    for (std::int64_t r = 0; r < row_count; ++r) {
        const std::byte* source = rows + static_cast<std::size_t>(r) * row_bytes;
        float lane[lanes] = {};
        for (std::int64_t c = 0; c < cols; c += piece, source += piece_bytes) {
            const std::int64_t n = std::min(piece, cols - c);
            kernels::dequantize(format, source, n, values);
            accumulate(values, x + c, n, lane);
        }
        out[r] = sum_of(lane);
    }
}

void dot_tile(const float* rows, std::int64_t stride, std::int64_t row_count, std::int64_t cols,
              const float* const* x, std::int64_t tokens, float* const* out) {
    for (std::int64_t t = 0; t < tokens; ++t) {
        for (std::int64_t r = 0; r < row_count; ++r) {
            float lane[lanes] = {};
            accumulate(rows + r * stride, x[t], cols, lane);
            out[t][r] = sum_of(lane);
        }
    }
}

void mix_rows(const float* const* weights, std::int64_t count, const float* rows, std::int64_t stride,
              std::int64_t row_count, std::int64_t cols, float* const* out) {
    for (std::int64_t i = 0; i < count; ++i)
        for (std::int64_t r = 0; r < row_count; ++r)
            for (std::int64_t c = 0; c < cols; ++c)
                out[i][c] += weights[i][r] * rows[r * stride + c];
}

void transpose(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols, float* out,
               std::int64_t out_stride) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c)
            std::memcpy(out + c * out_stride + r, x + r * stride + c, sizeof(float));
}

float sum_of_squares(const float* x, std::int64_t n) {
    float lane[lanes] = {};
    accumulate(x, x, n, lane);
    return sum_of(lane);
}

float largest(const float* x, std::int64_t n) {
    float most = x[0];
    for (std::int64_t i = 1; i < n; ++i)
        most = std::max(most, x[i]);
    return most;
}

float exp_and_sum(float* x, std::int64_t n, float shift) {
    float lane[lanes] = {};
    for (std::int64_t i = 0; i < n; ++i) {
        x[i] = std::exp(x[i] - shift);
        lane[i % lanes] += x[i];
    }
    return sum_of(lane);
}

void scale_with_gain(const float* x, float factor, const float* gain, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i)
        out[i] = x[i] * factor * gain[i];
}

void add_scaled(float factor, const float* x, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i)
        out[i] += factor * x[i];
}

void blend(float a, float b, const float* x, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i)
        out[i] = out[i] * a + x[i] * b;
}

void scale(float factor, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i)
        out[i] *= factor;
}

void swiglu(const float* gate, const float* up, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i)
        out[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
}

template <std::uint16_t (*convert)(float)>
void store_16_bits(const float* x, std::int64_t n, std::byte* destination) {
    for (std::int64_t i = 0; i < n; ++i) {
        const std::uint16_t bits = convert(x[i]);
        std::memcpy(destination + 2 * i, &bits, sizeof bits);
    }
}

} // namespace

const CpuTable& reference_table() {
    static constexpr CpuTable table{
        .dequantize = kernels::dequantize,
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
        .store_f16 = store_16_bits<f32_to_f16>,
        .store_bf16 = store_16_bits<f32_to_bf16>,
    };
    return table;
}

} // namespace spoutnik::kernels
