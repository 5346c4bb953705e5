// SPDX-License-Identifier: MIT
// The plain definition of every weight format: one function a block, value by value.
//
// The order of the products is part of the definition, because every instruction set must give the same bits:
// the scale of a sub-block is multiplied first (d * sc), then the code, then the minimum (dmin * mn) is taken
// away, each step rounded to f32.
#include "kernels/format.h"

#include "kernels/format_tables.h"

#include <bit>
#include <cstring>

namespace spoutnik::kernels {
namespace {

using Byte = std::uint8_t;

std::uint16_t u16_at(const Byte* p) {
    return static_cast<std::uint16_t>(p[0] | (p[1] << 8));
}
std::uint32_t u32_at(const Byte* p) {
    return u16_at(p) | (static_cast<std::uint32_t>(u16_at(p + 2)) << 16U);
}
float f16_at(const Byte* p) {
    return f16_to_f32(u16_at(p));
}
int signed_byte(Byte b) {
    return static_cast<std::int8_t>(b);
}

/// The low nibbles of 16 bytes are values 0..15, the high ones 16..31.
int nibble(const Byte* bytes, int j) {
    return j < 16 ? bytes[j] & 15 : bytes[j - 16] >> 4;
}

// Blocks of 32 --------------------------------------------------------------------------------------------

void q4_0(const Byte* block, float* y) {
    const float d = f16_at(block);
    for (int j = 0; j < 32; ++j)
        y[j] = d * static_cast<float>(nibble(block + 2, j) - 8);
}

void q4_1(const Byte* block, float* y) {
    const float d = f16_at(block);
    const float m = f16_at(block + 2);
    for (int j = 0; j < 32; ++j)
        y[j] = d * static_cast<float>(nibble(block + 4, j)) + m;
}

int five_bits(std::uint32_t high, const Byte* low, int j) {
    return nibble(low, j) | static_cast<int>(((high >> static_cast<unsigned>(j)) & 1U) << 4U);
}

void q5_0(const Byte* block, float* y) {
    const float d = f16_at(block);
    const std::uint32_t high = u32_at(block + 2);
    for (int j = 0; j < 32; ++j)
        y[j] = d * static_cast<float>(five_bits(high, block + 6, j) - 16);
}

void q5_1(const Byte* block, float* y) {
    const float d = f16_at(block);
    const float m = f16_at(block + 2);
    const std::uint32_t high = u32_at(block + 4);
    for (int j = 0; j < 32; ++j)
        y[j] = d * static_cast<float>(five_bits(high, block + 8, j)) + m;
}

void q8_0(const Byte* block, float* y) {
    const float d = f16_at(block);
    for (int j = 0; j < 32; ++j)
        y[j] = d * static_cast<float>(signed_byte(block[2 + j]));
}

void iq4_nl(const Byte* block, float* y) {
    const float d = f16_at(block);
    for (int j = 0; j < 32; ++j)
        y[j] = d * iq4_values[nibble(block + 2, j)];
}

void mxfp4(const Byte* block, float* y) {
    const float half_scale = std::bit_cast<float>(mxfp4_half_scale_bits(block[0]));
    for (int j = 0; j < 32; ++j)
        y[j] = half_scale * mxfp4_doubled_values[nibble(block + 1, j)];
}

// Blocks of 256 -------------------------------------------------------------------------------------------

void q2_k(const Byte* block, float* y) {
    const Byte* scales = block;
    const Byte* codes = block + 16;
    const float d = f16_at(block + 80);
    const float dmin = f16_at(block + 82);
    for (int i = 0; i < 256; ++i) {
        const int half = i / 128;
        const int group = i / 32 % 4;
        const int lane = i % 32;
        const int code = (codes[half * 32 + lane] >> (2 * group)) & 3;
        const Byte scale = scales[half * 8 + group * 2 + lane / 16];
        const float step = d * static_cast<float>(scale & 15);
        const float minimum = dmin * static_cast<float>(scale >> 4);
        y[i] = step * static_cast<float>(code) - minimum;
    }
}

void q3_k(const Byte* block, float* y) {
    const Byte* high = block;
    const Byte* codes = block + 32;
    const Byte* scales = block + 96;
    const float d = f16_at(block + 108);
    for (int i = 0; i < 256; ++i) {
        const int half = i / 128;
        const int group = i / 32 % 4;
        const int lane = i % 32;
        const int j = half * 8 + group * 2 + lane / 16;
        const int scale_low = j < 8 ? scales[j] & 15 : scales[j - 8] >> 4;
        const int scale_high = (scales[8 + j % 4] >> (2 * (j / 4))) & 3;
        int code = (codes[half * 32 + lane] >> (2 * group)) & 3;
        if (((high[lane] >> (half * 4 + group)) & 1) == 0) code -= 4;
        const float step = d * static_cast<float>((scale_low | (scale_high << 4)) - 32);
        y[i] = step * static_cast<float>(code);
    }
}

struct ScaleAndMin {
    int scale;
    int minimum;
};

/// The eight pairs of six bits in the twelve bytes that Q4_K and Q5_K share.
ScaleAndMin six_bit_pair(const Byte* s, int j) {
    if (j < 4) return {s[j] & 63, s[j + 4] & 63};
    return {(s[j + 4] & 15) | ((s[j - 4] >> 6) << 4), (s[j + 4] >> 4) | ((s[j] >> 6) << 4)};
}

void q4_k(const Byte* block, float* y) {
    const float d = f16_at(block);
    const float dmin = f16_at(block + 2);
    for (int j = 0; j < 8; ++j) {
        const ScaleAndMin pair = six_bit_pair(block + 4, j);
        const float step = d * static_cast<float>(pair.scale);
        const float minimum = dmin * static_cast<float>(pair.minimum);
        const Byte* codes = block + 16 + 32 * (j / 2);
        for (int l = 0; l < 32; ++l)
            y[32 * j + l] = step * static_cast<float>((codes[l] >> (4 * (j % 2))) & 15) - minimum;
    }
}

void q5_k(const Byte* block, float* y) {
    const float d = f16_at(block);
    const float dmin = f16_at(block + 2);
    const Byte* high = block + 16;
    for (int j = 0; j < 8; ++j) {
        const ScaleAndMin pair = six_bit_pair(block + 4, j);
        const float step = d * static_cast<float>(pair.scale);
        const float minimum = dmin * static_cast<float>(pair.minimum);
        const Byte* codes = block + 48 + 32 * (j / 2);
        for (int l = 0; l < 32; ++l) {
            const int code = ((codes[l] >> (4 * (j % 2))) & 15) | (((high[l] >> j) & 1) << 4);
            y[32 * j + l] = step * static_cast<float>(code) - minimum;
        }
    }
}

void q6_k(const Byte* block, float* y) {
    const float d = f16_at(block + 208);
    for (int half = 0; half < 2; ++half) {
        const Byte* low = block + 64 * half;
        const Byte* high = block + 128 + 32 * half;
        const Byte* scales = block + 192 + 8 * half;
        for (int quarter = 0; quarter < 4; ++quarter) {
            for (int l = 0; l < 32; ++l) {
                const int low_bits = (low[32 * (quarter % 2) + l] >> (4 * (quarter / 2))) & 15;
                const int code = (low_bits | (((high[l] >> (2 * quarter)) & 3) << 4)) - 32;
                const float step = d * static_cast<float>(signed_byte(scales[2 * quarter + l / 16]));
                y[128 * half + 32 * quarter + l] = step * static_cast<float>(code);
            }
        }
    }
}

void iq4_xs(const Byte* block, float* y) {
    const float d = f16_at(block);
    const unsigned scales_high = u16_at(block + 2);
    const Byte* scales_low = block + 4;
    for (int i = 0; i < 8; ++i) {
        const unsigned low = (scales_low[i / 2] >> (4 * (i % 2))) & 15U;
        const unsigned high = (scales_high >> (2U * static_cast<unsigned>(i))) & 3U;
        const float step = d * static_cast<float>(static_cast<int>(low | (high << 4U)) - 32);
        for (int j = 0; j < 32; ++j)
            y[32 * i + j] = step * iq4_values[nibble(block + 8 + 16 * i, j)];
    }
}

template <int values, int bytes, void (*decode)(const Byte*, float*)>
void blocks(const Byte* source, std::int64_t count, float* destination) {
    for (std::int64_t i = 0; i < count; i += values, source += bytes)
        decode(source, destination + i);
}

} // namespace

void dequantize(Format format, const std::byte* source, std::int64_t values, float* destination) {
    const auto* p = reinterpret_cast<const Byte*>(source); // NOLINT: bytes are bytes
    switch (format) {
    case Format::f32:
        if (values > 0) std::memcpy(destination, p, static_cast<std::size_t>(values) * sizeof(float));
        return;
    case Format::f16:
        for (std::int64_t i = 0; i < values; ++i)
            destination[i] = f16_at(p + 2 * i);
        return;
    case Format::bf16:
        for (std::int64_t i = 0; i < values; ++i)
            destination[i] = bf16_to_f32(u16_at(p + 2 * i));
        return;
    case Format::q4_0:
        return blocks<32, 18, q4_0>(p, values, destination);
    case Format::q4_1:
        return blocks<32, 20, q4_1>(p, values, destination);
    case Format::q5_0:
        return blocks<32, 22, q5_0>(p, values, destination);
    case Format::q5_1:
        return blocks<32, 24, q5_1>(p, values, destination);
    case Format::q8_0:
        return blocks<32, 34, q8_0>(p, values, destination);
    case Format::iq4_nl:
        return blocks<32, 18, iq4_nl>(p, values, destination);
    case Format::mxfp4:
        return blocks<32, 17, mxfp4>(p, values, destination);
    case Format::q2_k:
        return blocks<256, 84, q2_k>(p, values, destination);
    case Format::q3_k:
        return blocks<256, 110, q3_k>(p, values, destination);
    case Format::q4_k:
        return blocks<256, 144, q4_k>(p, values, destination);
    case Format::q5_k:
        return blocks<256, 176, q5_k>(p, values, destination);
    case Format::q6_k:
        return blocks<256, 210, q6_k>(p, values, destination);
    case Format::iq4_xs:
        return blocks<256, 136, iq4_xs>(p, values, destination);
    }
}

} // namespace spoutnik::kernels
