// SPDX-License-Identifier: MIT
#include "cuda_emulation/matrix_fragments.h"

#include "cuda_emulation/grid.h"
#include "kernels/format.h"

#include <cstring>

namespace spoutnik::cuda_emulation {
namespace {

constexpr std::uint32_t all_lanes = 0xffffffffU;

struct Operands {
    std::uint32_t a[4];
    std::uint32_t b[2];
};

Operands operands_of(const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    return {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
}

std::int32_t byte_of(std::uint32_t word, int i) {
    return static_cast<std::int8_t>(word >> 8 * i);
}

/// Sums in f32 with 16-bit values that `decode` turns into floats.
void mma_16_bits(Meeting what, float (*decode)(std::uint16_t), float (&d)[4], const std::uint32_t (&a)[4],
                 const std::uint32_t (&b)[2]) {
    const Operands mine = operands_of(a, b);
    const Posts posts = meet_warp(what, all_lanes, &mine, sizeof mine);
    const int row = place().lane / 4;
    const int column = place().lane % 4 * 2;
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 4; ++i) {
            const auto left = posts.of<Operands>(row * 4 + i);
            for (int c = 0; c < 2; ++c) {
                const auto right = posts.of<Operands>((column + c) * 4 + i);
                for (int part = 0; part < 2; ++part) {
                    const auto value = [&](std::uint32_t word) {
                        return decode(static_cast<std::uint16_t>(word >> 16 * part));
                    };
                    d[c] += value(left.a[2 * half]) * value(right.b[half]);
                    d[c + 2] += value(left.a[2 * half + 1]) * value(right.b[half]);
                }
            }
        }
}

template <int Count>
void load_matrices(std::uint32_t (&r)[Count], const void* row, bool transposed) {
    const bool is_used = place().lane < 8 * Count;
    if (is_used && reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
        throw EmulationError("ldmatrix at an address that is no multiple of 16");
    std::byte bytes[16] = {}; // read now, as the instruction does
    if (is_used) std::memcpy(bytes, row, sizeof bytes);
    const Posts posts = meet_warp(Meeting::load_matrices, all_lanes, bytes, sizeof bytes);
    struct Row {
        std::uint16_t values[8];
    };
    const int g = place().lane / 4;
    const int i = place().lane % 4;
    for (int m = 0; m < Count; ++m) {
        const auto value = [&](int down, int across) {
            return static_cast<std::uint32_t>(transposed ? posts.of<Row>(8 * m + across).values[down]
                                                         : posts.of<Row>(8 * m + down).values[across]);
        };
        r[m] = value(g, 2 * i) | value(g, 2 * i + 1) << 16U;
    }
}

} // namespace

void mma_s8(std::int32_t (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    const Operands mine = operands_of(a, b);
    const Posts posts = meet_warp(Meeting::mma_s8, all_lanes, &mine, sizeof mine);
    const int row = place().lane / 4;
    const int column = place().lane % 4 * 2;
    std::uint32_t sums[4] = {};
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 4; ++i) {
            const auto left = posts.of<Operands>(row * 4 + i);
            for (int c = 0; c < 2; ++c) {
                const auto right = posts.of<Operands>((column + c) * 4 + i);
                for (int k = 0; k < 4; ++k) {
                    const std::int32_t weight = byte_of(right.b[half], k);
                    sums[c] += static_cast<std::uint32_t>(byte_of(left.a[2 * half], k) * weight);
                    sums[c + 2] += static_cast<std::uint32_t>(byte_of(left.a[2 * half + 1], k) * weight);
                }
            }
        }
    for (int i = 0; i < 4; ++i)
        d[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(d[i]) + sums[i]);
}

void mma_f16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    mma_16_bits(Meeting::mma_f16, kernels::f16_to_f32, d, a, b);
}

void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    mma_16_bits(Meeting::mma_bf16, kernels::bf16_to_f32, d, a, b);
}

void load_matrices_x4(std::uint32_t (&r)[4], const void* row) {
    load_matrices(r, row, false);
}
void load_matrices_x2(std::uint32_t (&r)[2], const void* row) {
    load_matrices(r, row, false);
}
void load_matrices_x4_transposed(std::uint32_t (&r)[4], const void* row) {
    load_matrices(r, row, true);
}
void load_matrices_x2_transposed(std::uint32_t (&r)[2], const void* row) {
    load_matrices(r, row, true);
}

} // namespace spoutnik::cuda_emulation
