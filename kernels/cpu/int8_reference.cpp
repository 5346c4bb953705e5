// SPDX-License-Identifier: MIT
// Whole-number products in plain C++: the definition in int8_rows.h, value by value.
#include "kernels/cpu/int8_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace spoutnik::kernels {
namespace {

constexpr std::uint16_t half_one = 0x3C00;
constexpr std::uint8_t mxfp4_one = 128; ///< the exponent for which half the scale is 1
constexpr int absent = -1;

/// Where a block keeps its scale and its minimum, and how many values share one factor of the minimum.
struct Places {
    int scale;
    int minimum = absent;
    int group = 0; ///< of the minimum: 16, 32, or 0 when the minimum is the whole block's and added
    bool is_exponent = false; ///< MXFP4: a byte, a power of two
};

Places places_in(Format format) {
    switch (format) {
    case Format::q4_1:
    case Format::q5_1:
        return {.scale = 0, .minimum = 2};
    case Format::q2_k:
        return {.scale = 80, .minimum = 82, .group = 16};
    case Format::q3_k:
        return {.scale = 108};
    case Format::q4_k:
    case Format::q5_k:
        return {.scale = 0, .minimum = 2, .group = 32};
    case Format::q6_k:
        return {.scale = 208};
    case Format::mxfp4:
        return {.scale = 0, .is_exponent = true};
    default:
        return {.scale = 0};
    }
}

float half_at(const std::byte* p) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, p, sizeof bits);
    return f16_to_f32(bits);
}
void set_half(std::byte* p, std::uint16_t bits) {
    std::memcpy(p, &bits, sizeof bits);
}

/// The whole numbers and the two factors of a block.
class Block {
  public:
    /// The definition of the format does the work: with a scale of 1 and a minimum of 0 it yields w_i, and
    /// with 0 and 1 the negated factors of the minimum.
    Block(Format format, const std::byte* source) {
        const FormatTraits& traits = traits_of(format);
        const Places places = places_in(format);
        values = static_cast<int>(traits.values_per_block);
        std::byte copy[256];
        std::memcpy(copy, source, traits.bytes_per_block);
        if (places.is_exponent) {
            copy[0] = static_cast<std::byte>(mxfp4_one);
            scale = mxfp4_scale(std::to_integer<std::uint8_t>(source[0]));
        } else {
            scale = half_at(source + places.scale);
            set_half(copy + places.scale, half_one);
        }
        has_minimum = places.minimum != absent;
        if (has_minimum) set_half(copy + places.minimum, 0);
        dequantize(format, copy, values, numbers);
        if (!has_minimum) return;
        minimum = half_at(source + places.minimum);
        group = places.group;
        if (group == 0) { // Q4_1 and Q5_1 add their minimum
            minimum = -minimum;
            group = values;
            factors[0] = 1;
            return;
        }
        set_half(copy + places.scale, 0);
        set_half(copy + places.minimum, half_one);
        float negated[256];
        dequantize(format, copy, values, negated);
        for (int g = 0; g < values / group; ++g)
            factors[g] = -static_cast<std::int32_t>(negated[g * group]);
    }

    std::int32_t product(const std::int8_t* codes) const {
        std::int32_t sum = 0;
        for (int i = 0; i < values; ++i)
            sum += static_cast<std::int32_t>(numbers[i]) * codes[i];
        return sum;
    }
    std::int32_t product_of_minima(const std::int8_t* codes) const {
        std::int32_t sum = 0;
        for (int i = 0; i < values; ++i)
            sum += factors[i / group] * codes[i];
        return sum;
    }

    int values = 0;
    float scale = 0.0F;
    bool has_minimum = false;
    float minimum = 0.0F;

  private:
    static float mxfp4_scale(std::uint8_t exponent);

    float numbers[256];
    std::int32_t factors[16] = {};
    int group = 1;
};

float Block::mxfp4_scale(std::uint8_t exponent) {
    const std::byte block[17] = {static_cast<std::byte>(exponent), std::byte{1}}; // code 1 is half the scale
    float value[32];
    dequantize(Format::mxfp4, block, 32, value);
    return value[0];
}

void round_row(std::int64_t block, const float* x, std::int64_t cols, const Int8RowMemory& to) {
    for (std::int64_t b = 0; b * block < cols; ++b) {
        const float* values = x + b * block;
        std::int8_t* out = to.codes + b * block;
        std::uint32_t largest = 0; // as bits: an infinity and a NaN are larger than any number
        for (std::int64_t i = 0; i < block; ++i)
            largest = std::max(largest, std::bit_cast<std::uint32_t>(values[i]) & 0x7FFFFFFFU);
        const float magnitude = std::bit_cast<float>(largest);
        const bool is_number = largest < 0x7F800000U;
        to.scales[b] = is_number ? 0.0F : std::numeric_limits<float>::quiet_NaN();
        std::fill_n(out, block, std::int8_t{0});
        if (is_number && magnitude >= 0x1p-100F) {
            to.scales[b] = magnitude / 127.0F;
            const float inverse = 127.0F / magnitude;
            for (std::int64_t i = 0; i < block; ++i)
                out[i] = static_cast<std::int8_t>(std::nearbyint(values[i] * inverse));
        }
        if (block == 32) {
            to.block_sums[b] = std::accumulate(out, out + 32, 0);
            continue;
        }
        std::int16_t* sums = to.group_sums + b * sums_per_256;
        for (int g = 0; g < 16; ++g)
            sums[g] = static_cast<std::int16_t>(std::accumulate(out + 16 * g, out + 16 * g + 16, 0));
        for (int g = 0; g < 8; ++g)
            sums[16 + g] = static_cast<std::int16_t>(sums[2 * g] + sums[2 * g + 1]);
    }
}

void dot_tile(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
              std::int64_t cols, const Int8Row* x, std::int64_t tokens, float* const* out,
              std::byte* /*scratch*/, const std::byte* /*then*/) {
    const FormatTraits& traits = traits_of(format);
    for (std::int64_t r = 0; r < row_count; ++r) {
        const std::byte* source = rows + static_cast<std::size_t>(r) * row_bytes;
        for (std::int64_t t = 0; t < tokens; ++t)
            out[t][r] = 0.0F;
        for (std::int64_t b = 0, c = 0; c < cols; ++b, c += traits.values_per_block) {
            const Block block(format, source + static_cast<std::size_t>(b) * traits.bytes_per_block);
            for (std::int64_t t = 0; t < tokens; ++t) {
                const float s = x[t].scales[b];
                const std::int8_t* codes = x[t].codes + c;
                float& y = out[t][r];
                y = std::fma(block.scale * s, static_cast<float>(block.product(codes)), y);
                if (block.has_minimum)
                    y = std::fma(-(block.minimum * s), static_cast<float>(block.product_of_minima(codes)), y);
            }
        }
    }
}

void dot_rows(Format format, const std::byte* rows, std::size_t row_bytes, std::int64_t row_count,
              std::int64_t cols, const Int8Row& x, float* out, const std::byte* /*then*/) {
    dot_tile(format, rows, row_bytes, row_count, cols, &x, 1, &out, nullptr, nullptr);
}

std::size_t scratch_bytes(std::int64_t /*cols*/, std::int64_t /*tokens*/) {
    return 0;
}

} // namespace

const Int8Table& int8_reference_table() {
    static constexpr Int8Table table{.round_row = round_row,
                                     .dot_rows = dot_rows,
                                     .dot_tile = dot_tile,
                                     .scratch_bytes = scratch_bytes,
                                     .rows_at_once = 4};
    return table;
}

} // namespace spoutnik::kernels
