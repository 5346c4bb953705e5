// SPDX-License-Identifier: MIT
// What the kernel tests share: random operands, and the value of a weight computed in double by code that
// shares nothing with the kernels.
//
// Tolerances. An f32 sum of n products kept in at least eight lanes differs from the exact one by at most
// about (n / 8 + 16) * 2^-24 * sum |a b|, whatever the order in the lanes and whether the products are fused
// (Higham 2002, section 3.1). Every bound in these tests is made of that, from the operands themselves.
#pragma once

#include "kernels/backend.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace test {

using spoutnik::kernels::Backend;
using spoutnik::kernels::CacheRows;
using spoutnik::kernels::ConstTensor;
using spoutnik::kernels::CpuIsa;
using spoutnik::kernels::Format;
using spoutnik::kernels::Heads;
using spoutnik::kernels::Matrix;
using spoutnik::kernels::Tensor;

constexpr double unit = 0x1p-24; ///< half a unit of the last place of 1, the error of one rounding

/// Relative error allowed to a sum of n terms.
inline double sum_error(std::int64_t n) {
    return (static_cast<double>(n) / 8.0 + 16.0) * unit;
}

/// The instruction sets this machine runs.
std::vector<CpuIsa> instruction_sets();
std::unique_ptr<Backend> backend(CpuIsa isa, int threads = 2);

class Random {
  public:
    explicit Random(std::uint32_t seed) : generator_(seed) {}
    float uniform(float low, float high) {
        return std::uniform_real_distribution<float>(low, high)(generator_);
    }
    int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator_); }
    std::byte byte() { return static_cast<std::byte>(whole(0, 255)); }
    std::vector<float> floats(std::int64_t count, float low = -1.0F, float high = 1.0F);

  private:
    std::mt19937 generator_;
};

/// A weight value in double, and the sum of the magnitudes of its terms, which scales its rounding errors.
struct ExactValue {
    double value = 0.0;
    double magnitude = 0.0;
};

/// Value `index` of the row that begins at `row`.
ExactValue weight_value(Format format, const std::byte* row, std::int64_t index);

/// Gives a block the f16 `scale` as scale and as minimum (MXFP4: 1/64).
void set_scales(Format format, std::byte* block, std::uint16_t scale);

/// Random blocks whose scales are finite and make values of the order of 1/8; every other bit is random.
/// One byte precedes them in memory, so that they are never aligned.
class RandomWeights {
  public:
    RandomWeights(Format format, std::int64_t rows, std::int64_t cols, std::uint32_t seed,
                  std::int64_t count = 1);

    Matrix matrix() const;
    /// Value [index, row, col] in double.
    double at(std::int64_t index, std::int64_t row, std::int64_t col) const;
    /// The magnitudes of its terms added up: at least that of the value.
    double size_at(std::int64_t index, std::int64_t row, std::int64_t col) const;

  private:
    Format format_;
    std::int64_t rows_;
    std::int64_t cols_;
    std::int64_t count_;
    std::vector<std::byte> bytes_;
    std::vector<double> values_;
    std::vector<double> sizes_;
};

/// Rows with room between them, filled with a sentinel that must survive.
class Grid {
  public:
    Grid(std::int64_t rows, std::int64_t cols, std::int64_t gap);
    Grid(std::int64_t rows, std::int64_t cols, std::int64_t gap, Random& random, float low = -1.0F,
         float high = 1.0F);

    Tensor tensor() { return {data_.data() + 1, rows_, cols_, stride_}; }
    ConstTensor view() const { return {data_.data() + 1, rows_, cols_, stride_}; }
    /// The rows from `first` on.
    Tensor rows(std::int64_t first, std::int64_t count) {
        return {data_.data() + 1 + first * stride_, count, cols_, stride_};
    }
    float& at(std::int64_t row, std::int64_t col) {
        return data_[static_cast<std::size_t>(1 + row * stride_ + col)];
    }
    double operator()(std::int64_t row, std::int64_t col) const {
        return data_[static_cast<std::size_t>(1 + row * stride_ + col)];
    }
    bool gaps_untouched() const;
    /// Same bits everywhere.
    friend bool operator==(const Grid& a, const Grid& b) {
        return a.data_.size() == b.data_.size() &&
               std::memcmp(a.data_.data(), b.data_.data(), a.data_.size() * sizeof(float)) == 0;
    }

  private:
    static constexpr float sentinel = -12345.0F;
    std::int64_t rows_;
    std::int64_t cols_;
    std::int64_t stride_;
    std::vector<float> data_; ///< the first float puts the rest off alignment
};

/// Activations as a product with a weight in `format` takes them: themselves for floats, and rounded to 8
/// bits in blocks of the format's for the others (kernels/cpu/int8_rows.h), worked out value by value.
struct Multiplied {
    std::vector<double> values;
    std::vector<double> steps; ///< of each value; half of it is the most that rounding can move it

    Multiplied(Format format, const float* x, std::int64_t cols);
};

/// The largest |actual - expected| / allowed seen; above 1 something is wrong.
class Worst {
  public:
    void see(double actual, double expected, double allowed) {
        const double error = std::abs(actual - expected);
        // A NaN on either side must not pass unseen.
        if (!(error <= allowed))
            ratio_ = std::isfinite(error) && allowed > 0 ? std::max(ratio_, error / allowed) : 1e30;
        else if (allowed > 0)
            ratio_ = std::max(ratio_, error / allowed);
    }
    double ratio() const { return ratio_; }

  private:
    double ratio_ = 0.0;
};

} // namespace test
