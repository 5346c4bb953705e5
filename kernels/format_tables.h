// SPDX-License-Identifier: MIT
// The constants of the non-linear four-bit formats. Only data and a constexpr function: the translation units
// that are compiled for one instruction set include it too.
#pragma once

#include <cstdint>

namespace spoutnik::kernels {

/// IQ4_NL and IQ4_XS: the value behind each code.
inline constexpr float iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                         1,    13,   25,  38,  53,  69,  89,  113};

/// MXFP4: twice the FP4 (E2M1) value behind each code.
inline constexpr float mxfp4_doubled_values[16] = {0,     1,  2,  3,  4,  6,  8,  12,
                                                   -0.0F, -1, -2, -3, -4, -6, -8, -12};

/// MXFP4: the bits of the f32 2^(e - 128), half of the block's scale. The half keeps e = 255 finite, and for
/// e = 0 and 1 it is subnormal, which a plain shift of the exponent would miss.
static constexpr std::uint32_t mxfp4_half_scale_bits(std::uint8_t e) {
    return e < 2 ? 0x00200000U << e : static_cast<std::uint32_t>(e - 1U) << 23U;
}

} // namespace spoutnik::kernels
