// SPDX-License-Identifier: MIT
#include "cuda_emulation/rounded_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace spoutnik::cuda_emulation {
namespace {

using kernels::Format;

double rounded(double value, Format cache) {
    switch (cache) {
    case Format::f32:
        return value;
    case Format::f16:
        return kernels::f16_to_f32(kernels::f32_to_f16(static_cast<float>(value)));
    default:
        return kernels::bf16_to_f32(kernels::f32_to_bf16(static_cast<float>(value)));
    }
}

std::vector<double> values_of(const CacheSlice& slice, std::int64_t row) {
    const std::size_t row_bytes = kernels::bytes_of(slice.rows.format, slice.rows.width);
    std::vector<float> all(static_cast<std::size_t>(slice.rows.width));
    kernels::dequantize(slice.rows.format, slice.rows.data + static_cast<std::size_t>(row) * row_bytes,
                        slice.rows.width, all.data());
    const auto first = all.begin() + slice.first_value;
    std::vector<double> values(first, first + slice.width);
    // What is multiplied has 16 bits too: a value of q8_0, a code times its scale, is rounded.
    if (slice.rows.format == Format::q8_0)
        for (double& value : values)
            value = rounded(value, Format::q8_0);
    return values;
}

/// The power of two that brings the largest value of a query to 1 ... 2, where f16 holds it best.
double scale_into_range(const float* q, std::int64_t width) {
    float largest = 0.0F;
    for (std::int64_t i = 0; i < width; ++i)
        largest = std::max(largest, std::fabs(q[i]));
    return largest == 0.0F ? 1.0 : std::exp2(-std::floor(std::log2(largest)));
}

} // namespace

void attend_rounded(const float* q, const CacheSlice& keys, const CacheSlice& values, std::int64_t visible,
                    float scale, float* out) {
    const Format cache = keys.rows.format;
    const double into_range = cache == Format::f16 ? scale_into_range(q, keys.width) : 1.0;
    std::vector<double> query;
    for (std::int64_t i = 0; i < keys.width; ++i)
        query.push_back(rounded(q[i] * into_range, cache) / into_range);

    std::vector<double> weights;
    for (std::int64_t row = 0; row < visible; ++row) {
        const std::vector<double> key = values_of(keys, row);
        double score = 0;
        for (std::size_t i = 0; i < key.size(); ++i)
            score += query[i] * key[i];
        weights.push_back(score * scale);
    }
    const double largest = *std::ranges::max_element(weights);
    double sum = 0;
    for (double& weight : weights) {
        weight = rounded(std::exp(weight - largest), cache);
        sum += weight;
    }
    std::vector<double> mixed(static_cast<std::size_t>(values.width));
    for (std::int64_t row = 0; row < visible; ++row) {
        const std::vector<double> value = values_of(values, row);
        for (std::size_t i = 0; i < value.size(); ++i)
            mixed[i] += weights[static_cast<std::size_t>(row)] * value[i];
    }
    for (std::size_t i = 0; i < mixed.size(); ++i)
        out[i] = static_cast<float>(mixed[i] / sum);
}

} // namespace spoutnik::cuda_emulation
