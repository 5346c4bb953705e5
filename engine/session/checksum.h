// SPDX-License-Identifier: MIT
// A fast 64-bit hash against damage and mix-ups, at the speed of the memory. Not for secrets: who wants to
// make two texts with one value can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace spoutnik::engine {

/// Any change of up to eight neighbouring bytes changes it for certain, others but for one in 2^64. A hash of
/// many pieces: each gets the one before as its seed.
std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed = 0);

/// Spreads every bit over all others; no two values give the same one.
constexpr std::uint64_t spread_bits(std::uint64_t x) {
    x ^= x >> 32U;
    x *= 0xd6e8feb86659fd93U;
    x ^= x >> 29U;
    x *= 0xa0761d6478bd642fU;
    x ^= x >> 32U;
    return x;
}

} // namespace spoutnik::engine
