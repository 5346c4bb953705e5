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

/// Q3_K: sixteen scales, before 32 is taken away.
struct SixteenScales {
    alignas(16) std::uint8_t bytes[16];

    explicit SixteenScales(const std::uint8_t* twelve_bytes) {
        std::uint32_t a = 0; // low nibbles of scales 0-3, then of 8-11
        std::uint32_t b = 0; // low nibbles of scales 4-7, then of 12-15
        std::uint32_t c = 0; // two more bits of each
        std::memcpy(&a, twelve_bytes, 4);
        std::memcpy(&b, twelve_bytes + 4, 4);
        std::memcpy(&c, twelve_bytes + 8, 4);
        const std::uint32_t fours[4] = {
            (a & 0x0F0F0F0FU) | ((c << 4U) & 0x30303030U),
            (b & 0x0F0F0F0FU) | ((c << 2U) & 0x30303030U),
            ((a >> 4U) & 0x0F0F0F0FU) | (c & 0x30303030U),
            ((b >> 4U) & 0x0F0F0F0FU) | ((c >> 2U) & 0x30303030U),
        };
        std::memcpy(bytes, fours, 16);
    }
};

/// IQ4_XS: eight scales of a block, a byte each, before 32 is taken away.
std::uint64_t iq4_xs_scales(const std::uint8_t* block) {
    std::uint16_t twos = 0;
    std::uint32_t fours = 0;
    std::memcpy(&twos, block + 2, 2);
    std::memcpy(&fours, block + 4, 4);
    std::uint64_t low = fours; // spread the nibbles, a byte each
    low = (low | (low << 16U)) & 0x0000FFFF0000FFFFULL;
    low = (low | (low << 8U)) & 0x00FF00FF00FF00FFULL;
    low = (low | (low << 4U)) & 0x0F0F0F0F0F0F0F0FULL;
    std::uint64_t high = twos; // spread the pairs of bits
    high = (high | (high << 24U)) & 0x000000FF000000FFULL;
    high = (high | (high << 12U)) & 0x000F000F000F000FULL;
    high = (high | (high << 6U)) & 0x0303030303030303ULL;
    return low | (high << 4U);
}

/// Makes the compiler keep `values` in memory: from there a value reaches all lanes for the price of a load,
/// while it would otherwise spend the scarce shuffles of the decoders on taking registers apart.
template <class Array>
void keep_in_memory(Array& values) {
    asm("" : "+m"(values)); // NOLINT(hicpp-no-assembler)
}

} // namespace
} // namespace spoutnik::kernels
