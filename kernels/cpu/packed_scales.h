// SPDX-License-Identifier: MIT
// The packed scales of the blocks of 256, unpacked with a few integer operations for the vector decoders.
// In an unnamed namespace, for the reason given in table.h.
#pragma once

#include <cstdint>
#include <cstring>

namespace spoutnik::kernels {
namespace {

/// Q4_K and Q5_K: eight scales and eight minima of six bits, a byte each.
struct SixBitPairs {
    std::uint64_t scales;
    std::uint64_t minima;

    explicit SixBitPairs(const std::uint8_t* twelve_bytes) {
        std::uint32_t a = 0; // scales 0-3, and above them two bits of scales 4-7
        std::uint32_t b = 0; // the same of the minima
        std::uint32_t c = 0; // low nibbles of scales 4-7, then of minima 4-7
        std::memcpy(&a, twelve_bytes, 4);
        std::memcpy(&b, twelve_bytes + 4, 4);
        std::memcpy(&c, twelve_bytes + 8, 4);
        const std::uint32_t late_scales = (c & 0x0F0F0F0FU) | ((a >> 2U) & 0x30303030U);
        const std::uint32_t late_minima = ((c >> 4U) & 0x0F0F0F0FU) | ((b >> 2U) & 0x30303030U);
        scales = (a & 0x3F3F3F3FU) | (static_cast<std::uint64_t>(late_scales) << 32U);
        minima = (b & 0x3F3F3F3FU) | (static_cast<std::uint64_t>(late_minima) << 32U);
    }
};

/// Q3_K: sixteen signed scales.
struct SixteenScales {
    std::int8_t bytes[16];
};

SixteenScales q3_k_scales(const std::uint8_t* twelve_bytes) {
    SixteenScales scales{};
    for (int j = 0; j < 16; ++j) {
        const int low = j < 8 ? twelve_bytes[j] & 15 : twelve_bytes[j - 8] >> 4;
        const int high = (twelve_bytes[8 + j % 4] >> (2 * (j / 4))) & 3;
        scales.bytes[j] = static_cast<std::int8_t>((low | (high << 4)) - 32);
    }
    return scales;
}

/// IQ4_XS: the scale of sub-block i.
int iq4_xs_scale(const std::uint8_t* block, int i) {
    const int low = (block[4 + i / 2] >> (4 * (i % 2))) & 15;
    const int high = (block[2 + i / 4] >> (2 * (i % 4))) & 3;
    return (low | (high << 4)) - 32;
}

} // namespace
} // namespace spoutnik::kernels
