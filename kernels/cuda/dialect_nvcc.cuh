// SPDX-License-Identifier: MIT
// The names of dialect.cuh for nvcc. Sources: PTX ISA 9.0, "Warp-level matrix instructions" and "cp.async".
#pragma once

#include "kernels/cuda/context.h"

#include <cstddef>
#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace spoutnik::kernels::cuda {

/// Throws what the runtime complains of.
inline void check(cudaError_t result) {
    if (result != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(result));
}

template <class... Parameters>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, Stream stream,
            const std::type_identity_t<Parameters>&... args) {
    constexpr std::size_t granted_to_all = 48 * 1024;
    if (shared_bytes > granted_to_all)
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                   static_cast<int>(shared_bytes)));
    kernel<<<grid, block, shared_bytes, stream>>>(args...);
    check(cudaGetLastError());
}

template <class T>
__device__ __forceinline__ T* dynamic_shared() {
    extern __shared__ __align__(128) unsigned char spoutnik_dynamic_shared[];
    return reinterpret_cast<T*>(spoutnik_dynamic_shared);
}

__device__ __forceinline__ std::uint32_t shared_address(const void* p) {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(p));
}

// Asynchronous copies ---------------------------------------------------------------------------------------

__device__ __forceinline__ void copy_async_16(void* to, const void* from, int bytes = 16) {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(shared_address(to)), "l"(from),
                 "r"(bytes)
                 : "memory");
#else
    auto* target = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    for (int i = 0; i < 16; ++i)
        target[i] = i < bytes ? source[i] : static_cast<unsigned char>(0);
#endif
}

__device__ __forceinline__ void copy_async_commit() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;\n" ::: "memory");
#endif
}

/// Waits until at most N of this thread's latest groups are under way. Others see the bytes after a barrier.
template <int N>
__device__ __forceinline__ void copy_async_wait() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;\n" ::"n"(N) : "memory");
#endif
}

// 16-bit values ---------------------------------------------------------------------------------------------

__device__ __forceinline__ float f16_of_bits(std::uint16_t bits) {
    return __half2float(__ushort_as_half(bits));
}
__device__ __forceinline__ std::uint16_t bits_of_f16(float value) {
    return __half_as_ushort(__float2half_rn(value));
}
__device__ __forceinline__ float bf16_of_bits(std::uint16_t bits) {
    return __uint_as_float(static_cast<std::uint32_t>(bits) << 16U);
}
__device__ __forceinline__ std::uint16_t bits_of_bf16(float value) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(value));
}
__device__ __forceinline__ std::uint32_t pack_f16(float low, float high) {
    return bits_of_f16(low) | static_cast<std::uint32_t>(bits_of_f16(high)) << 16U;
}
__device__ __forceinline__ std::uint32_t pack_bf16(float low, float high) {
    return bits_of_bf16(low) | static_cast<std::uint32_t>(bits_of_bf16(high)) << 16U;
}

// Tensor cores ----------------------------------------------------------------------------------------------

__device__ __forceinline__ void mma_s8(std::int32_t (&d)[4], const std::uint32_t (&a)[4],
                                       const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
                 "{%0,%1,%2,%3};\n"
                 : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else // Turing multiplies [8, 16] by [16, 8]: the same registers, in four steps
    for (int half = 0; half < 2; ++half)
        for (int rows = 0; rows < 2; ++rows)
            asm volatile("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0,%1}, {%2}, {%3}, {%0,%1};\n"
                         : "+r"(d[2 * rows]), "+r"(d[2 * rows + 1])
                         : "r"(a[2 * half + rows]), "r"(b[half]));
#endif
}

__device__ __forceinline__ void mma_f16(float (&d)[4], const std::uint32_t (&a)[4],
                                        const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
                 "{%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    for (int half = 0; half < 2; ++half)
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, "
                     "{%0,%1,%2,%3};\n"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(a[2 * half]), "r"(a[2 * half + 1]), "r"(b[half]));
#endif
}

__device__ __forceinline__ void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4],
                                         const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
                 "{%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else // Turing has no bf16: each lane gathers its rows and columns and multiplies in f32
    const int lane = static_cast<int>(threadIdx.x % 32U);
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t upper = __shfl_sync(0xffffffffU, a[2 * half], (lane & ~3) + i);
            const std::uint32_t lower = __shfl_sync(0xffffffffU, a[2 * half + 1], (lane & ~3) + i);
            for (int column = 0; column < 2; ++column) {
                const std::uint32_t k = __shfl_sync(0xffffffffU, b[half], (lane % 4 * 2 + column) * 4 + i);
                const float low = __uint_as_float(k << 16U);
                const float high = __uint_as_float(k & 0xffff0000U);
                d[column] = fmaf(__uint_as_float(upper << 16U), low, d[column]);
                d[column] = fmaf(__uint_as_float(upper & 0xffff0000U), high, d[column]);
                d[column + 2] = fmaf(__uint_as_float(lower << 16U), low, d[column + 2]);
                d[column + 2] = fmaf(__uint_as_float(lower & 0xffff0000U), high, d[column + 2]);
            }
        }
#endif
}

/// Lane l gives the address of row l % 8 of matrix l / 8, 16 bytes in shared memory; register m receives, of
/// matrix m, the 4 bytes of row lane / 4 at column lane % 4.
__device__ __forceinline__ void load_matrices_x4(std::uint32_t (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}

/// The same with two matrices; the addresses of lanes 16 ... 31 are not used.
__device__ __forceinline__ void load_matrices_x2(std::uint32_t (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];\n"
                 : "=r"(r[0]), "=r"(r[1])
                 : "r"(shared_address(row))
                 : "memory");
}

/// Each matrix of 8 x 8 16-bit values transposed.
__device__ __forceinline__ void load_matrices_x4_transposed(std::uint32_t (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}

__device__ __forceinline__ void load_matrices_x2_transposed(std::uint32_t (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];\n"
                 : "=r"(r[0]), "=r"(r[1])
                 : "r"(shared_address(row))
                 : "memory");
}

} // namespace spoutnik::kernels::cuda
