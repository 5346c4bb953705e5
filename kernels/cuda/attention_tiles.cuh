// SPDX-License-Identifier: MIT
// The shared memory of the tiled attention, and the 16-bit arithmetic of each format of cache.
#pragma once

#include "kernels/cuda/attention_call.cuh"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

inline constexpr int tile_warps = 8;
inline constexpr int unit_values =
    8; ///< 16 bytes: what is copied, and what a matrix instruction reads, at once
inline constexpr int unit_bytes = 16;
inline constexpr int eight_units = 8 * unit_bytes;
inline constexpr int most_value_tiles = 8; ///< of 8 columns, a warp: 512 values
inline constexpr int values_a_step = 32;   ///< of a row of keys: two products of tensor cores

/// How a block of 16 * m_tiles queries is cut among its warps. For scores, warps stand m_warps down the
/// queries and n_warps along the positions; for values, each has some columns of all queries.
template <int m_tiles, int chunk_rows>
struct TileCut {
    static constexpr int queries = 16 * m_tiles;
    static constexpr int m_warps = m_tiles >= 4 ? 2 : 1;
    static constexpr int n_tiles = chunk_rows / 8;
    static constexpr int n_warps = tile_warps / m_warps < n_tiles ? tile_warps / m_warps : n_tiles;
    static constexpr int m_a_warp = m_tiles / m_warps;
    static constexpr int n_a_warp = n_tiles / n_warps;
};

/// Where things lie in a block's shared memory, in bytes. Rows are a multiple of 128 bytes and their 16-byte
/// units exchanged by the row's number (`unit_at`), so that eight rows of one column lie in eight different
/// groups of banks.
struct TileLayout {
    int key_pitch = 0;
    int value_pitch = 0;
    int stages = 1; ///< chunks held: one is multiplied while the next arrives
    int keys = 0;   ///< queries come first, at 0
    int values = 0; ///< the keys' place where values are keys
    int weights = 0;
    int floats = 0; ///< TileFloats
    int bytes = 0;
    int tiles_a_warp = 0; ///< of 8 columns of values; an even number
    bool is_q8_0 = false;
};

__device__ __forceinline__ unsigned char* unit_at(unsigned char* rows, int pitch, int row, int unit) {
    return rows + row * pitch + ((unit ^ (row & 7)) * unit_bytes);
}

/// What the warps tell each other about the block's queries.
template <int m_tiles, int chunk_rows>
struct TileFloats {
    using Cut = TileCut<m_tiles, chunk_rows>;
    union {
        float largest_here[Cut::queries * Cut::n_warps]; ///< score of a chunk, each warp's columns
        std::int64_t target[Cut::queries]; ///< at a segment's end: where the query's values go, or -1
    };
    float factor[Cut::queries];  ///< from products to scores in powers of 2
    float keep[Cut::queries];    ///< what goes before the chunk is multiplied by
    float largest[Cut::queries]; ///< of the segment
    float sum[Cut::queries];
    Blend blend[Cut::queries];  ///< how the segment joins what came before
    float finish[Cut::queries]; ///< 1 / sum for a query's last segment, else 1
};

inline int padded_units(int width, int multiple) {
    return (width + multiple - 1) / multiple * multiple / unit_values;
}
inline int pitch_of(int units) {
    return (units * unit_bytes + eight_units - 1) / eight_units * eight_units;
}

template <int m_tiles, int chunk_rows>
TileLayout layout_of(const AttentionCall& call, int stages) {
    TileLayout at;
    at.stages = stages;
    at.key_pitch = pitch_of(padded_units(call.key_width, values_a_step));
    at.value_pitch = call.values_are_keys ? at.key_pitch : pitch_of(padded_units(call.value_width, 16));
    at.keys = 16 * m_tiles * at.key_pitch;
    const int keys_end = at.keys + stages * chunk_rows * at.key_pitch;
    at.values = call.values_are_keys ? at.keys : keys_end;
    at.weights = call.values_are_keys ? keys_end : keys_end + stages * chunk_rows * at.value_pitch;
    at.floats = at.weights + 16 * m_tiles * eight_units;
    const int tiles = (call.value_width + 7) / 8;
    at.tiles_a_warp = (tiles + 2 * tile_warps - 1) / (2 * tile_warps) * 2;
    at.bytes = at.floats + static_cast<int>(sizeof(TileFloats<m_tiles, chunk_rows>));
    return at;
}

/// Products of pairs of 16-bit values.
template <Format math>
struct Narrow { // bf16
    static constexpr std::uint32_t two_ones = 0x3F803F80U;
    static constexpr bool has_small_range = false;
    static __device__ __forceinline__ std::uint32_t pack(float low, float high) {
        return pack_bf16(low, high);
    }
    static __device__ __forceinline__ void mma(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                               std::uint32_t b1) {
        const std::uint32_t b[2] = {b0, b1};
        mma_bf16(d, a, b);
    }
};
template <>
struct Narrow<Format::f16> {
    static constexpr std::uint32_t two_ones = 0x3C003C00U;
    static constexpr bool has_small_range = true; ///< queries are scaled into it
    static __device__ __forceinline__ std::uint32_t pack(float low, float high) {
        return pack_f16(low, high);
    }
    static __device__ __forceinline__ void mma(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                               std::uint32_t b1) {
        const std::uint32_t b[2] = {b0, b1};
        mma_f16(d, a, b);
    }
};

/// Brings 8 values of a row of the cache, those of unit `unit` of a slice, to shared memory; zeros where
/// `present` is false (nothing is read then).
__device__ __forceinline__ void copy_unit(unsigned char* to, const std::byte* slice, int unit, bool present) {
    copy_async_16(to, slice + (present ? unit * unit_bytes : 0), present ? unit_bytes : 0);
}
/// The same from q8_0, at once.
__device__ __forceinline__ void decode_unit(unsigned char* to, const std::byte* slice, int unit,
                                            bool present) {
    std::uint32_t packed[4] = {};
    if (present) {
        // Blocks of 34 bytes end at even addresses only.
        const auto* block = reinterpret_cast<const std::uint16_t*>(slice + unit / 4 * 34);
        const std::uint16_t* codes = block + 1 + unit % 4 * 4;
        const float scale = f16_of_bits(block[0]);
        for (int i = 0; i < 4; ++i) {
            const unsigned two = codes[i];
            packed[i] = pack_bf16(scale * static_cast<float>(static_cast<std::int8_t>(two & 255U)),
                                  scale * static_cast<float>(static_cast<std::int8_t>(two >> 8U)));
        }
    }
    *reinterpret_cast<uint4*>(to) = make_uint4(packed[0], packed[1], packed[2], packed[3]);
}

} // namespace spoutnik::kernels::cuda
