// SPDX-License-Identifier: MIT
// Matrix products. A task is a range of a weight's rows, so that each byte of a weight is read once a call,
// whatever the number of tokens.
#include "kernels/cpu/cpu_backend.h"

#include <algorithm>

namespace spoutnik::kernels {
namespace {

/// Decoded rows a worker keeps for several tokens. More rows mean fewer passes over the tokens, which are
/// many megabytes in a long prompt; the rows are read in narrow slices, so they may outgrow the second-level
/// cache.
constexpr std::int64_t decoded_floats = 256 * 1024;
/// Bytes of encoded rows a task streams when there is one token.
constexpr std::int64_t streamed_bytes = 128 * 1024;
constexpr std::int64_t row_step = 4; // rows the tile kernels take at a time

} // namespace

std::int64_t CpuBackend::rows_per_task(const Matrix& weight, std::int64_t count) const {
    const std::int64_t row_size =
        count == 1 ? static_cast<std::int64_t>(bytes_of(weight.format, weight.cols)) : weight.cols;
    const std::int64_t budget = count == 1 ? streamed_bytes : decoded_floats;
    const std::int64_t fitting = budget / std::max<std::int64_t>(1, row_size) / row_step * row_step;
    // Few rows: smaller tasks, so that every thread has some.
    const std::int64_t share = (weight.rows / pool_.threads() + row_step - 1) / row_step * row_step;
    const std::int64_t most = count == 1 ? 1024 : 64;
    return std::max(row_step, std::min({fitting, share, most}));
}

void CpuBackend::multiply(const Matrix& weight, std::int64_t index, std::int64_t first_row,
                          std::int64_t last_row, const float* const* x, std::int64_t count, float* const* out,
                          Worker& worker) const {
    const std::size_t row_bytes = bytes_of(weight.format, weight.cols);
    const std::byte* rows = row_of(weight, index, first_row);
    const std::int64_t row_count = last_row - first_row;
    if (count == 1) {
        table_.dot_rows(weight.format, rows, row_bytes, row_count, weight.cols, x[0], out[0]);
        return;
    }
    // A stride of whole cache lines, off the powers of two that would make rows share cache sets.
    const std::int64_t stride = (weight.cols + 15) / 16 * 16 + 16;
    float* decoded = worker.rows.floats(row_count * stride);
    for (std::int64_t r = 0; r < row_count; ++r)
        table_.dequantize(weight.format, rows + static_cast<std::size_t>(r) * row_bytes, weight.cols,
                          decoded + r * stride);
    table_.dot_tile(decoded, stride, row_count, weight.cols, x, count, out);
}

void CpuBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    require_matrix(weight, "matmul: bad weight");
    require_tensor(x, "matmul: bad input");
    require_tensor(out, "matmul: bad output");
    require(x.cols == weight.cols && out.cols == weight.rows && x.rows == out.rows,
            "matmul: [tokens, in] and [out, in] must give [tokens, out]");
    if (x.rows == 0 || weight.rows == 0) return;
    const std::int64_t step = rows_per_task(weight, x.rows);
    std::vector<const float*> in(static_cast<std::size_t>(x.rows));
    for (std::int64_t t = 0; t < x.rows; ++t)
        in[static_cast<std::size_t>(t)] = x.data + t * x.stride;
    pool_.run((weight.rows + step - 1) / step, [&](std::int64_t part, int number) {
        Worker& worker = workers_[static_cast<std::size_t>(number)];
        const std::int64_t first = part * step;
        worker.out.resize(in.size());
        for (std::int64_t t = 0; t < x.rows; ++t)
            worker.out[static_cast<std::size_t>(t)] = out.data + t * out.stride + first;
        multiply(weight, 0, first, std::min(weight.rows, first + step), in.data(), x.rows, worker.out.data(),
                 worker);
    });
}

void CpuBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    require_matrix(weight, "matmul_per_head: bad weight");
    require_heads(x, "matmul_per_head: bad input");
    require_heads(out, "matmul_per_head: bad output");
    require(x.heads == weight.count && out.heads == weight.count && x.tokens == out.tokens &&
                x.width == weight.cols && out.width == weight.rows,
            "matmul_per_head: [tokens, heads, in] and heads of [out, in] must give [tokens, heads, out]");
    if (x.tokens == 0 || weight.rows == 0) return;
    const std::int64_t step = rows_per_task(weight, x.tokens);
    const std::int64_t parts_per_head = (weight.rows + step - 1) / step;
    pool_.run(parts_per_head * weight.count, [&](std::int64_t part, int number) {
        Worker& worker = workers_[static_cast<std::size_t>(number)];
        const std::int64_t head = part / parts_per_head;
        const std::int64_t first = part % parts_per_head * step;
        worker.in.resize(static_cast<std::size_t>(x.tokens));
        worker.out.resize(static_cast<std::size_t>(x.tokens));
        for (std::int64_t t = 0; t < x.tokens; ++t) {
            const auto i = static_cast<std::size_t>(t);
            worker.in[i] = x.data + t * x.token_stride + head * x.head_stride;
            worker.out[i] = out.data + t * out.token_stride + head * out.head_stride + first;
        }
        multiply(weight, head, first, std::min(weight.rows, first + step), worker.in.data(), x.tokens,
                 worker.out.data(), worker);
    });
}

} // namespace spoutnik::kernels
