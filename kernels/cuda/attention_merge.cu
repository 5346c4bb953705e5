// SPDX-License-Identifier: MIT
// Puts the parts of a query's past together. First the largest score of the segments up to each one is found
// by the whole block (the maximum has no rounding, so any order will do), and from it the two factors of each
// step; what is then left in order is two products and a sum a step for each value.
//
// At 32k positions and 16 heads that is 128 parts of 2 KiB a query, read once, from the second-level cache
// as a rule: 4 MiB beside the 36 MiB of the latents themselves.
#include "kernels/cuda/attention_call.cuh"

namespace spoutnik::kernels::cuda {
namespace {

constexpr int lanes = 32;
constexpr int threads = 64; ///< a value each; columns of a query are shared out over blocks
constexpr int step = 256;   ///< segments whose factors are held at a time
constexpr unsigned whole_warp = 0xFFFFFFFFU;

__global__ void merge_kernel(AttentionCall call) {
    __shared__ Blend blends[step];
    __shared__ float sums[step];
    const auto query = static_cast<std::int64_t>(blockIdx.x); // of all tokens and heads
    const std::int64_t heads = call.q.heads;
    const std::int64_t column = static_cast<std::int64_t>(blockIdx.y) * threads + threadIdx.x;
    const std::int64_t visible = *call.first_position + query / heads + 1;
    const std::int64_t count = call.segments.count(visible);
    const float2* part_sums = call.part_sums + query * call.parts;
    const float* part_values = call.part_values + query * call.parts * call.value_width;

    float before = minus_infinity; // the largest score of all segments before this step
    float sum = 0.0F;
    float value = 0.0F;
    for (std::int64_t first = 0; first < count; first += step) {
        const int here = static_cast<int>(min(static_cast<std::int64_t>(step), count - first));
        __syncthreads(); // the last step's factors have been used
        if (threadIdx.x < lanes) {
            const int lane = static_cast<int>(threadIdx.x);
            for (int s = 0; s < here; s += lanes) {
                const float2 part = s + lane < here ? part_sums[first + s + lane] : float2{minus_infinity, 0};
                // The largest of the parts before this one: an inclusive scan, moved on by one lane.
                float largest = part.x;
                for (int distance = 1; distance < lanes; distance *= 2) {
                    const float other = __shfl_up_sync(whole_warp, largest, static_cast<unsigned>(distance));
                    if (lane >= distance) largest = fmaxf(largest, other);
                }
                const float with_before = fmaxf(largest, before);
                const float left = __shfl_up_sync(whole_warp, with_before, 1U);
                if (s + lane < here) {
                    blends[s + lane] = blend_of(lane == 0 ? before : left, part.x);
                    sums[s + lane] = part.y;
                }
                before = __shfl_sync(whole_warp, with_before, lanes - 1);
            }
        }
        __syncthreads();
        const float* values = part_values + first * call.value_width + column;
        const bool inside = column < call.value_width;
#pragma unroll 8
        for (int s = 0; s < here; ++s) {
            sum = blended(blends[s], sum, sums[s]);
            value = blended(blends[s], value, inside ? values[s * call.value_width] : 0.0F);
        }
    }
    if (column < call.value_width)
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
