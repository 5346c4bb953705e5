// SPDX-License-Identifier: MIT
#include "kernels/cpu/q8_0_rows.h"

#include "kernels/format.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace spoutnik::kernels {
namespace {

constexpr std::uint32_t magnitude_bits = 0x7FFFFFFFU;
constexpr std::uint32_t infinity_bits = 0x7F800000U;
constexpr float largest_f16 = 65504.0F;
constexpr float most = 127.0F;

/// To the nearest whole number, ties to even, for |x| <= 127: what is added leaves no bits for a fraction.
float nearest(float x) {
    constexpr float no_fraction = 0x1.8p23F;
    return (x + no_fraction) - no_fraction;
}

void store_block(const float* x, std::byte* destination) {
    std::uint32_t largest = 0; // as bits: an infinity and a NaN are larger than any number
    for (std::int64_t i = 0; i < q8_0_block; ++i)
        largest = std::max(largest, std::bit_cast<std::uint32_t>(x[i]) & magnitude_bits);
    const bool is_number = largest < infinity_bits;
    const std::uint16_t scale =
        f32_to_f16(is_number ? std::min(std::bit_cast<float>(largest) / most, largest_f16)
                             : std::numeric_limits<float>::quiet_NaN());
    // Codes are made with the scale as it is kept: dividing by the exact one would add its rounding to
    // theirs.
    const float kept = f16_to_f32(scale);
    const float inverse = is_number && kept > 0.0F ? 1.0F / kept : 0.0F;
    std::int8_t codes[q8_0_block] = {};
    if (inverse > 0.0F)
        for (std::int64_t i = 0; i < q8_0_block; ++i)
            codes[i] = static_cast<std::int8_t>(nearest(std::clamp(x[i] * inverse, -most, most)));
    std::memcpy(destination, &scale, sizeof scale);
    std::memcpy(destination + sizeof scale, codes, sizeof codes);
}

} // namespace

void store_q8_0(const float* x, std::int64_t n, std::byte* destination) {
    const std::size_t block_bytes = bytes_of(Format::q8_0, q8_0_block);
    for (std::int64_t i = 0; i < n; i += q8_0_block, destination += block_bytes)
        store_block(x + i, destination);
}

} // namespace spoutnik::kernels
