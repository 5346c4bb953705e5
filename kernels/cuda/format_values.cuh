// SPDX-License-Identifier: MIT
// One value of a block of weights, with the bits of kernels/format_dequantize.cpp: the same products in the
// same order, each rounded. For what reads few rows (embeddings); products have codecs of their own.
#pragma once

#include "kernels/cuda/dialect.cuh"
#include "kernels/format.h"

namespace spoutnik::kernels::cuda {

using Byte = unsigned char;

__device__ __forceinline__ unsigned u16_at(const Byte* p) {
    return p[0] | static_cast<unsigned>(p[1]) << 8U;
}
__device__ __forceinline__ float f16_at(const Byte* p) {
    return f16_of_bits(static_cast<std::uint16_t>(u16_at(p)));
}
/// The low nibbles of 16 bytes are values 0 ... 15, the high ones 16 ... 31.
__device__ __forceinline__ int nibble(const Byte* bytes, int j) {
    return j < 16 ? bytes[j] & 15 : bytes[j - 16] >> 4;
}
__device__ __forceinline__ int five_bits(const Byte* high, const Byte* low, int j) {
    return nibble(low, j) | (high[j / 8] >> (j % 8) & 1) << 4;
}
__device__ __forceinline__ float iq4_value(int code) {
    constexpr signed char values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};
    return static_cast<float>(values[code]);
}
/// Twice the FP4 value; code 8 is -0.
__device__ __forceinline__ float mxfp4_doubled(int code) {
    constexpr signed char values[8] = {0, 1, 2, 3, 4, 6, 8, 12};
    const auto magnitude = static_cast<float>(values[code & 7]);
    return code < 8 ? magnitude : -magnitude;
}
__device__ __forceinline__ float mxfp4_half_scale(Byte e) {
    return __uint_as_float(e < 2 ? 0x00200000U << e : static_cast<std::uint32_t>(e - 1) << 23U);
}

struct ScaleAndMinimum {
    int scale;
    int minimum;
};
/// Of group j of Q4_K and Q5_K: six bits each, in twelve bytes.
__device__ __forceinline__ ScaleAndMinimum six_bit_pair(const Byte* s, int j) {
    if (j < 4) return {s[j] & 63, s[j + 4] & 63};
    return {(s[j + 4] & 15) | (s[j - 4] >> 6) << 4, (s[j + 4] >> 4) | (s[j] >> 6) << 4};
}

/// step * code - minimum with both factors of 4 to 6 bits.
__device__ __forceinline__ float with_minimum(const Byte* d, const Byte* dmin, int scale, int minimum,
                                              int code) {
    const float step = f16_at(d) * static_cast<float>(scale);
    const float least = f16_at(dmin) * static_cast<float>(minimum);
    return step * static_cast<float>(code) - least;
}

/// Value i of the block.
template <Format format>
__device__ __forceinline__ float value_of(const Byte* b, int i) {
    const int half = i / 128; // in blocks of 256: halves of four groups of 32
    const int group = i / 32 % 4;
    const int lane = i % 32;
    if constexpr (format == Format::f32) {
        return __uint_as_float(u16_at(b) | u16_at(b + 2) << 16U);
    } else if constexpr (format == Format::f16) {
        return f16_at(b);
    } else if constexpr (format == Format::bf16) {
        return bf16_of_bits(static_cast<std::uint16_t>(u16_at(b)));
    } else if constexpr (format == Format::q4_0) {
        return f16_at(b) * static_cast<float>(nibble(b + 2, i) - 8);
    } else if constexpr (format == Format::q4_1) {
        return f16_at(b) * static_cast<float>(nibble(b + 4, i)) + f16_at(b + 2);
    } else if constexpr (format == Format::q5_0) {
        return f16_at(b) * static_cast<float>(five_bits(b + 2, b + 6, i) - 16);
    } else if constexpr (format == Format::q5_1) {
        return f16_at(b) * static_cast<float>(five_bits(b + 4, b + 8, i)) + f16_at(b + 2);
    } else if constexpr (format == Format::q8_0) {
        return f16_at(b) * static_cast<float>(static_cast<signed char>(b[2 + i]));
    } else if constexpr (format == Format::iq4_nl) {
        return f16_at(b) * iq4_value(nibble(b + 2, i));
    } else if constexpr (format == Format::mxfp4) {
        return mxfp4_half_scale(b[0]) * mxfp4_doubled(nibble(b + 1, i));
    } else if constexpr (format == Format::q2_k) {
        const int scale = b[half * 8 + group * 2 + lane / 16];
        return with_minimum(b + 80, b + 82, scale & 15, scale >> 4,
                            b[16 + half * 32 + lane] >> (2 * group) & 3);
    } else if constexpr (format == Format::q3_k) {
        const Byte* scales = b + 96;
        const int j = half * 8 + group * 2 + lane / 16;
        const int low = j < 8 ? scales[j] & 15 : scales[j - 8] >> 4;
        const int high = scales[8 + j % 4] >> (2 * (j / 4)) & 3;
        int code = b[32 + half * 32 + lane] >> (2 * group) & 3;
        if ((b[lane] >> (half * 4 + group) & 1) == 0) code -= 4;
        return f16_at(b + 108) * static_cast<float>((low | high << 4) - 32) * static_cast<float>(code);
    } else if constexpr (format == Format::q4_k || format == Format::q5_k) {
        const int j = i / 32;
        const ScaleAndMinimum pair = six_bit_pair(b + 4, j);
        const Byte* codes = b + (format == Format::q4_k ? 16 : 48) + 32 * (j / 2);
        int code = codes[lane] >> (4 * (j % 2)) & 15;
        if constexpr (format == Format::q5_k) code |= (b[16 + lane] >> j & 1) << 4;
        return with_minimum(b, b + 2, pair.scale, pair.minimum, code);
    } else if constexpr (format == Format::q6_k) {
        const int low = b[64 * half + 32 * (group % 2) + lane] >> (4 * (group / 2)) & 15;
        const int code = (low | (b[128 + 32 * half + lane] >> (2 * group) & 3) << 4) - 32;
        const auto scale = static_cast<signed char>(b[192 + 8 * half + 2 * group + lane / 16]);
        return f16_at(b + 208) * static_cast<float>(scale) * static_cast<float>(code);
    } else {
        static_assert(format == Format::iq4_xs);
        const int j = i / 32;
        const int low = b[4 + j / 2] >> (4 * (j % 2)) & 15;
        const int high = static_cast<int>(u16_at(b + 2) >> (2 * j)) & 3;
        return f16_at(b) * static_cast<float>((low | high << 4) - 32) *
               iq4_value(nibble(b + 8 + 16 * j, lane));
    }
}

/// run.operator()<format>() for the format that is only known now.
template <class Run>
void with_format(Format format, Run&& run) {
    switch (format) {
    case Format::f32:
        return run.template operator()<Format::f32>();
    case Format::f16:
        return run.template operator()<Format::f16>();
    case Format::bf16:
        return run.template operator()<Format::bf16>();
    case Format::q4_0:
        return run.template operator()<Format::q4_0>();
    case Format::q4_1:
        return run.template operator()<Format::q4_1>();
    case Format::q5_0:
        return run.template operator()<Format::q5_0>();
    case Format::q5_1:
        return run.template operator()<Format::q5_1>();
    case Format::q8_0:
        return run.template operator()<Format::q8_0>();
    case Format::iq4_nl:
        return run.template operator()<Format::iq4_nl>();
    case Format::mxfp4:
        return run.template operator()<Format::mxfp4>();
    case Format::q2_k:
        return run.template operator()<Format::q2_k>();
    case Format::q3_k:
        return run.template operator()<Format::q3_k>();
    case Format::q4_k:
        return run.template operator()<Format::q4_k>();
    case Format::q5_k:
        return run.template operator()<Format::q5_k>();
    case Format::q6_k:
        return run.template operator()<Format::q6_k>();
    case Format::iq4_xs:
        return run.template operator()<Format::iq4_xs>();
    }
}

} // namespace spoutnik::kernels::cuda
