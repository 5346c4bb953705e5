// SPDX-License-Identifier: MIT
// What the tests of products share: weights at a chosen address, scratch of the exact size, tolerances.
#pragma once

#include "kernels/cuda/context.h"
#include "unit/kernels/support.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace test {

inline bool is_quantised(Format format) {
    return format != Format::f32 && format != Format::f16 && format != Format::bf16;
}

/// A width near `wanted` that the format's blocks allow.
inline std::int64_t width_for(Format format, std::int64_t wanted) {
    const std::int64_t block = spoutnik::kernels::traits_of(format).values_per_block;
    return (wanted + block - 1) / block * block;
}

/// Memory as a device allocates it, aligned to 256 bytes, and of the exact size, so that ASan sees what goes
/// beyond it.
class DeviceBytes {
  public:
    explicit DeviceBytes(std::size_t bytes)
        : data_(static_cast<std::byte*>(::operator new(std::max<std::size_t>(bytes, 1), alignment))) {}
    ~DeviceBytes() { ::operator delete(data_, alignment); }
    DeviceBytes(const DeviceBytes&) = delete;
    DeviceBytes& operator=(const DeviceBytes&) = delete;
    std::byte* data() const { return data_; }

  private:
    static constexpr std::align_val_t alignment{256};
    std::byte* data_;
};

/// A copy of weights that ends with the memory it lies in.
class PlacedWeights {
  public:
    PlacedWeights(const Matrix& weights, std::size_t offset)
        : memory_(offset + bytes_in(weights)), matrix_(weights) {
        std::memcpy(memory_.data() + offset, weights.data, bytes_in(weights));
        matrix_.data = memory_.data() + offset;
    }
    const Matrix& matrix() const { return matrix_; }

  private:
    static std::size_t bytes_in(const Matrix& weights) {
        return static_cast<std::size_t>(weights.count - 1) * weights.stride_bytes +
               static_cast<std::size_t>(weights.rows) *
                   spoutnik::kernels::bytes_of(weights.format, weights.cols);
    }
    DeviceBytes memory_;
    Matrix matrix_;
};

/// What a block may ask for: an H200, and what every device has.
inline constexpr std::size_t h200_shared_bytes = std::size_t{227} * 1024;
inline constexpr std::size_t least_shared_bytes = std::size_t{48} * 1024;

/// Scratch full of NaNs: what a launcher does not write must not matter.
class CudaScratch {
  public:
    int multiprocessors = 1;

    explicit CudaScratch(std::size_t bytes, std::size_t shared_bytes = h200_shared_bytes)
        : memory_(bytes), bytes_(bytes), shared_bytes_(shared_bytes) {
        std::memset(memory_.data(), 0xFF, bytes);
    }
    spoutnik::kernels::cuda::Context context() const {
        spoutnik::kernels::cuda::Context context;
        context.scratch = {memory_.data(), bytes_};
        context.shared_bytes = shared_bytes_;
        context.multiprocessors = multiprocessors;
        return context;
    }

  private:
    DeviceBytes memory_;
    std::size_t bytes_;
    std::size_t shared_bytes_;
};

/// How far two products of weights in floats are apart, in units of what two f32 sums may be.
inline double float_error(const RandomWeights& weights, const Grid& x, const Grid& expected,
                          const Grid& out) {
    const Matrix matrix = weights.matrix();
    Worst worst;
    for (std::int64_t t = 0; t < x.view().rows; ++t)
        for (std::int64_t r = 0; r < matrix.rows; ++r) {
            double magnitude = 0.0;
            for (std::int64_t c = 0; c < matrix.cols; ++c)
                magnitude += weights.size_at(0, r, c) * std::abs(x(t, c));
            worst.see(out(t, r), expected(t, r), 2.0 * sum_error(matrix.cols) * magnitude + 16 * unit);
        }
    return worst.ratio();
}

} // namespace test
