// SPDX-License-Identifier: MIT
// The trial of a table of attention's products before it is used.
#include "kernels/cpu/amx_support.h"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace spoutnik::kernels {
namespace {

/// Values as they stand in tests of a table: `rows` of `cols`, with NaNs between them and behind the last.
class PoisonedHalves {
  public:
    PoisonedHalves(std::int64_t rows, std::int64_t cols)
        : cols_(cols), values_(static_cast<std::size_t>(rows * stride())), pointers_() {
        constexpr std::uint16_t not_a_number = 0xFFFF;
        for (std::uint16_t& value : values_)
            value = not_a_number;
        for (std::int64_t r = 0; r < rows; ++r)
            pointers_.push_back(values_.data() + r * stride());
    }

    std::int64_t stride() const { return cols_ + 7; }
    std::uint16_t& at(std::int64_t row, std::int64_t col) {
        return values_[static_cast<std::size_t>(row * stride() + col)];
    }
    double value(std::int64_t row, std::int64_t col) const {
        return bf16_to_f32(values_[static_cast<std::size_t>(row * stride() + col)]);
    }
    const std::uint16_t* data() const { return values_.data(); }
    const std::uint16_t* const* rows() const { return pointers_.data(); }

  private:
    std::int64_t cols_;
    std::vector<std::uint16_t> values_;
    std::vector<const std::uint16_t*> pointers_;
};

/// Results with a gap behind each row, all of them one number at first.
class Results {
  public:
    Results(std::int64_t rows, std::int64_t cols)
        : stride_(cols + 3), values_(static_cast<std::size_t>(rows * stride_), before) {
        for (std::int64_t r = 0; r < rows; ++r)
            pointers_.push_back(values_.data() + r * stride_);
    }
    static constexpr float before = -77.0F;

    float* const* rows() { return pointers_.data(); }
    float at(std::int64_t row, std::int64_t col) const {
        return values_[static_cast<std::size_t>(row * stride_ + col)];
    }
    bool has_bits_of(const Results& other) const {
        return std::memcmp(values_.data(), other.values_.data(), values_.size() * sizeof(float)) == 0;
    }

  private:
    std::int64_t stride_;
    std::vector<float> values_;
    std::vector<float*> pointers_;
};

/// Operands of both loops. Whole numbers are at most 127 and sums short, so that f32 holds them exactly.
class Trial {
  public:
    Trial(const Bf16Table& candidate, const Bf16Table& trusted, bool whole_numbers)
        : candidate_(candidate), trusted_(trusted), whole_numbers_(whole_numbers) {}

    /// Rows times vectors.
    bool dots_agree(std::int64_t rows, std::int64_t cols, std::int64_t count) {
        PoisonedHalves a = random_halves(rows, cols);
        PoisonedHalves x = random_halves(count, cols);
        PoisonedHalves turned((cols + 1) / 2, 2 * count);
        for (std::int64_t c = 0; c < 2 * ((cols + 1) / 2); ++c)
            for (std::int64_t i = 0; i < count; ++i)
                turned.at(c / 2, 2 * i + c % 2) = c < cols ? x.at(i, c) : std::uint16_t{0};
        const Bf16Vectors vectors{x.rows(), count, turned.data(), turned.stride()};
        Results expected(count, rows);
        Results actual(count, rows);
        trusted_.dot_tile(a.data(), a.stride(), rows, cols, vectors, expected.rows(), {});
        candidate_.dot_tile(a.data(), a.stride(), rows, cols, vectors, actual.rows(), {});
        if (whole_numbers_) return actual.has_bits_of(expected);
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t r = 0; r < rows; ++r) {
                double size = 0.0;
                for (std::int64_t c = 0; c < cols; ++c)
                    size += std::abs(a.value(r, c) * x.value(i, c));
                if (!is_near(actual.at(i, r), expected.at(i, r), cols, size)) return false;
            }
        return true;
    }

    /// Rows added up.
    bool mixtures_agree(std::int64_t count, std::int64_t pair_count, std::int64_t cols, bool fresh) {
        const PoisonedHalves weights = random_halves(count, 2 * pair_count);
        const PoisonedHalves pairs = random_halves(pair_count, 2 * cols);
        Results expected(count, cols);
        Results actual(count, cols);
        for (const auto& [table, out] : {std::pair{&trusted_, &expected}, std::pair{&candidate_, &actual}})
            table->mix_pairs(weights.rows(), count, pairs.data(), pairs.stride(), pair_count, cols,
                             out->rows(), fresh, {});
        if (whole_numbers_) return actual.has_bits_of(expected);
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t c = 0; c < cols; ++c) {
                double size = fresh ? 0.0 : -Results::before;
                for (std::int64_t r = 0; r < 2 * pair_count; ++r)
                    size += std::abs(weights.value(i, r) * pairs.value(r / 2, 2 * c + r % 2));
                if (!is_near(actual.at(i, c), expected.at(i, c), 2 * pair_count, size)) return false;
            }
        return true;
    }

  private:
    PoisonedHalves random_halves(std::int64_t rows, std::int64_t cols) {
        PoisonedHalves halves(rows, cols);
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < cols; ++c) {
                const float value = static_cast<float>(random_()) * 0x1p-31F - 1.0F;
                halves.at(r, c) = f32_to_bf16(whole_numbers_ ? std::round(127.0F * value) : value);
            }
        return halves;
    }

    /// A term passes through at most as many roundings as there are terms, and a few that join sums; each
    /// moves a sum by 2^-24 of it at most. Both tables round.
    static bool is_near(float actual, float expected, std::int64_t terms, double size) {
        const double most = 2.0 * static_cast<double>(terms + 8) * 0x1p-24 * size;
        return std::abs(static_cast<double>(actual) - expected) <= most; // a NaN is not
    }

    const Bf16Table& candidate_;
    const Bf16Table& trusted_;
    bool whole_numbers_;
    std::mt19937 random_{1}; // the same numbers at every start
};

} // namespace

std::string first_difference(const Bf16Table& candidate, const Bf16Table& trusted) {
    struct Sizes {
        std::int64_t outputs; // or rows
        std::int64_t terms;
        std::int64_t columns; // or vectors
    };
    // Few columns and many, whole tiles and parts, one pair and an odd value.
    constexpr Sizes all_sizes[] = {{1, 32, 1},   {70, 72, 5}, {37, 45, 21},
                                   {5, 128, 12}, {35, 2, 33}, {21, 74, 80}};
    for (const bool whole_numbers : {true, false}) {
        Trial trial(candidate, trusted, whole_numbers);
        for (const Sizes& s : all_sizes) {
            if (!trial.dots_agree(s.outputs, s.terms, s.columns)) return "the product of rows";
            for (const bool fresh : {true, false})
                if (!trial.mixtures_agree(s.outputs, (s.terms + 1) / 2, s.columns, fresh))
                    return "the mixture of rows";
        }
    }
    return "";
}

} // namespace spoutnik::kernels
