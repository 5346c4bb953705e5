// SPDX-License-Identifier: MIT
#include "engine/session/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace spoutnik::engine {
namespace {

constexpr std::size_t lane_count = 4; // as many multiplications as a core has under way
constexpr std::size_t word_bytes = sizeof(std::uint64_t);

/// Each step can be undone when the word is known: a changed word cannot end in the same state. The words are
/// spread before they meet it, since a product alone carries nothing from high bits to low ones: otherwise
/// two single bits, one a word, could cancel each other.
std::uint64_t absorb(std::uint64_t state, std::uint64_t word) {
    return (std::rotl(state, 29) ^ (word * 0x9fb21c651e98df25U)) * 0xc2b2ae3d27d4eb4fU;
}

std::uint64_t word_at(const std::byte* bytes, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    return word;
}

} // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed) {
    std::array<std::uint64_t, lane_count> lanes{};
    for (std::size_t i = 0; i < lane_count; ++i)
        lanes[i] = spread_bits(seed + i + 1);
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= lane_count * word_bytes; left -= lane_count * word_bytes)
        for (std::uint64_t& lane : lanes) {
            lane = absorb(lane, word_at(at, word_bytes));
            at += word_bytes;
        }
    for (std::size_t i = 0; left > 0; ++i) {
        const std::size_t count = std::min(left, word_bytes);
        lanes[i] = absorb(lanes[i], word_at(at, count));
        at += count;
        left -= count;
    }
    std::uint64_t all = spread_bits(bytes.size());
    for (const std::uint64_t lane : lanes)
        all = spread_bits(all + lane);
    return all;
}

} // namespace spoutnik::engine
