// SPDX-License-Identifier: MIT
// The quantised formats as tensor cores take them (kernels/format_dequantize.cpp is their definition).
//
// A chunk is 256 columns of a row. Of its eight groups of 32 columns, lane i of the four that share a row of
// a fragment holds columns 4 i ... 4 i + 3 and 16 + 4 i ... of each: the signed codes words[2 group + half].
// A sum over them is an inner product of whole numbers; scales are applied to the sums.
//
//   values, bytes      of a block; a chunk is 256 / values of them
//   scale_groups       of a block of 256: 8 or 16 signed scales, which multiply the sums as whole numbers
//   minimum            a second factor: of each group (blocks of 256) or of the whole block
//   codes(chunk, i, words)
// Blocks of 32:  scale(block), minimum_of(block), read from any address
// Blocks of 256: scale, minimum_of, scales(chunk, packed), minima(chunk, i): four factors, groups 4 i ...
#pragma once

#include "kernels/cuda/codec_words.cuh"
#include "kernels/format.h"
#include "kernels/format_tables.h"

#include <cstdint>

namespace spoutnik::kernels::cuda {

template <Format format>
struct Codec;

using Words = std::uint32_t[16];

/// f16 at an even address.
__device__ __forceinline__ float half_at(const unsigned char* p) {
    return f16_of_bits(*reinterpret_cast<const std::uint16_t*>(p));
}

// Blocks of 32 ----------------------------------------------------------------------------------------------

template <int block_bytes>
struct Blocks32 {
    static constexpr int values = 32;
    static constexpr int bytes = block_bytes;
    static constexpr int scale_groups = 0;
    static constexpr bool minimum = false;
    using Bytes = AlignedBytes;
    static __device__ __forceinline__ float scale(const unsigned char* block) { return half_at(block); }
    static __device__ __forceinline__ float minimum_of(const unsigned char*) { return 0.0F; }
};

template <int block_bytes>
struct Blocks32WithMinimum : Blocks32<block_bytes> {
    static constexpr bool minimum = true;
    /// Added, not taken away: the sum's factor is its negative.
    static __device__ __forceinline__ float minimum_of(const unsigned char* block) {
        return -half_at(block + 2);
    }
};

template <>
struct Codec<Format::q4_0> : Blocks32<18> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            const std::uint32_t w = chunk.word(18 * block + 2, i);
            words[2 * block] = less<8>(w & 0x0F0F0F0FU);
            words[2 * block + 1] = less<8>((w >> 4U) & 0x0F0F0F0FU);
        }
    }
};

template <>
struct Codec<Format::q4_1> : Blocks32WithMinimum<20> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            const std::uint32_t w = chunk.word(20 * block + 4, i);
            words[2 * block] = w & 0x0F0F0F0FU;
            words[2 * block + 1] = (w >> 4U) & 0x0F0F0F0FU;
        }
    }
};

/// Q5_0 and Q5_1: the fifth bits of the 32 codes in one word before the nibbles.
template <int block_bytes, int high_at>
__device__ __forceinline__ void five_bit_codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
    for (int block = 0; block < 8; ++block) {
        const std::uint32_t high = chunk.word(block_bytes * block + high_at) >> (4 * i);
        const std::uint32_t w = chunk.word(block_bytes * block + high_at + 4, i);
        words[2 * block] = (w & 0x0F0F0F0FU) | spread_bits<4>(high);
        words[2 * block + 1] = ((w >> 4U) & 0x0F0F0F0FU) | spread_bits<4>(high >> 16U);
    }
}

template <>
struct Codec<Format::q5_0> : Blocks32<22> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
        five_bit_codes<22, 2>(chunk, i, words);
#pragma unroll
        for (std::uint32_t& word : words)
            word = less<16>(word);
    }
};

template <>
struct Codec<Format::q5_1> : Blocks32WithMinimum<24> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
        five_bit_codes<24, 4>(chunk, i, words);
    }
};

template <>
struct Codec<Format::q8_0> : Blocks32<34> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            words[2 * block] = chunk.word(34 * block + 2, i);
            words[2 * block + 1] = chunk.word(34 * block + 18, i);
        }
    }
};

/// iq4_values as bytes.
__device__ __forceinline__ Nibbles iq4_codes(std::uint32_t word) {
    constexpr std::uint32_t table[4] = {0xBFAD9881U, 0xF6EADDCFU, 0x26190D01U, 0x71594535U};
    return look_up(word, table);
}

template <>
struct Codec<Format::iq4_nl> : Blocks32<18> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            const Nibbles values = iq4_codes(chunk.word(18 * block + 2, i));
            words[2 * block] = values.low;
            words[2 * block + 1] = values.high;
        }
    }
};

template <>
struct Codec<Format::mxfp4> : Blocks32<17> {
    using Bytes = AnyBytes;
    static __device__ __forceinline__ float scale(const unsigned char* block) {
        return __uint_as_float(mxfp4_half_scale(*block));
    }
    static __device__ __forceinline__ void codes(AnyBytes chunk, int i, Words& words) {
        // mxfp4_doubled_values as bytes
        constexpr std::uint32_t table[4] = {0x03020100U, 0x0C080604U, 0xFDFEFF00U, 0xF4F8FAFCU};
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            const Nibbles values = look_up(chunk.word(17 * block + 1, i), table);
            words[2 * block] = values.low;
            words[2 * block + 1] = values.high;
        }
    }

  private:
    /// mxfp4_half_scale_bits of format_tables.h, which nvcc would take for a function of the host.
    static __device__ __forceinline__ std::uint32_t mxfp4_half_scale(std::uint32_t e) {
        return e < 2U ? 0x00200000U << e : (e - 1U) << 23U;
    }
};

// Blocks of 256 ---------------------------------------------------------------------------------------------

template <int block_bytes, int groups, bool has_minimum>
struct Blocks256 {
    static constexpr int values = 256;
    static constexpr int bytes = block_bytes;
    static constexpr int scale_groups = groups;
    static constexpr bool minimum = has_minimum;
    using Bytes = AlignedBytes;
    static __device__ __forceinline__ float minimum_of(AlignedBytes) { return 0.0F; }
    static __device__ __forceinline__ std::uint32_t minima(AlignedBytes, int) { return 0; }
};

template <>
struct Codec<Format::q2_k> : Blocks256<84, 16, true> {
    static __device__ __forceinline__ float scale(AlignedBytes chunk) { return f16_of_bits(chunk.half(80)); }
    static __device__ __forceinline__ float minimum_of(AlignedBytes chunk) {
        return f16_of_bits(chunk.half(82));
    }
    static __device__ __forceinline__ void scales(AlignedBytes chunk, std::uint32_t (&packed)[4]) {
#pragma unroll
        for (int k = 0; k < 4; ++k)
            packed[k] = chunk.word(4 * k) & 0x0F0F0F0FU;
    }
    static __device__ __forceinline__ std::uint32_t minima(AlignedBytes chunk, int i) {
        return (chunk.word(0, i) >> 4U) & 0x0F0F0F0FU;
    }
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int part = 0; part < 4; ++part) { // half of the block, half of each group
            const std::uint32_t w = chunk.word(16 + 16 * part, i);
#pragma unroll
            for (int group = 0; group < 4; ++group)
                words[2 * (part / 2 * 4 + group) + part % 2] = (w >> (2 * group)) & 0x03030303U;
        }
    }
};

/// Twelve bytes at `offset` hold sixteen scales of six bits, 32 too large.
template <class Bytes>
__device__ __forceinline__ void sixteen_scales(Bytes chunk, int offset, std::uint32_t (&packed)[4]) {
    const std::uint32_t a = chunk.word(offset);
    const std::uint32_t b = chunk.word(offset + 4);
    const std::uint32_t twos = chunk.word(offset + 8);
    packed[0] = less<32>((a & 0x0F0F0F0FU) | move_bits(twos, 0, 4, 3U));
    packed[1] = less<32>((b & 0x0F0F0F0FU) | move_bits(twos, 2, 4, 3U));
    packed[2] = less<32>(((a >> 4U) & 0x0F0F0F0FU) | move_bits(twos, 4, 4, 3U));
    packed[3] = less<32>(((b >> 4U) & 0x0F0F0F0FU) | move_bits(twos, 6, 4, 3U));
}

template <>
struct Codec<Format::q3_k> : Blocks256<110, 16, false> {
    using Bytes = AnyBytes;
    static __device__ __forceinline__ float scale(AnyBytes chunk) { return f16_of_bits(chunk.half(108)); }
    static __device__ __forceinline__ float minimum_of(AnyBytes) { return 0.0F; }
    static __device__ __forceinline__ std::uint32_t minima(AnyBytes, int) { return 0; }
    static __device__ __forceinline__ void scales(AnyBytes chunk, std::uint32_t (&packed)[4]) {
        sixteen_scales(chunk, 96, packed);
    }
    static __device__ __forceinline__ void codes(AnyBytes chunk, int i, Words& words) {
        const std::uint32_t high[2] = {chunk.word(0, i), chunk.word(16, i)};
#pragma unroll
        for (int part = 0; part < 4; ++part) {
            const std::uint32_t w = chunk.word(32 + 16 * part, i);
#pragma unroll
            for (int of_four = 0; of_four < 4; ++of_four) {
                const int group = part / 2 * 4 + of_four;
                words[2 * group + part % 2] =
                    less<4>(((w >> (2 * of_four)) & 0x03030303U) | move_bits(high[part % 2], group, 2, 1U));
            }
        }
    }
};

/// Twelve bytes at 4 hold eight scales and eight minima of six bits (Q4_K, Q5_K).
template <int block_bytes>
struct Blocks256SixBits : Blocks256<block_bytes, 8, true> {
    static __device__ __forceinline__ float scale(AlignedBytes chunk) { return f16_of_bits(chunk.half(0)); }
    static __device__ __forceinline__ float minimum_of(AlignedBytes chunk) {
        return f16_of_bits(chunk.half(2));
    }
    static __device__ __forceinline__ void scales(AlignedBytes chunk, std::uint32_t (&packed)[2]) {
        const std::uint32_t a = chunk.word(4);
        packed[0] = a & 0x3F3F3F3FU;
        packed[1] = (chunk.word(12) & 0x0F0F0F0FU) | move_bits(a, 6, 4, 3U);
    }
    static __device__ __forceinline__ std::uint32_t minima(AlignedBytes chunk, int i) {
        const std::uint32_t b = chunk.word(8);
        const std::uint32_t late = ((chunk.word(12) >> 4U) & 0x0F0F0F0FU) | move_bits(b, 6, 4, 3U);
        return i == 0 ? b & 0x3F3F3F3FU : (i == 1 ? late : 0U);
    }
};

template <>
struct Codec<Format::q4_k> : Blocks256SixBits<144> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int pair = 0; pair < 4; ++pair) // of groups
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const std::uint32_t w = chunk.word(16 + 32 * pair + 16 * half, i);
                words[4 * pair + half] = w & 0x0F0F0F0FU;
                words[4 * pair + 2 + half] = (w >> 4U) & 0x0F0F0F0FU;
            }
    }
};

template <>
struct Codec<Format::q5_k> : Blocks256SixBits<176> {
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
        const std::uint32_t high[2] = {chunk.word(16, i), chunk.word(32, i)};
#pragma unroll
        for (int pair = 0; pair < 4; ++pair)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const std::uint32_t w = chunk.word(48 + 32 * pair + 16 * half, i);
                words[4 * pair + half] = (w & 0x0F0F0F0FU) | move_bits(high[half], 2 * pair, 4, 1U);
                words[4 * pair + 2 + half] =
                    ((w >> 4U) & 0x0F0F0F0FU) | move_bits(high[half], 2 * pair + 1, 4, 1U);
            }
    }
};

template <>
struct Codec<Format::q6_k> : Blocks256<210, 16, false> {
    using Bytes = AnyBytes;
    static __device__ __forceinline__ float scale(AnyBytes chunk) { return f16_of_bits(chunk.half(208)); }
    static __device__ __forceinline__ float minimum_of(AnyBytes) { return 0.0F; }
    static __device__ __forceinline__ std::uint32_t minima(AnyBytes, int) { return 0; }
    static __device__ __forceinline__ void scales(AnyBytes chunk, std::uint32_t (&packed)[4]) {
#pragma unroll
        for (int k = 0; k < 4; ++k)
            packed[k] = chunk.word(192 + 4 * k);
    }
    static __device__ __forceinline__ void codes(AnyBytes chunk, int i, Words& words) {
#pragma unroll
        for (int of_block = 0; of_block < 2; ++of_block)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const std::uint32_t high = chunk.word(128 + 32 * of_block + 16 * half, i);
#pragma unroll
                for (int pair = 0; pair < 2; ++pair) {
                    const std::uint32_t w = chunk.word(64 * of_block + 32 * pair + 16 * half, i);
                    const int group = 4 * of_block + pair; // and the one two further on
                    words[2 * group + half] = less<32>((w & 0x0F0F0F0FU) | move_bits(high, 2 * pair, 4, 3U));
                    words[2 * group + 4 + half] =
                        less<32>(((w >> 4U) & 0x0F0F0F0FU) | move_bits(high, 2 * pair + 4, 4, 3U));
                }
            }
    }
};

template <>
struct Codec<Format::iq4_xs> : Blocks256<136, 8, false> {
    static __device__ __forceinline__ float scale(AlignedBytes chunk) { return f16_of_bits(chunk.half(0)); }
    static __device__ __forceinline__ void scales(AlignedBytes chunk, std::uint32_t (&packed)[2]) {
        const std::uint32_t twos = chunk.half(2);
        const std::uint32_t fours = chunk.word(4);
#pragma unroll
        for (int k = 0; k < 2; ++k) {
            const std::uint32_t doubled = __byte_perm(fours >> (16 * k), 0U, 0x1100U); // each byte twice
            const std::uint32_t low = (doubled & 0x000F000FU) | ((doubled >> 4U) & 0x0F000F00U);
            const std::uint32_t four = (twos >> (8 * k)) & 0xFFU; // pairs of bits
            const std::uint32_t high = (four | four << 6U | four << 12U | four << 18U) & 0x03030303U;
            packed[k] = less<32>(low | (high << 4U));
        }
    }
    static __device__ __forceinline__ void codes(AlignedBytes chunk, int i, Words& words) {
#pragma unroll
        for (int block = 0; block < 8; ++block) {
            const Nibbles values = iq4_codes(chunk.word(8 + 16 * block, i));
            words[2 * block] = values.low;
            words[2 * block + 1] = values.high;
        }
    }
};

} // namespace spoutnik::kernels::cuda
