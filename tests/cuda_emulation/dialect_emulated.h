// SPDX-License-Identifier: MIT
// CUDA's words for the host compiler: what dialect.cuh promises, over the emulated grid.
// Sources: CUDA C++ Programming Guide, "C++ language extensions"; PTX ISA 9.0, "Warp-level matrix
// instructions".
#pragma once

#include "cuda_emulation/grid.h"
#include "cuda_emulation/matrix_fragments.h"
#include "cuda_emulation/stream.h"
#include "kernels/format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static // blocks run one after another
#define __constant__ static const
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))

#define threadIdx (::spoutnik::cuda_emulation::place().thread)
#define blockIdx (::spoutnik::cuda_emulation::place().block)
#define blockDim (::spoutnik::cuda_emulation::place().block_size)
#define gridDim (::spoutnik::cuda_emulation::place().grid_size)
inline constexpr int warpSize = 32;

// Barriers --------------------------------------------------------------------------------------------------

inline void __syncthreads() {
    spoutnik::cuda_emulation::meet_block(false);
}
inline int __syncthreads_count(int predicate) {
    return spoutnik::cuda_emulation::meet_block(predicate != 0);
}
inline int __syncthreads_or(int predicate) {
    return spoutnik::cuda_emulation::meet_block(predicate != 0) > 0 ? 1 : 0;
}
inline int __syncthreads_and(int predicate) {
    return spoutnik::cuda_emulation::meet_block(predicate == 0) == 0 ? 1 : 0;
}
inline void __syncwarp(unsigned mask = 0xffffffffU) {
    spoutnik::cuda_emulation::meet_warp(spoutnik::cuda_emulation::Meeting::sync, mask, nullptr, 0);
}
inline void __threadfence() {
}
inline void __threadfence_block() {
}

// Warps -----------------------------------------------------------------------------------------------------

namespace spoutnik::cuda_emulation {

/// The value of lane source(lane), or this lane's own where the source is outside its segment.
template <class T, class Source>
T shuffle(unsigned mask, T value, int width, Source source) {
    static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8, "CUDA shuffles numbers of 32 and 64 bits");
    if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width)))
        throw EmulationError("the width of a shuffle is a power of two up to 32");
    const Posts posts = meet_warp(Meeting::shuffle, mask, &value, sizeof value);
    const int lane = place().lane;
    const int from = source(lane, lane / width * width, lane / width * width + width - 1);
    return from < 0 ? value : posts.of<T>(from);
}

} // namespace spoutnik::cuda_emulation

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    return spoutnik::cuda_emulation::shuffle(
        mask, value, width, [=](int, int first, int) { return first + (source & (width - 1)); });
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    return spoutnik::cuda_emulation::shuffle(mask, value, width, [=](int lane, int first, int) {
        return lane - static_cast<int>(delta) >= first ? lane - static_cast<int>(delta) : -1;
    });
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    return spoutnik::cuda_emulation::shuffle(mask, value, width, [=](int lane, int, int last) {
        return lane + static_cast<int>(delta) <= last ? lane + static_cast<int>(delta) : -1;
    });
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int other, int width = 32) {
    return spoutnik::cuda_emulation::shuffle(mask, value, width, [=](int lane, int, int last) {
        return (lane ^ other) <= last ? (lane ^ other) : -1;
    });
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
    using namespace spoutnik::cuda_emulation;
    const Posts posts = meet_warp(Meeting::vote, mask, &predicate, sizeof predicate);
    unsigned ballot = 0;
    for (int lane = 0; lane < warp_size; ++lane)
        if ((posts.present >> lane & 1U) != 0 && posts.of<int>(lane) != 0) ballot |= 1U << lane;
    return ballot;
}
inline int __any_sync(unsigned mask, int predicate) {
    return __ballot_sync(mask, predicate) != 0 ? 1 : 0;
}
inline int __all_sync(unsigned mask, int predicate) {
    return __ballot_sync(mask, predicate == 0 ? 1 : 0) == 0 ? 1 : 0;
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value) {
    using namespace spoutnik::cuda_emulation;
    const Posts posts = meet_warp(Meeting::match, mask, &value, sizeof value);
    unsigned alike = 0;
    for (int lane = 0; lane < warp_size; ++lane)
        if ((posts.present >> lane & 1U) != 0 && posts.of<T>(lane) == value) alike |= 1U << lane;
    return alike;
}

// Atomics: each thread runs alone between its waits ---------------------------------------------------------

template <class T>
T atomicExch(T* at, std::type_identity_t<T> value) {
    const T old = *at;
    *at = value;
    return old;
}
template <class T>
T atomicAdd(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, static_cast<T>(*at + value));
}
template <class T>
T atomicSub(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, static_cast<T>(*at - value));
}
template <class T>
T atomicMax(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, std::max(*at, value));
}
template <class T>
T atomicMin(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, std::min(*at, value));
}
template <class T>
T atomicOr(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, static_cast<T>(*at | value));
}
template <class T>
T atomicAnd(T* at, std::type_identity_t<T> value) {
    return atomicExch(at, static_cast<T>(*at & value));
}
template <class T>
T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
    const T old = *at;
    if (old == expected) *at = value;
    return old;
}
inline unsigned atomicInc(unsigned* at, unsigned most) {
    return atomicExch(at, *at >= most ? 0U : *at + 1U);
}

// Numbers ---------------------------------------------------------------------------------------------------

inline int __dp4a(int a, int b, int c) {
    unsigned sum = static_cast<unsigned>(c); // wraps, as the instruction does
    for (unsigned i = 0; i < 4; ++i)
        sum += static_cast<unsigned>(
            static_cast<int>(static_cast<std::int8_t>(static_cast<unsigned>(a) >> 8 * i)) *
            static_cast<int>(static_cast<std::int8_t>(static_cast<unsigned>(b) >> 8 * i)));
    return static_cast<int>(sum);
}
inline unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
    for (unsigned i = 0; i < 4; ++i)
        c += (a >> 8 * i & 255U) * (b >> 8 * i & 255U);
    return c;
}
inline int __popc(unsigned v) {
    return std::popcount(v);
}
inline int __clz(int v) {
    return std::countl_zero(static_cast<unsigned>(v));
}
inline int __ffs(int v) {
    return v == 0 ? 0 : std::countr_zero(static_cast<unsigned>(v)) + 1;
}
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    const std::uint64_t both = x | static_cast<std::uint64_t>(y) << 32U;
    unsigned result = 0;
    for (unsigned i = 0; i < 4; ++i) {
        const unsigned pick = selector >> 4 * i;
        unsigned byte = static_cast<unsigned>(both >> 8 * (pick & 7U)) & 255U;
        if ((pick & 8U) != 0) byte = (byte & 128U) != 0 ? 255U : 0U; // its sign, repeated
        result |= byte << 8 * i;
    }
    return result;
}
template <class PerByte>
unsigned spoutnik_each_byte(unsigned a, unsigned b, PerByte op) {
    unsigned result = 0;
    for (unsigned i = 0; i < 4; ++i)
        result |= (static_cast<unsigned>(op(a >> 8 * i & 255U, b >> 8 * i & 255U)) & 255U) << 8 * i;
    return result;
}
inline unsigned __vsub4(unsigned a, unsigned b) {
    return spoutnik_each_byte(a, b, [](unsigned x, unsigned y) { return x - y; });
}
inline unsigned __vadd4(unsigned a, unsigned b) {
    return spoutnik_each_byte(a, b, [](unsigned x, unsigned y) { return x + y; });
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((low | static_cast<std::uint64_t>(high) << 32U) >> (shift & 31U));
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((low | static_cast<std::uint64_t>(high) << 32U) << (shift & 31U) >> 32U);
}

inline float __int_as_float(int v) {
    return std::bit_cast<float>(v);
}
inline float __uint_as_float(unsigned v) {
    return std::bit_cast<float>(v);
}
inline int __float_as_int(float v) {
    return std::bit_cast<int>(v);
}
inline unsigned __float_as_uint(float v) {
    return std::bit_cast<unsigned>(v);
}
inline float __fmaf_rn(float a, float b, float c) {
    return std::fma(a, b, c);
}
inline float __fadd_rn(float a, float b) {
    return a + b;
}
inline float __fmul_rn(float a, float b) {
    return a * b;
}
inline float __fdiv_rn(float a, float b) {
    return a / b;
}
inline float __fsqrt_rn(float a) {
    return std::sqrt(a);
}
inline float __fdividef(float a, float b) {
    return a / b;
}
inline float __expf(float v) {
    return std::exp(v);
}
inline float __logf(float v) {
    return std::log(v);
}
inline float rsqrtf(float v) {
    return 1.0F / std::sqrt(v);
}
inline int __float2int_rn(float v) {
    return static_cast<int>(std::nearbyint(v));
}
inline float __int2float_rn(int v) {
    return static_cast<float>(v);
}
template <class T>
T __ldg(const T* at) {
    return *at;
}
template <class T>
T __ldcs(const T* at) {
    return *at;
}

// As CUDA has them: for two values of one arithmetic type, without std::.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T min(T a, T b) {
    return b < a ? b : a;
}
template <class T>
requires std::is_arithmetic_v<T>
constexpr T max(T a, T b) {
    return a < b ? b : a;
}

// The names of dialect.cuh ----------------------------------------------------------------------------------

namespace spoutnik::kernels::cuda {

/// Arguments are copied now, as a device's launch does; a stream that records keeps them for its graph.
template <class... Parameters>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, Stream stream,
            const std::type_identity_t<Parameters>&... args) {
    static_assert((std::is_trivially_copyable_v<Parameters> && ...),
                  "arguments of kernels are copied as bytes");
    cuda_emulation::enqueue(stream, [shape = cuda_emulation::LaunchShape{grid, block, shared_bytes}, kernel,
                                     copies = std::tuple<std::decay_t<Parameters>...>(args...)] {
        cuda_emulation::run_grid(shape, [&] { std::apply(kernel, copies); });
    });
}

template <class T>
T* dynamic_shared() {
    return reinterpret_cast<T*>(cuda_emulation::dynamic_shared_memory());
}

inline void copy_async_16(void* to, const void* from, int bytes = 16) {
    cuda_emulation::begin_copy(to, from, bytes);
}
inline void copy_async_commit() {
    cuda_emulation::commit_copies();
}
template <int N>
void copy_async_wait() {
    cuda_emulation::wait_copies(N);
}

inline float f16_of_bits(std::uint16_t bits) {
    return f16_to_f32(bits);
}
inline std::uint16_t bits_of_f16(float value) {
    return f32_to_f16(value);
}
inline float bf16_of_bits(std::uint16_t bits) {
    return bf16_to_f32(bits);
}
inline std::uint16_t bits_of_bf16(float value) {
    return f32_to_bf16(value);
}
inline std::uint32_t pack_f16(float low, float high) {
    return bits_of_f16(low) | static_cast<std::uint32_t>(bits_of_f16(high)) << 16U;
}
inline std::uint32_t pack_bf16(float low, float high) {
    return bits_of_bf16(low) | static_cast<std::uint32_t>(bits_of_bf16(high)) << 16U;
}

using cuda_emulation::load_matrices_x2;
using cuda_emulation::load_matrices_x2_transposed;
using cuda_emulation::load_matrices_x4;
using cuda_emulation::load_matrices_x4_transposed;
using cuda_emulation::mma_bf16;
using cuda_emulation::mma_f16;
using cuda_emulation::mma_s8;

} // namespace spoutnik::kernels::cuda
