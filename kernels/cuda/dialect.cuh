// SPDX-License-Identifier: MIT
// All that differs between nvcc and the host compiler that the tests use. A .cu file includes this and is
// otherwise plain CUDA C++20: threadIdx, __shared__, __syncthreads(), __shfl_xor_sync(), atomicAdd(),
// __dp4a() and the vector types mean the same in both.
//
// Names that stand in for instructions or syntax which a host compiler has not:
//
//   launch(kernel, grid, block, shared_bytes, stream, args...)   kernel<<<...>>>(args...)
//   dynamic_shared<T>()                                          extern __shared__, aligned to 128 bytes
//   copy_async_16(to, from), copy_async_16(to, from, bytes)      cp.async; the rest of the 16 becomes zero
//   copy_async_commit(), copy_async_wait<N>()                    its groups; sm_75 copies at once
//   mma_s8(d, a, b)        d[16, 8] += a[16, 32] b[32, 8]        s8 x s8 -> s32
//   mma_f16, mma_bf16      d[16, 8] += a[16, 16] b[16, 8]        -> f32
//   load_matrices_x4(r, row), ..._x2, ..._x4_transposed          ldmatrix: eight rows of 16 bytes each
//   f16_of_bits, bits_of_f16, bf16_of_bits, bits_of_bf16         one value of 16 bits
//   pack_f16(low, high), pack_bf16(low, high)                    two, as a fragment holds them
//
// Fragments are those of PTX, "matrix fragments for mma.m16n8k16 / m16n8k32"; with g = lane / 4, i = lane %
// 4:
//   a[0] row g, a[1] row g + 8, a[2] row g, a[3] row g + 8; the first two hold the first half of k
//   b[0], b[1] column g; k as in a
//   16-bit: k = 2 i, 2 i + 1 (+ 8 in the second half)      8-bit: k = 4 i ... 4 i + 3 (+ 16)
//   d[0], d[1] row g, columns 2 i, 2 i + 1; d[2], d[3] row g + 8
//
// What the emulation makes visible is told in tests/cuda_emulation/README.md.
#pragma once

#include "kernels/cuda/context.h"

#if defined(__CUDACC__)
#include "kernels/cuda/dialect_nvcc.cuh"
#else
// Of tests/cuda_emulation, which is on the path of the emulated build alone.
#include "dialect_emulated.h"
#endif
