// SPDX-License-Identifier: MIT
// How operations on rows are laid over a grid: a thread a value, rows across, slices of the columns down.
#pragma once

#include "kernels/cuda/dialect.cuh"

namespace spoutnik::kernels::cuda {

constexpr unsigned row_threads = 256;

/// A grid may have 2^31 - 1 blocks across and 65535 down.
inline dim3 row_grid(std::int64_t rows, std::int64_t cols) {
    return {static_cast<unsigned>(rows), static_cast<unsigned>((cols + row_threads - 1) / row_threads)};
}

/// The column of this thread on a row_grid.
__device__ __forceinline__ std::int64_t own_column() {
    return static_cast<std::int64_t>(blockIdx.y) * row_threads + threadIdx.x;
}

} // namespace spoutnik::kernels::cuda
