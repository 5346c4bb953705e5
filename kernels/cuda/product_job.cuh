// SPDX-License-Identifier: MIT
// What a launch of products is to do, apart from the arithmetic: which matrices meet which rows of
// activations, and what becomes of the results. The products of quantised weights and those of floats share
// it.
//
// A block of threads has a group (blockIdx.x), a tile of the matrix's rows (blockIdx.y) and a matrix
// (blockIdx.z). It computes one product after another, `segments` in all, and finishes each:
//
//   rows      a group is some neighbouring tokens; out = W x (W a matrix of its own for each blockIdx.z)
//   gate_up   a group is a pair (token, k); W_gate x, then W_up x, out[pair] = silu(gate) up
//   gate, up  the same in two launches, where the two matrices differ in format
//   down      a group is a token; for k = 0 ...: out[token] += weight_k W_k x[token, k]
//             without ids and weights: out[token] += W x[token]; gate_up, gate and up likewise know one
//             matrix
//   pair_down a group is a pair; out[pair] = W x[pair], to be weighed and added by add_experts
#pragma once

#include "kernels/cuda/dialect.cuh"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

enum class Work : int { rows, gate_up, gate, up, down, pair_down };

struct Job {
    Work work = Work::rows;
    const unsigned char* weight = nullptr; ///< the only one, or gate where both are at work
    const unsigned char* up = nullptr;     ///< gate_up
    std::size_t row_bytes = 0;
    std::size_t matrix_bytes = 0;    ///< from one matrix of `weight` to the next
    std::size_t up_matrix_bytes = 0; ///< the same of `up`
    int rows = 0;                    ///< of a matrix
    int cols = 0;
    int matrices = 1; ///< heads or experts
    std::int64_t tokens = 0;
    int experts_used = 1;
    const std::int32_t* ids = nullptr; ///< [tokens, experts_used]; null: matrix 0
    const float* weights = nullptr;    ///< the same; null: 1
    float* out = nullptr;
    std::int64_t out_stride = 0; ///< from one token (or pair) to the next
    std::int64_t out_matrix_stride = 0;

    /// The row of activations that a token of a group meets in a segment; rows of several matrices lie in the
    /// order [matrix][token].
    __device__ __forceinline__ std::int64_t x_row(std::int64_t group, int segment, std::int64_t token) const {
        if (work == Work::rows) return blockIdx.z * tokens + token;
        if (work == Work::down) return group * experts_used + segment;
        if (work == Work::pair_down) return group;
        return group / experts_used;
    }
    __device__ __forceinline__ int segments() const {
        return work == Work::gate_up ? 2 : (work == Work::down ? experts_used : 1);
    }
    /// The matrix of a segment, or -1 where the chosen expert does not exist.
    __device__ __forceinline__ int matrix(std::int64_t group, int segment) const {
        if (work == Work::rows) return static_cast<int>(blockIdx.z);
        if (ids == nullptr) return 0;
        const std::int32_t id = ids[work == Work::down ? group * experts_used + segment : group];
        return id >= 0 && id < matrices ? id : -1;
    }
    /// Row 0 of a segment's matrix; any matrix of the right shape where it does not exist.
    __device__ __forceinline__ const unsigned char* matrix_at(int number, int segment) const {
        const std::size_t index = number < 0 ? 0 : static_cast<std::size_t>(number);
        return work == Work::gate_up && segment == 1 ? up + index * up_matrix_bytes
                                                     : weight + index * matrix_bytes;
    }
};

__device__ __forceinline__ float silu(float v) {
    return v / (1.0F + expf(-v));
}

/// Takes the products of one element of the result, segment after segment.
class Finisher {
  public:
    /// `group` and `token` (within the group) say which rows, `row` which column of the result.
    __device__ __forceinline__ void take(const Job& job, std::int64_t group, std::int64_t token, int row,
                                         int segment, float product) {
        if (job.work == Work::rows) {
            job.out[token * job.out_stride + blockIdx.z * job.out_matrix_stride + row] = product;
            return;
        }
        float* target = job.out + group * job.out_stride + row;
        if (job.work == Work::pair_down) {
            *target = product;
            return;
        }
        if (job.work == Work::gate) {
            *target = silu(product);
            return;
        }
        if (job.work == Work::up) {
            *target *= product;
            return;
        }
        if (job.work == Work::gate_up) {
            if (segment == 0)
                kept_ = silu(product);
            else
                *target = kept_ * product;
            return;
        }
        if (segment == 0) kept_ = *target;
        const float scaled =
            job.weights == nullptr ? product : job.weights[group * job.experts_used + segment] * product;
        kept_ = kept_ + (job.matrix(group, segment) < 0 ? __uint_as_float(0x7FC00000U) : scaled);
        if (segment == job.experts_used - 1) *target = kept_;
    }

  private:
    float kept_ = 0.0F;
};

} // namespace spoutnik::kernels::cuda
