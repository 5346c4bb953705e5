// SPDX-License-Identifier: MIT
// Floats to blocks of every format, for test files. Simple rounding, no search for better scales: the tests
// compare against what the blocks say, not against the floats they were made from.
// Layouts: the GGUF specification's block formats.
#pragma once

#include "kernels/format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

namespace spoutnik::testing {
namespace detail {

inline constexpr std::array<int, 16> iq4_values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                1,    13,   25,  38,  53,  69,  89,  113};
inline constexpr std::array<float, 16> fp4_values{0,     .5F,  1,  1.5F,  2,  3,  4,  6,
                                                  -0.0F, -.5F, -1, -1.5F, -2, -3, -4, -6};

/// Writes the fields of a block one after another.
class BlockWriter {
  public:
    explicit BlockWriter(std::byte* at) : at_(at) {}
    template <class T>
    void put(const T& value) {
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    /// Stores the value as f16 and gives back what a reader will see.
    float put_f16(float value) {
        const std::uint16_t half = kernels::f32_to_f16(value);
        put(half);
        return kernels::f16_to_f32(half);
    }

  private:
    std::byte* at_;
};

/// The value a reader gets from an f16 field.
inline float through_f16(float value) {
    return kernels::f16_to_f32(kernels::f32_to_f16(value));
}

inline int code(float value, float step, int offset, int low, int high) {
    if (step == 0.0F) return std::clamp(offset, low, high);
    return std::clamp(static_cast<int>(std::lround(value / step)) + offset, low, high);
}

template <class Table>
int nearest(const Table& table, float value) {
    int best = 0;
    for (int i = 1; i < static_cast<int>(table.size()); ++i)
        if (std::fabs(static_cast<float>(table[static_cast<std::size_t>(i)]) - value) <
            std::fabs(static_cast<float>(table[static_cast<std::size_t>(best)]) - value))
            best = i;
    return best;
}

/// The value of largest magnitude, with its sign.
inline float peak(std::span<const float> x) {
    float best = 0.0F;
    for (const float v : x)
        if (std::fabs(v) > std::fabs(best)) best = v;
    return best;
}

using Codes32 = std::array<std::uint8_t, 32>;

/// 32 four-bit codes, element j low nibble, element j + 16 high nibble.
inline void put_nibbles(BlockWriter& out, const Codes32& codes) {
    for (std::size_t j = 0; j < 16; ++j)
        out.put(static_cast<std::uint8_t>((codes[j] & 15U) | ((codes[j + 16] & 15U) << 4U)));
}

inline std::uint32_t fifth_bits(const Codes32& codes) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 32; ++j)
        bits |= static_cast<std::uint32_t>((codes[j] >> 4U) & 1U) << j;
    return bits;
}

/// Q4_0 and Q5_0: symmetric codes around 2^(bits-1).
inline void encode_symmetric(std::span<const float> x, int bits, std::byte* to) {
    BlockWriter out(to);
    const int half = 1 << (bits - 1);
    const float step = out.put_f16(peak(x) / static_cast<float>(-half));
    Codes32 codes{};
    for (std::size_t j = 0; j < 32; ++j)
        codes[j] = static_cast<std::uint8_t>(code(x[j], step, half, 0, 2 * half - 1));
    if (bits == 5) out.put(fifth_bits(codes));
    put_nibbles(out, codes);
}

/// Q4_1 and Q5_1: codes from the minimum up.
inline void encode_from_minimum(std::span<const float> x, int bits, std::byte* to) {
    BlockWriter out(to);
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    const int top = (1 << bits) - 1;
    const float step = out.put_f16((*high - *low) / static_cast<float>(top));
    const float minimum = out.put_f16(*low);
    Codes32 codes{};
    for (std::size_t j = 0; j < 32; ++j)
        codes[j] = static_cast<std::uint8_t>(code(x[j] - minimum, step, 0, 0, top));
    if (bits == 5) out.put(fifth_bits(codes));
    put_nibbles(out, codes);
}

inline void encode_q8_0(std::span<const float> x, std::byte* to) {
    BlockWriter out(to);
    const float step = out.put_f16(std::fabs(peak(x)) / 127.0F);
    for (const float v : x)
        out.put(static_cast<std::int8_t>(code(v, step, 0, -127, 127)));
}

inline void encode_iq4_nl(std::span<const float> x, std::byte* to) {
    BlockWriter out(to);
    const float step = out.put_f16(peak(x) / -127.0F);
    Codes32 codes{};
    for (std::size_t j = 0; j < 32; ++j)
        codes[j] = static_cast<std::uint8_t>(step == 0.0F ? 8 : nearest(iq4_values, x[j] / step));
    put_nibbles(out, codes);
}

inline void encode_mxfp4(std::span<const float> x, std::byte* to) {
    BlockWriter out(to);
    const float top = std::fabs(peak(x));
    const int exponent = top > 0.0F ? std::clamp(std::ilogb(top) - 2 + 127, 0, 254) : 0;
    out.put(static_cast<std::uint8_t>(exponent));
    Codes32 codes{};
    for (std::size_t j = 0; j < 32; ++j)
        codes[j] = static_cast<std::uint8_t>(nearest(fp4_values, std::ldexp(x[j], 127 - exponent)));
    put_nibbles(out, codes);
}

/// Scale and minimum (value = scale * code - minimum, minimum >= 0) of each sub-block.
struct Affine {
    std::array<float, 16> scale{}, minimum{};
};

inline Affine affine_of(std::span<const float> x, std::size_t width, int top) {
    Affine a;
    for (std::size_t s = 0; s < x.size() / width; ++s) {
        const auto part = x.subspan(s * width, width);
        const auto [low, high] = std::minmax_element(part.begin(), part.end());
        a.minimum[s] = std::max(0.0F, -*low);
        a.scale[s] = std::max(0.0F, *high + a.minimum[s]) / static_cast<float>(top);
    }
    return a;
}

inline void encode_q2_k(std::span<const float> x, std::byte* to) {
    const Affine a = affine_of(x, 16, 3);
    const float d = through_f16(*std::max_element(a.scale.begin(), a.scale.end()) / 15.0F);
    const float dmin = through_f16(*std::max_element(a.minimum.begin(), a.minimum.end()) / 15.0F);
    std::array<std::uint8_t, 16> scales{};
    std::array<std::uint8_t, 64> qs{};
    for (std::size_t s = 0; s < 16; ++s) {
        const int sc = code(a.scale[s], d, 0, 0, 15);
        const int mn = code(a.minimum[s], dmin, 0, 0, 15);
        scales[s] = static_cast<std::uint8_t>(sc | (mn << 4));
        for (std::size_t i = 0; i < 16; ++i) {
            const std::size_t e = s * 16 + i;
            const int q = code(x[e] + dmin * static_cast<float>(mn), d * static_cast<float>(sc), 0, 0, 3);
            const std::size_t half = e / 128, group = e % 128 / 32, lane = e % 32;
            qs[half * 32 + lane] = static_cast<std::uint8_t>(qs[half * 32 + lane] | (q << (2 * group)));
        }
    }
    BlockWriter out(to);
    out.put(scales);
    out.put(qs);
    out.put_f16(d);
    out.put_f16(dmin);
}

inline void encode_q3_k(std::span<const float> x, std::byte* to) {
    std::array<float, 16> step{};
    for (std::size_t s = 0; s < 16; ++s)
        step[s] = peak(x.subspan(s * 16, 16)) / -4.0F;
    const float d = through_f16(peak(step) / -32.0F);
    std::array<std::uint8_t, 32> high_mask{};
    std::array<std::uint8_t, 64> qs{};
    std::array<std::uint8_t, 12> scales{};
    for (std::size_t s = 0; s < 16; ++s) {
        const int sc = code(step[s], d, 32, 0, 63);
        scales[s % 8] = static_cast<std::uint8_t>(scales[s % 8] | ((sc & 15) << (s < 8 ? 0 : 4)));
        scales[8 + s % 4] = static_cast<std::uint8_t>(scales[8 + s % 4] | ((sc >> 4) << (2 * (s / 4))));
        for (std::size_t i = 0; i < 16; ++i) {
            const std::size_t e = s * 16 + i, half = e / 128, group = e % 128 / 32, lane = e % 32;
            const int q = code(x[e], d * static_cast<float>(sc - 32), 4, 0, 7);
            qs[half * 32 + lane] = static_cast<std::uint8_t>(qs[half * 32 + lane] | ((q & 3) << (2 * group)));
            if (q >= 4)
                high_mask[lane] = static_cast<std::uint8_t>(high_mask[lane] | (1U << (half * 4 + group)));
        }
    }
    BlockWriter out(to);
    out.put(high_mask);
    out.put(qs);
    out.put(scales);
    out.put_f16(d);
}

/// Q4_K and Q5_K share scales; Q5_K has a plane of fifth bits.
inline void encode_q45_k(std::span<const float> x, int bits, std::byte* to) {
    const int top = (1 << bits) - 1;
    const Affine a = affine_of(x, 32, top);
    BlockWriter out(to);
    const float d = out.put_f16(*std::max_element(a.scale.begin(), a.scale.end()) / 63.0F);
    const float dmin = out.put_f16(*std::max_element(a.minimum.begin(), a.minimum.end()) / 63.0F);
    std::array<std::uint8_t, 12> scales{};
    std::array<std::uint8_t, 32> high{};
    std::array<std::uint8_t, 128> qs{};
    for (std::size_t s = 0; s < 8; ++s) {
        const int sc = code(a.scale[s], d, 0, 0, 63);
        const int mn = code(a.minimum[s], dmin, 0, 0, 63);
        if (s < 4) {
            scales[s] = static_cast<std::uint8_t>(scales[s] | sc);
            scales[s + 4] = static_cast<std::uint8_t>(scales[s + 4] | mn);
        } else {
            scales[s + 4] = static_cast<std::uint8_t>((sc & 15) | ((mn & 15) << 4));
            scales[s - 4] = static_cast<std::uint8_t>(scales[s - 4] | ((sc >> 4) << 6));
            scales[s] = static_cast<std::uint8_t>(scales[s] | ((mn >> 4) << 6));
        }
        for (std::size_t i = 0; i < 32; ++i) {
            const int q =
                code(x[s * 32 + i] + dmin * static_cast<float>(mn), d * static_cast<float>(sc), 0, 0, top);
            std::uint8_t& cell = qs[s / 2 * 32 + i];
            cell = static_cast<std::uint8_t>(cell | ((q & 15) << (s % 2 == 0 ? 0 : 4)));
            high[i] = static_cast<std::uint8_t>(high[i] | ((q >> 4) << s));
        }
    }
    out.put(scales);
    if (bits == 5) out.put(high);
    out.put(qs);
}

inline void encode_q6_k(std::span<const float> x, std::byte* to) {
    std::array<float, 16> step{};
    for (std::size_t s = 0; s < 16; ++s)
        step[s] = peak(x.subspan(s * 16, 16)) / -32.0F;
    const float d = through_f16(peak(step) / -128.0F);
    std::array<std::uint8_t, 128> low{};
    std::array<std::uint8_t, 64> high{};
    std::array<std::int8_t, 16> scales{};
    for (std::size_t s = 0; s < 16; ++s) {
        const int sc = code(step[s], d, 0, -128, 127);
        scales[s] = static_cast<std::int8_t>(sc);
        for (std::size_t i = 0; i < 16; ++i) {
            const std::size_t e = s * 16 + i, half = e / 128, group = e % 128 / 32, lane = e % 32;
            const int q = code(x[e], d * static_cast<float>(sc), 32, 0, 63);
            std::uint8_t& cell = low[64 * half + 32 * (group % 2) + lane];
            cell = static_cast<std::uint8_t>(cell | ((q & 15) << (group < 2 ? 0 : 4)));
            std::uint8_t& top = high[32 * half + lane];
            top = static_cast<std::uint8_t>(top | ((q >> 4) << (2 * group)));
        }
    }
    BlockWriter out(to);
    out.put(low);
    out.put(high);
    out.put(scales);
    out.put_f16(d);
}

inline void encode_iq4_xs(std::span<const float> x, std::byte* to) {
    std::array<float, 8> step{};
    for (std::size_t s = 0; s < 8; ++s)
        step[s] = peak(x.subspan(s * 32, 32)) / -127.0F;
    BlockWriter out(to);
    const float d = out.put_f16(peak(step) / -32.0F);
    std::array<std::uint8_t, 4> scales_low{};
    std::uint16_t scales_high = 0;
    std::array<Codes32, 8> codes{};
    for (std::size_t s = 0; s < 8; ++s) {
        const int sc = code(step[s], d, 32, 0, 63);
        scales_low[s / 2] =
            static_cast<std::uint8_t>(scales_low[s / 2] | ((sc & 15) << (s % 2 == 0 ? 0 : 4)));
        scales_high = static_cast<std::uint16_t>(scales_high | ((sc >> 4) << (2 * s)));
        const float actual = d * static_cast<float>(sc - 32);
        for (std::size_t i = 0; i < 32; ++i)
            codes[s][i] =
                static_cast<std::uint8_t>(actual == 0.0F ? 8 : nearest(iq4_values, x[s * 32 + i] / actual));
    }
    out.put(scales_high);
    out.put(scales_low);
    for (const Codes32& c : codes)
        put_nibbles(out, c);
}

inline void encode_block(kernels::Format format, std::span<const float> x, std::byte* to) {
    using kernels::Format;
    BlockWriter out(to);
    switch (format) {
    case Format::f32:
        return out.put(x[0]);
    case Format::f16:
        return out.put(kernels::f32_to_f16(x[0]));
    case Format::bf16:
        return out.put(kernels::f32_to_bf16(x[0]));
    case Format::q4_0:
        return encode_symmetric(x, 4, to);
    case Format::q4_1:
        return encode_from_minimum(x, 4, to);
    case Format::q5_0:
        return encode_symmetric(x, 5, to);
    case Format::q5_1:
        return encode_from_minimum(x, 5, to);
    case Format::q8_0:
        return encode_q8_0(x, to);
    case Format::q2_k:
        return encode_q2_k(x, to);
    case Format::q3_k:
        return encode_q3_k(x, to);
    case Format::q4_k:
        return encode_q45_k(x, 4, to);
    case Format::q5_k:
        return encode_q45_k(x, 5, to);
    case Format::q6_k:
        return encode_q6_k(x, to);
    case Format::iq4_nl:
        return encode_iq4_nl(x, to);
    case Format::iq4_xs:
        return encode_iq4_xs(x, to);
    case Format::mxfp4:
        return encode_mxfp4(x, to);
    }
    throw std::invalid_argument("no encoder for this format");
}

} // namespace detail

/// The blocks of `values` in a format; their count must be a multiple of the format's block.
inline std::vector<std::byte> quantize(kernels::Format format, std::span<const float> values) {
    const kernels::FormatTraits& traits = kernels::traits_of(format);
    if (values.size() % traits.values_per_block != 0)
        throw std::invalid_argument("values are not a multiple of the block");
    std::vector<std::byte> blocks(values.size() / traits.values_per_block * traits.bytes_per_block);
    for (std::size_t b = 0; b * traits.values_per_block < values.size(); ++b)
        detail::encode_block(format, values.subspan(b * traits.values_per_block, traits.values_per_block),
                             blocks.data() + b * traits.bytes_per_block);
    return blocks;
}

} // namespace spoutnik::testing
