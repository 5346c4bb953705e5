// SPDX-License-Identifier: MIT
// The k largest of a row, as a tournament: each block sorts a slice of the candidates and hands on its k
// best, until one slice holds them all. A candidate is one 64-bit number that sorts by value, then by lower
// index, so no two are equal and the result is the same whatever the slices.
#include "kernels/cuda/ops_routing.h"

#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/rounded_rows.cuh"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace spoutnik::kernels::cuda {
namespace {

constexpr int slice = 2048; ///< candidates a block sorts: 16 KiB of shared memory
constexpr int threads = 512;
static_assert(most_top_k * 2 <= slice, "each round must halve the candidates");

using Candidate = std::uint64_t;

/// High half: the value's bits, turned so that they sort as whole numbers, and 0 for what is not a number.
/// Low half: the index, counted down.
__device__ Candidate candidate_of(float value, std::uint32_t index) {
    const std::uint32_t bits = value == 0.0F ? 0U : __float_as_uint(value); // -0 equals 0
    std::uint32_t order = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
    if (value != value) order = 0;
    return (static_cast<Candidate>(order) << 32U) | static_cast<std::uint32_t>(~index);
}

__device__ std::uint32_t index_of(Candidate candidate) {
    return ~static_cast<std::uint32_t>(candidate);
}

/// Largest first; Batcher's bitonic network over the whole slice (Batcher 1968).
__device__ void sort_slice(Candidate* all) {
    for (int run = 2; run <= slice; run *= 2)
        for (int step = run / 2; step > 0; step /= 2) {
            __syncthreads();
            for (int pair = static_cast<int>(threadIdx.x); pair < slice / 2; pair += threads) {
                const int low = pair / step * step * 2 + pair % step;
                const int high = low + step;
                const bool falling = (low & run) == 0;
                const Candidate a = all[low];
                const Candidate b = all[high];
                if ((a < b) == falling) {
                    all[low] = b;
                    all[high] = a;
                }
            }
        }
    __syncthreads();
}

struct TopKCall {
    const float* rows;
    std::int64_t stride;
    const Candidate* before; ///< [rows, before_count], null in the first round
    std::int64_t count;      ///< candidates of a row in this round
    int k;
    Candidate* after; ///< [rows, slices, k], null in the last round
    std::int32_t* ids;
    float* values;
};

__global__ void top_k_kernel(TopKCall call) {
    Candidate* all = dynamic_shared<Candidate>();
    const auto row = static_cast<std::int64_t>(blockIdx.y);
    const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * slice;
    const float* values = call.rows + row * call.stride;
    for (int i = static_cast<int>(threadIdx.x); i < slice; i += threads) {
        const std::int64_t at = first + i;
        Candidate candidate = 0; // below all others
        if (at < call.count)
            candidate = call.before != nullptr ? call.before[row * call.count + at]
                                               : candidate_of(values[at], static_cast<std::uint32_t>(at));
        all[i] = candidate;
    }
    sort_slice(all);
    for (int i = static_cast<int>(threadIdx.x); i < call.k; i += threads) {
        if (call.after != nullptr) {
            call.after[(row * gridDim.x + blockIdx.x) * call.k + i] = all[i];
            continue;
        }
        const std::uint32_t index = index_of(all[i]);
        call.ids[row * call.k + i] = static_cast<std::int32_t>(index);
        call.values[row * call.k + i] = values[index];
    }
}

std::int64_t slices_of(std::int64_t count) {
    return (count + slice - 1) / slice;
}

} // namespace

std::size_t top_k_scratch_bytes(std::int64_t rows, std::int64_t cols, std::int64_t k) {
    const std::int64_t first = slices_of(cols);
    const std::int64_t second = slices_of(first * k);
    return static_cast<std::size_t>(rows * k * (first + second)) * sizeof(Candidate);
}

void top_k(const Context& context, ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) {
    if (k < 1 || k > std::min(rows.cols, most_top_k))
        throw std::invalid_argument("top_k: more values asked for than there are or than it can find");
    if (rows.rows == 0) return;
    if (context.scratch.bytes < top_k_scratch_bytes(rows.rows, rows.cols, k))
        throw std::invalid_argument("top_k: too little scratch memory");
    forget_rounded(context);
    auto* here = reinterpret_cast<Candidate*>(context.scratch.data); // NOLINT: memory
    Candidate* there = here + rows.rows * k * slices_of(rows.cols);
    TopKCall call{rows.data, rows.stride, nullptr, rows.cols, static_cast<int>(k), nullptr, ids, values};
    for (bool last = false; !last;) {
        const std::int64_t slices = slices_of(call.count);
        last = slices == 1;
        call.after = last ? nullptr : here;
        launch(top_k_kernel, dim3(static_cast<unsigned>(slices), static_cast<unsigned>(rows.rows)),
               dim3(threads), slice * sizeof(Candidate), context.stream, call);
        call.before = here;
        call.count = slices * k;
        std::swap(here, there);
    }
}

} // namespace spoutnik::kernels::cuda
