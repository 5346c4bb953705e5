// SPDX-License-Identifier: MIT
// Puts the parts of a query's past together. First the largest score of the segments up to each one is found
// by a warp (the maximum has no rounding, so any order will do), and from it the two factors of each step;
// what is then left in order is two products and a sum a step for each value.
//
// At 32k positions and 16 heads that is 136 parts of 2 KiB a query, read once, from the second-level cache
// as a rule: 4 MiB beside the 36 MiB of the latents themselves. The order leaves each value to one thread, so
// what counts is how many of its reads are under way: a batch of 32 while the batch before is added, the
// first of them while the factors are found.
#include "kernels/cuda/attention_call.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr int lanes = 32;
constexpr int threads = 64; ///< a value each; columns of a query are shared out over blocks
constexpr int step = 256;   ///< segments whose factors are held at a time
constexpr int batch = 32;   ///< values that a thread reads at once
constexpr unsigned whole_warp = 0xFFFFFFFFU;

/// Some segments' values of one column; zeros from segment `count` on.
struct Batch {
    float values[batch];

    __device__ __forceinline__ void read(const float* column, std::int64_t width, int first, int count) {
#pragma unroll
        for (int i = 0; i < batch; ++i)
            values[i] = first + i < count ? column[(first + i) * width] : 0.0F;
    }
};

/// The factors of the segments `parts` [here], of which `before` is the largest score before them. By a warp.
__device__ void find_blends(const float2* parts, int here, float& before, Blend* blends, float* sums) {
    const int lane = static_cast<int>(threadIdx.x);
    float2 all[step / lanes]; // read at once
#pragma unroll
    for (int n = 0; n < step / lanes; ++n)
        all[n] = n * lanes + lane < here ? parts[n * lanes + lane] : float2{minus_infinity, 0};
#pragma unroll
    for (int n = 0; n < step / lanes; ++n) {
        const int s = n * lanes + lane;
        if (n * lanes >= here) break;
        // The largest of the parts before this one: an inclusive scan, moved on by one lane.
        float largest = all[n].x;
#pragma unroll
        for (int distance = 1; distance < lanes; distance *= 2) {
            const float other = __shfl_up_sync(whole_warp, largest, static_cast<unsigned>(distance));
            if (lane >= distance) largest = fmaxf(largest, other);
        }
        const float with_before = fmaxf(largest, before);
        const float left = __shfl_up_sync(whole_warp, with_before, 1U);
        if (s < here) {
            blends[s] = blend_of(lane == 0 ? before : left, all[n].x);
            sums[s] = all[n].y;
        }
        before = __shfl_sync(whole_warp, with_before, lanes - 1);
    }
}

__global__ void __launch_bounds__(threads) merge_kernel(AttentionCall call) {
    __shared__ Blend blends[step];
    __shared__ float sums[step];
    const auto query = static_cast<std::int64_t>(blockIdx.x); // of all tokens and heads
    const std::int64_t heads = call.q.heads;
    const std::int64_t column = static_cast<std::int64_t>(blockIdx.y) * threads + threadIdx.x;
    const bool is_inside = column < call.value_width;
    const std::int64_t width = call.value_width;
    const std::int64_t visible = *call.first_position + query / heads + 1;
    const std::int64_t count = call.segments.count(visible);
    const float2* part_sums = call.part_sums + query * call.parts;
    const float* part_values = call.part_values + query * call.parts * width + (is_inside ? column : 0);

    float before = minus_infinity; // the largest score of all segments before this step
    float sum = 0.0F;
    float value = 0.0F;
    for (std::int64_t first = 0; first < count; first += step) {
        const int here = static_cast<int>(min(static_cast<std::int64_t>(step), count - first));
        const float* values = part_values + first * width;
        Batch now;
        now.read(values, width, 0, here);
        __syncthreads(); // the last step's factors have been used
        if (threadIdx.x < lanes) find_blends(part_sums + first, here, before, blends, sums);
        __syncthreads();
        for (int done = 0; done < here; done += batch) {
            Batch next;
            next.read(values, width, done + batch, here);
#pragma unroll
            for (int i = 0; i < batch; ++i) {
                if (done + i >= here) break;
                const Blend blend = blends[done + i];
                sum = blended(blend, sum, sums[done + i]);
                value = blended(blend, value, now.values[i]);
            }
            now = next;
        }
    }
    if (is_inside)
        call.out.data[query / heads * call.out.token_stride + query % heads * call.out.head_stride + column] =
            value * (1.0F / sum);
}

} // namespace

void merge_parts(const AttentionCall& call, Stream stream) {
    const auto slices = static_cast<unsigned>((call.value_width + threads - 1) / threads);
    launch(merge_kernel, dim3(static_cast<unsigned>(call.q.tokens * call.q.heads), slices), dim3(threads), 0,
           stream, call);
}

} // namespace spoutnik::kernels::cuda
