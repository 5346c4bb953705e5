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
constexpr std::int64_t row_step = 4; // rows the tile kernels of floats take at a time
constexpr std::size_t line = 64;

std::size_t whole_lines(std::size_t bytes) {
    return (bytes + line - 1) / line * line;
}

} // namespace

void RoundedRows::resize(std::int64_t count, std::int64_t cols, std::int64_t block) {
    const auto blocks = static_cast<std::size_t>(cols / block);
    const std::size_t sums =
        blocks *
        (block == 256 ? static_cast<std::size_t>(sums_per_256) * sizeof(std::int16_t) : sizeof(std::int32_t));
    block_ = block;
    scales_at_ = whole_lines(static_cast<std::size_t>(cols));
    sums_at_ = scales_at_ + whole_lines(blocks * sizeof(float));
    row_bytes_ = sums_at_ + whole_lines(sums) + line; // off the powers of two
    const auto floats =
        static_cast<std::int64_t>(static_cast<std::size_t>(count) * row_bytes_ / sizeof(float));
    data_ = reinterpret_cast<std::byte*>(memory_.floats(floats)); // NOLINT: memory
}

Int8RowMemory RoundedRows::memory_of(std::int64_t i) const {
    std::byte* row = data_ + static_cast<std::size_t>(i) * row_bytes_;
    // NOLINTBEGIN: one stretch of memory holds what a row is made of
    Int8RowMemory memory{.codes = reinterpret_cast<std::int8_t*>(row),
                         .scales = reinterpret_cast<float*>(row + scales_at_)};
    if (block_ == 256)
        memory.group_sums = reinterpret_cast<std::int16_t*>(row + sums_at_);
    else
        memory.block_sums = reinterpret_cast<std::int32_t*>(row + sums_at_);
    // NOLINTEND
    return memory;
}

std::int64_t CpuBackend::rows_per_task(const Matrix& weight) const {
    const std::int64_t step = is_quantised(weight.format) ? int8_.rows_at_once : row_step;
    const std::int64_t fitting = decoded_floats / std::max<std::int64_t>(1, weight.cols) / step * step;
    // Few rows: smaller tasks, so that every thread has some.
    const std::int64_t share = (weight.rows / pool_.threads() + step - 1) / step * step;
    constexpr std::int64_t most = 64;
    return std::max(step, std::min({fitting, share, most}));
}

void CpuBackend::multiply(const Matrix& weight, std::int64_t index, std::int64_t first_row,
                          std::int64_t last_row, const Operands& x, float* const* out, Worker& worker,
                          const std::byte* then) const {
    const std::size_t row_bytes = bytes_of(weight.format, weight.cols);
    const std::byte* rows = row_of(weight, index, first_row);
    const std::int64_t row_count = last_row - first_row;
    if (is_quantised(weight.format)) {
        if (x.count == 1) {
            int8_.dot_rows(weight.format, rows, row_bytes, row_count, weight.cols, x.rounded[0], out[0],
                           then);
            return;
        }
        const auto floats =
            static_cast<std::int64_t>(int8_.scratch_bytes(weight.cols, x.count) / sizeof(float));
        int8_.dot_tile(weight.format, rows, row_bytes, row_count, weight.cols, x.rounded, x.count, out,
                       reinterpret_cast<std::byte*>(worker.rows.floats(floats)), // NOLINT: memory
                       then);
        return;
    }
    if (x.count == 1) {
        table_.dot_rows(weight.format, rows, row_bytes, row_count, weight.cols, x.floats[0], out[0]);
        return;
    }
    // A stride of whole cache lines, off the powers of two that would make rows share cache sets.
    const std::int64_t stride = (weight.cols + 15) / 16 * 16 + 16;
    float* decoded = worker.rows.floats(row_count * stride);
    for (std::int64_t r = 0; r < row_count; ++r)
        table_.dequantize(weight.format, rows + static_cast<std::size_t>(r) * row_bytes, weight.cols,
                          decoded + r * stride);
    table_.dot_tile(decoded, stride, row_count, weight.cols, x.floats, x.count, out);
}

void CpuBackend::matmul(const Matrix& weight, ConstTensor x, Tensor out) {
    checks::matmul(weight, x, out);
    if (x.rows == 0 || weight.rows == 0) return;
    std::vector<const float*> in(static_cast<std::size_t>(x.rows));
    for (std::int64_t t = 0; t < x.rows; ++t)
        in[static_cast<std::size_t>(t)] = x.data + t * x.stride;
    std::vector<Int8Row> rounded;
    if (is_quantised(weight.format)) {
        round_rows(x.rows, x.cols, rounding_block(weight.format), rounded_,
                   [&](std::int64_t t) { return in[static_cast<std::size_t>(t)]; });
        for (std::int64_t t = 0; t < x.rows; ++t)
            rounded.push_back(rounded_.row(t));
    }
    const Operands operands{in.data(), rounded.data(), x.rows};
    if (x.rows == 1) {
        for_streamed_rows(weight, weight.rows, [&](std::int64_t first, std::int64_t last, Worker& worker) {
            float* target = out.data + first;
            multiply(weight, 0, first, last, operands, &target, worker);
        });
        return;
    }
    const std::int64_t step = rows_per_task(weight);
    pool_.run_in_order((weight.rows + step - 1) / step, [&](std::int64_t part, int number) {
        Worker& worker = workers_[static_cast<std::size_t>(number)];
        const std::int64_t first = part * step;
        worker.out.resize(in.size());
        for (std::int64_t t = 0; t < x.rows; ++t)
            worker.out[static_cast<std::size_t>(t)] = out.data + t * out.stride + first;
        multiply(weight, 0, first, std::min(weight.rows, first + step), operands, worker.out.data(), worker);
    });
}

void CpuBackend::matmul_per_head(const Matrix& weight, Heads x, Heads out) {
    checks::matmul_per_head(weight, x, out);
    if (x.tokens == 0 || weight.rows == 0) return;
    const auto input_of = [&](std::int64_t t, std::int64_t head) {
        return x.data + t * x.token_stride + head * x.head_stride;
    };
    const bool quantised = is_quantised(weight.format);
    if (quantised) // rows in the order [head][token]
        round_rows(x.tokens * x.heads, x.width, rounding_block(weight.format), rounded_,
                   [&](std::int64_t i) { return input_of(i % x.tokens, i / x.tokens); });
    if (x.tokens == 1) {
        for_streamed_rows(
            weight, weight.rows * weight.count, [&](std::int64_t first, std::int64_t last, Worker& worker) {
                for_parts_of(weight.rows, first, last,
                             [&](std::int64_t head, std::int64_t row, std::int64_t end) {
                                 const float* in = input_of(0, head);
                                 float* target = out.data + head * out.head_stride + row;
                                 const Int8Row rounded = quantised ? rounded_.row(head) : Int8Row{};
                                 multiply(weight, head, row, end, {&in, &rounded, 1}, &target, worker);
                             });
            });
        return;
    }
    const std::int64_t step = rows_per_task(weight);
    const std::int64_t parts_per_head = (weight.rows + step - 1) / step;
    pool_.run_in_order(parts_per_head * weight.count, [&](std::int64_t part, int number) {
        Worker& worker = workers_[static_cast<std::size_t>(number)];
        const std::int64_t head = part / parts_per_head;
        const std::int64_t first = part % parts_per_head * step;
        worker.in.resize(static_cast<std::size_t>(x.tokens));
        worker.out.resize(static_cast<std::size_t>(x.tokens));
        worker.rounded.resize(quantised ? static_cast<std::size_t>(x.tokens) : 0);
        for (std::int64_t t = 0; t < x.tokens; ++t) {
            const auto i = static_cast<std::size_t>(t);
            worker.in[i] = input_of(t, head);
            worker.out[i] = out.data + t * out.token_stride + head * out.head_stride + first;
            if (quantised) worker.rounded[i] = rounded_.row(head * x.tokens + t);
        }
        multiply(weight, head, first, std::min(weight.rows, first + step),
                 {worker.in.data(), worker.rounded.data(), x.tokens}, worker.out.data(), worker);
    });
}

} // namespace spoutnik::kernels
