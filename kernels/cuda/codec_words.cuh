// SPDX-License-Identifier: MIT
// Reading the bytes of quantised weights in shared memory, and arithmetic on four codes in a word.
#pragma once

#include "kernels/cuda/dialect.cuh"

#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Where a chunk of a row begins in shared memory: at a multiple of 4 bytes, so that the offsets which a
/// codec knows at compile time say which words a value straddles.
struct AlignedBytes {
    const std::uint32_t* words;

    __device__ __forceinline__ explicit AlignedBytes(const unsigned char* p)
        : words(reinterpret_cast<const std::uint32_t*>(p)) {}

    /// Four bytes from `offset` + 4 i on.
    __device__ __forceinline__ std::uint32_t word(int offset, int i = 0) const {
        const std::uint32_t* at = words + offset / 4 + i;
        if (offset % 4 == 0) return at[0];
        return __funnelshift_r(at[0], at[1], static_cast<unsigned>(offset % 4 * 8));
    }
    __device__ __forceinline__ std::uint32_t half(int offset) const {
        if (offset % 4 == 3) return word(offset) & 0xFFFFU;
        return (words[offset / 4] >> (offset % 4 * 8)) & 0xFFFFU;
    }
};

/// The same for formats whose blocks are no multiple of 4 bytes: any address, known as it runs.
struct AnyBytes {
    const std::uint32_t* words;
    unsigned shift; ///< bits

    __device__ __forceinline__ explicit AnyBytes(const unsigned char* p)
        : words(reinterpret_cast<const std::uint32_t*>(p - reinterpret_cast<std::uintptr_t>(p) % 4)),
          shift(static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(p) % 4 * 8)) {}

    __device__ __forceinline__ std::uint32_t word(int offset, int i = 0) const {
        const unsigned bits = shift + static_cast<unsigned>(offset % 4 * 8);
        const std::uint32_t* at = words + offset / 4 + i + (bits >= 32U ? 1 : 0);
        return __funnelshift_r(at[0], at[1], bits % 32U);
    }
    __device__ __forceinline__ std::uint32_t half(int offset) const { return word(offset) & 0xFFFFU; }
};

/// Four codes below 128 less `offset` each, as signed bytes: no borrow crosses a byte.
template <unsigned offset>
__device__ __forceinline__ std::uint32_t less(std::uint32_t codes) {
    return (codes + (0x80U - offset) * 0x01010101U) ^ 0x80808080U;
}

/// Four bits, a byte each, at bit `place` of it.
template <unsigned place>
__device__ __forceinline__ std::uint32_t spread_bits(std::uint32_t four) {
    return (four & 15U) * (0x00204081U << place) & (0x01010101U << place);
}

/// Bit `from` of each byte moved to bit `to`.
__device__ __forceinline__ std::uint32_t move_bits(std::uint32_t word, int from, int to, unsigned mask) {
    return (from > to ? word >> (from - to) : word << (to - from)) & (mask * 0x01010101U << to);
}

/// Byte `i` of some words, signed.
__device__ __forceinline__ int signed_byte_of(const std::uint32_t* words, int i) {
    return static_cast<std::int8_t>(words[i / 4] >> (i % 4 * 8));
}

/// The values behind the low and the high nibbles of four bytes, from a table of 16 bytes.
struct Nibbles {
    std::uint32_t low;
    std::uint32_t high;
};
__device__ __forceinline__ std::uint32_t look_up_four(std::uint32_t codes, const std::uint32_t (&table)[4]) {
    const std::uint32_t in_eight = codes & 0x7777U;
    const std::uint32_t which_eight = 0x3210U | ((codes & 0x8888U) >> 1U);
    return __byte_perm(__byte_perm(table[0], table[1], in_eight), __byte_perm(table[2], table[3], in_eight),
                       which_eight);
}
__device__ __forceinline__ Nibbles look_up(std::uint32_t word, const std::uint32_t (&table)[4]) {
    const std::uint32_t first = look_up_four(word, table); // low, high, low, high of the first two bytes
    const std::uint32_t second = look_up_four(word >> 16U, table);
    return {__byte_perm(first, second, 0x6420U), __byte_perm(first, second, 0x7531U)};
}

} // namespace spoutnik::kernels::cuda
