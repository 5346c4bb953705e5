// SPDX-License-Identifier: MIT
// The largest values of rows: one pass over each, with a heap of the best so far.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/top_k.h"

#include <algorithm>
#include <cmath>

namespace spoutnik::kernels {
namespace {

/// Columns of a row in the order of their values.
struct Better {
    const float* row;

    bool operator()(std::int32_t a, std::int32_t b) const {
        const float x = row[a];
        const float y = row[b];
        if (std::isnan(x) || std::isnan(y)) {
            if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
            return a < b;
        }
        return x != y ? x > y : a < b;
    }
};

void best_of(const float* row, std::int64_t cols, std::int64_t k, std::int32_t* ids, float* values) {
    const Better better{row};
    std::int32_t* end = ids + k;
    for (std::int64_t i = 0; i < k; ++i)
        ids[i] = static_cast<std::int32_t>(i);
    std::make_heap(ids, end, better); // the worst of them at the front
    for (auto column = static_cast<std::int32_t>(k); column < cols; ++column) {
        if (!better(column, ids[0])) continue;
        std::pop_heap(ids, end, better);
        end[-1] = column;
        std::push_heap(ids, end, better);
    }
    std::sort_heap(ids, end, better);
    for (std::int64_t i = 0; i < k; ++i)
        values[i] = row[ids[i]];
}

} // namespace

void top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) {
    checks::top_k(rows, k, ids, values);
    for (std::int64_t t = 0; t < rows.rows; ++t)
        best_of(rows.data + t * rows.stride, rows.cols, k, ids + t * k, values + t * k);
}

void CpuBackend::top_k(ConstTensor rows, std::int64_t k, std::int32_t* ids, float* values) {
    checks::top_k(rows, k, ids, values);
    for_row_ranges(rows.rows, rows.cols, [&](std::int64_t first, std::int64_t last, Worker&) {
        for (std::int64_t t = first; t < last; ++t)
            best_of(rows.data + t * rows.stride, rows.cols, k, ids + t * k, values + t * k);
    });
}

} // namespace spoutnik::kernels
