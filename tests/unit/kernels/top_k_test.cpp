// SPDX-License-Identifier: MIT
// Backend::top_k against sorting.
#include "kernels/top_k.h"
#include "tests/unit/kernels/support.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <numeric>
#include <span>

using namespace spoutnik::kernels;

namespace {

/// Columns from the largest value down; a stable sort leaves equal ones in their order.
std::vector<std::int32_t> sorted_columns(std::span<const float> row) {
    std::vector<std::int32_t> columns(row.size());
    std::iota(columns.begin(), columns.end(), 0);
    const auto value = [&](std::int32_t column) { return row[static_cast<std::size_t>(column)]; };
    std::ranges::stable_sort(columns, [&](std::int32_t a, std::int32_t b) {
        if (std::isnan(value(a)) || std::isnan(value(b)))
            return !std::isnan(value(a)) && std::isnan(value(b));
        return value(a) > value(b);
    });
    return columns;
}

} // namespace

TEST_CASE("top_k finds what sorting finds, ties and odd values included") {
    const auto backend = test::backend(CpuIsa::reference);
    test::Random random(5);
    for (const std::int64_t cols : {1, 2, 37, 1024, 5000})
        for (const std::int64_t k : {1, 2, 40, 1024}) {
            if (k > cols) continue;
            constexpr std::int64_t rows = 3;
            const std::int64_t stride = cols + 5;
            std::vector<float> values = random.floats(rows * stride, -3.0F, 3.0F);
            for (std::size_t i = 0; i < values.size(); i += 3)
                values[i] = std::round(values[i]); // many equal ones, and both zeros
            for (std::size_t i = 7; i < values.size(); i += 11)
                values[i] = i % 2 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                       : -std::numeric_limits<float>::infinity();
            CAPTURE(cols, k);
            std::vector<std::int32_t> ids(static_cast<std::size_t>(rows * k));
            std::vector<float> best(ids.size());
            backend->top_k({values.data(), rows, cols, stride}, k, ids.data(), best.data());
            for (std::int64_t t = 0; t < rows; ++t) {
                const std::span row = std::span<const float>(values).subspan(
                    static_cast<std::size_t>(t * stride), static_cast<std::size_t>(cols));
                const auto expected = sorted_columns(row);
                for (std::int64_t i = 0; i < k; ++i) {
                    const auto at = static_cast<std::size_t>(t * k + i);
                    CHECK(ids[at] == expected[static_cast<std::size_t>(i)]);
                    CHECK(std::memcmp(&best[at], &row[static_cast<std::size_t>(ids[at])], sizeof(float)) ==
                          0);
                }
            }
        }
    std::vector<float> row(8);
    std::int32_t id = 0;
    float value = 0;
    CHECK_THROWS_AS(top_k({row.data(), 1, 8, 8}, 0, &id, &value), std::invalid_argument);
    CHECK_THROWS_AS(top_k({row.data(), 1, 8, 8}, 9, &id, &value), std::invalid_argument);
    CHECK_THROWS_AS(top_k({row.data(), 1, 8, 8}, 1, nullptr, &value), std::invalid_argument);
}
