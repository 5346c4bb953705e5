// SPDX-License-Identifier: MIT
// Tensor cores and ldmatrix on the emulated warp, with the fragments that PTX prescribes (see dialect.cuh).
#pragma once

#include <cstdint>

namespace spoutnik::cuda_emulation {

/// d[16, 8] += a[16, 32] b[32, 8] in whole numbers that wrap.
void mma_s8(std::int32_t (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);
/// d[16, 8] += a[16, 16] b[16, 8]: exact products, summed in f32, k ascending.
void mma_f16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);
void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);

void load_matrices_x4(std::uint32_t (&r)[4], const void* row);
void load_matrices_x2(std::uint32_t (&r)[2], const void* row);
void load_matrices_x4_transposed(std::uint32_t (&r)[4], const void* row);
void load_matrices_x2_transposed(std::uint32_t (&r)[2], const void* row);

} // namespace spoutnik::cuda_emulation
