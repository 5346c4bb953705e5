// SPDX-License-Identifier: MIT
#include "kernels/cuda/float_products.cuh"

#include "kernels/cuda/dialect.cuh"

#include <algorithm>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int warps = 4;
constexpr int threads = 32 * warps;
constexpr int tile_rows = 4;

template <Format format>
struct Floats;

/// Sixteen bytes of a row: four values of 32 bits or eight of 16.
template <>
struct Floats<Format::f32> {
    static constexpr int values = 4;
    static constexpr int bytes = 4;
    static __device__ __forceinline__ float value(const std::uint32_t* words, int i) {
        return __uint_as_float(words[i]);
    }
};
template <>
struct Floats<Format::f16> {
    static constexpr int values = 8;
    static constexpr int bytes = 2;
    static __device__ __forceinline__ float value(const std::uint32_t* words, int i) {
        return f16_of_bits(static_cast<std::uint16_t>(words[i / 2] >> (i % 2 * 16)));
    }
};
template <>
struct Floats<Format::bf16> {
    static constexpr int values = 8;
    static constexpr int bytes = 2;
    static __device__ __forceinline__ float value(const std::uint32_t* words, int i) {
        return bf16_of_bits(static_cast<std::uint16_t>(words[i / 2] >> (i % 2 * 16)));
    }
};

/// Up to 16 bytes from any address; what is beyond `bytes` becomes zero.
__device__ void gather(const unsigned char* from, int bytes, std::uint32_t (&words)[4]) {
    for (int k = 0; k < 4; ++k) {
        words[k] = 0;
        for (int i = 0; i < 4; ++i)
            if (4 * k + i < bytes) words[k] |= static_cast<std::uint32_t>(from[4 * k + i]) << (8 * i);
    }
}

template <Format format>
__device__ __forceinline__ void load_weights(const unsigned char* from, int values, bool is_aligned,
                                             std::uint32_t (&words)[4]) {
    if (is_aligned && values == Floats<format>::values) {
        const uint4 all = *reinterpret_cast<const uint4*>(from);
        words[0] = all.x;
        words[1] = all.y;
        words[2] = all.z;
        words[3] = all.w;
    } else {
        gather(from, values * Floats<format>::bytes, words);
    }
}

template <int count>
__device__ __forceinline__ void load_activations(const float* from, int values, bool is_aligned,
                                                 float (&x)[count]) {
    if (is_aligned && values == count) {
#pragma unroll
        for (int i = 0; i < count; i += 4) {
            const float4 four = *reinterpret_cast<const float4*>(from + i);
            x[i] = four.x;
            x[i + 1] = four.y;
            x[i + 2] = four.z;
            x[i + 3] = four.w;
        }
    } else {
#pragma unroll
        for (int i = 0; i < count; ++i)
            x[i] = i < values ? from[i] : 0.0F;
    }
}

template <Format format, int tokens>
__global__ void __launch_bounds__(threads) multiply_floats(FloatCall call) {
    constexpr int piece = Floats<format>::values;
    constexpr int elements = tile_rows * tokens;
    const Job& job = call.job;
    const std::int64_t group = blockIdx.x;
    const int first_row = static_cast<int>(blockIdx.y) * tile_rows;
    const std::int64_t left = job.tokens - group * tokens;
    const int tokens_here = tokens == 1 || left >= tokens ? tokens : static_cast<int>(left);
    const int lane = static_cast<int>(threadIdx.x % 32U);
    const int warp = static_cast<int>(threadIdx.x / 32U);
    auto* sums = dynamic_shared<float>(); // [warps][elements]

    // Thread n < elements finishes row n / tokens of the tile for token n % tokens.
    const int row = static_cast<int>(threadIdx.x) / tokens;
    const int token = static_cast<int>(threadIdx.x) % tokens;
    const bool finishes = row < tile_rows && first_row + row < job.rows && token < tokens_here;
    Finisher finisher;

    for (int segment = 0; segment < job.segments(); ++segment) {
        const unsigned char* weights[tile_rows];
#pragma unroll
        for (int r = 0; r < tile_rows; ++r) // rows beyond the last one repeat it
            weights[r] = job.matrix_at(job.matrix(group, segment), segment) +
                         static_cast<std::size_t>(min(first_row + r, job.rows - 1)) * job.row_bytes;
        const float* x[tokens];
#pragma unroll
        for (int t = 0; t < tokens; ++t) {
            const std::int64_t of_all = group * tokens + min(t, tokens_here - 1);
            x[t] =
                call.x + (job.work == Work::rows ? of_all * call.x_stride + blockIdx.z * call.x_matrix_stride
                                                 : job.x_row(group, segment, of_all) * call.x_stride);
        }
        float sum[elements] = {};
#pragma unroll 2
        for (int first = static_cast<int>(threadIdx.x) * piece; first < job.cols; first += threads * piece) {
            const int values = min(piece, job.cols - first);
            std::uint32_t words[tile_rows][4];
#pragma unroll
            for (int r = 0; r < tile_rows; ++r)
                load_weights<format>(weights[r] + static_cast<std::size_t>(first) * Floats<format>::bytes,
                                     values, call.is_aligned != 0, words[r]);
#pragma unroll
            for (int t = 0; t < tokens; ++t) {
                float activations[piece];
                load_activations(x[t] + first, values, call.is_aligned != 0, activations);
#pragma unroll
                for (int r = 0; r < tile_rows; ++r)
#pragma unroll
                    for (int i = 0; i < piece; ++i)
                        if (i < values)
                            sum[r * tokens + t] =
                                fmaf(Floats<format>::value(words[r], i), activations[i], sum[r * tokens + t]);
            }
        }
#pragma unroll
        for (int n = 0; n < elements; ++n) {
            for (int other = 16; other > 0; other /= 2)
                sum[n] += __shfl_xor_sync(0xffffffffU, sum[n], other);
            if (lane == n % 32) sums[warp * elements + n] = sum[n];
        }
        __syncthreads();
        if (finishes) {
            float total = 0.0F;
            for (int w = 0; w < warps; ++w)
                total += sums[w * elements + static_cast<int>(threadIdx.x)];
            finisher.take(job, group, group * tokens + token, first_row + row, segment, total);
        }
        __syncthreads(); // the sums are used up
    }
}

template <Format format>
void run(const Context& context, const FloatCall& call, std::int64_t groups, bool one_token, int tiles) {
    const int most_rows = tiles * tile_rows;
    const Job& job = call.job;
    const std::size_t shared = sizeof(float) * warps * tile_rows * (one_token ? 1 : float_tokens);
    for (int first = 0; first < job.rows; first += most_rows) {
        FloatCall part = call;
        part.job.weight += static_cast<std::size_t>(first) * job.row_bytes;
        if (job.up != nullptr) part.job.up += static_cast<std::size_t>(first) * job.row_bytes;
        part.job.out += first;
        part.job.rows = std::min(job.rows - first, most_rows);
        const dim3 grid(static_cast<unsigned>(groups),
                        static_cast<unsigned>((part.job.rows + tile_rows - 1) / tile_rows),
                        job.work == Work::rows ? static_cast<unsigned>(job.matrices) : 1U);
        if (one_token)
            launch(multiply_floats<format, 1>, grid, threads, shared, context.stream, part);
        else
            launch(multiply_floats<format, float_tokens>, grid, threads, shared, context.stream, part);
    }
}

} // namespace

void launch_float_products(const Context& context, Format format, FloatCall call, std::int64_t groups,
                           bool one_token, int tiles_a_launch) {
    const auto at = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p); };
    const Job& job = call.job;
    const std::uintptr_t all =
        at(job.weight) | at(job.up) | job.row_bytes | job.matrix_bytes | job.up_matrix_bytes | at(call.x) |
        sizeof(float) * static_cast<std::uintptr_t>(call.x_stride | call.x_matrix_stride);
    call.is_aligned = all % 16 == 0 ? 1 : 0;
    switch (format) {
    case Format::f32:
        return run<Format::f32>(context, call, groups, one_token, tiles_a_launch);
    case Format::f16:
        return run<Format::f16>(context, call, groups, one_token, tiles_a_launch);
    case Format::bf16:
        return run<Format::bf16>(context, call, groups, one_token, tiles_a_launch);
    default:
        return; // whole numbers: matvec.cuh
    }
}

} // namespace spoutnik::kernels::cuda
