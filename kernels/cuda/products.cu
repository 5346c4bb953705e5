// SPDX-License-Identifier: MIT
// The operations of ops_products.h as sequences of kernels.
#include "kernels/cuda/ops_products.h"

#include "kernels/cuda/float_products.cuh"
#include "kernels/cuda/matvec.cuh"
#include "kernels/cuda/rounded_rows.cuh"

namespace spoutnik::kernels::cuda {
namespace {

bool is_quantised(Format format) {
    return format != Format::f32 && format != Format::f16 && format != Format::bf16;
}
std::int64_t rounding_block(Format format) {
    return traits_of(format).values_per_block;
}
std::size_t aligned(std::size_t bytes) {
    constexpr std::size_t alignment = 256;
    return (bytes + alignment - 1) / alignment * alignment;
}
/// Bytes of activations as a format's products take them.
std::size_t operand_bytes(Format format, std::int64_t rows, std::int64_t cols) {
    return is_quantised(format) ? rounded_bytes(rows, cols, rounding_block(format)) : 0;
}

const unsigned char* bytes_at(const Matrix& weight) {
    return reinterpret_cast<const unsigned char*>(weight.data); // NOLINT: bytes are bytes
}

Job job_of(Work work, const Matrix& weight) {
    Job job;
    job.work = work;
    job.weight = bytes_at(weight);
    job.row_bytes = bytes_of(weight.format, weight.cols);
    job.matrix_bytes = weight.count > 1 ? weight.stride_bytes : 0;
    job.rows = static_cast<int>(weight.rows);
    job.cols = static_cast<int>(weight.cols);
    job.matrices = static_cast<int>(weight.count);
    return job;
}

/// Activations of some rows: where they lie, and rounded where a weight wants them so.
struct Operand {
    RowsToRound floats;
    RoundedRows rounded;
    std::int64_t stride = 0;        ///< floats, from one token (or pair) to the next
    std::int64_t matrix_stride = 0; ///< floats, from the activations of one matrix to those of the next
};

/// Rounds into `memory` when `format` is a quantised one.
Operand operand(const Context& context, Format format, const RowsToRound& floats, std::byte* memory) {
    Operand result;
    result.floats = floats;
    result.stride = floats.outer_stride;
    if (!is_quantised(format)) return result;
    result.rounded = rounded_in(memory, floats.rows, floats.cols, rounding_block(format));
    round_rows(context.stream, floats, rounding_block(format), result.rounded);
    return result;
}

/// Rows of activations one after another.
RowsToRound rows_of(const float* data, std::int64_t rows, std::int64_t cols, std::int64_t stride) {
    return {.data = data, .rows = rows, .cols = cols, .inner = 1, .outer_stride = stride, .inner_stride = 0};
}

void run(const Context& context, Format format, const Job& job, const Operand& x, std::int64_t groups,
         bool one_token) {
    if (is_quantised(format)) {
        launch_matvec(context, format, job, x.rounded, groups, one_token);
        return;
    }
    FloatCall call;
    call.job = job;
    call.x = x.floats.data;
    call.x_stride = x.stride;
    call.x_matrix_stride = x.matrix_stride;
    launch_float_products(context, format, call, groups, one_token);
}

/// Work::rows for any number of tokens.
void run_rows(const Context& context, const Matrix& weight, Job job, const Operand& x, std::int64_t tokens) {
    job.tokens = tokens;
    const bool one_token = tokens == 1;
    const std::int64_t at_once = is_quantised(weight.format) ? matvec_tokens : float_tokens;
    run(context, weight.format, job, x, one_token ? 1 : (tokens + at_once - 1) / at_once, one_token);
}

} // namespace

std::size_t matmul_scratch_bytes(const Matrix& weight, std::int64_t tokens) {
    return operand_bytes(weight.format, tokens, weight.cols);
}

void matmul(const Context& context, const Matrix& weight, ConstTensor x, Tensor out) {
    if (x.rows == 0 || weight.rows == 0) return;
    Job job = job_of(Work::rows, weight);
    job.matrices = 1;
    job.out = out.data;
    job.out_stride = out.stride;
    const Operand rows =
        operand(context, weight.format, rows_of(x.data, x.rows, x.cols, x.stride), context.scratch.data);
    run_rows(context, weight, job, rows, x.rows);
}

std::size_t matmul_per_head_scratch_bytes(const Matrix& weight, std::int64_t tokens) {
    return operand_bytes(weight.format, tokens * weight.count, weight.cols);
}

void matmul_per_head(const Context& context, const Matrix& weight, Heads x, Heads out) {
    if (x.tokens == 0 || weight.rows == 0) return;
    Job job = job_of(Work::rows, weight);
    job.out = out.data;
    job.out_stride = out.token_stride;
    job.out_matrix_stride = out.head_stride;
    const RowsToRound floats{.data = x.data,
                             .rows = x.tokens * x.heads,
                             .cols = x.width,
                             .inner = x.tokens,
                             .outer_stride = x.head_stride,
                             .inner_stride = x.token_stride};
    Operand rows = operand(context, weight.format, floats, context.scratch.data);
    rows.stride = x.token_stride;
    rows.matrix_stride = x.head_stride;
    run_rows(context, weight, job, rows, x.tokens);
}

namespace {

/// The parts of expert_ffn's scratch, one after another.
struct ExpertScratch {
    std::size_t x;     ///< rounded for gate
    std::size_t x_too; ///< for up, where it wants other blocks
    std::size_t inner; ///< [pairs, ff] floats
    std::size_t inner_rounded;

    ExpertScratch(const Matrix& gate, const Matrix& up, const Matrix& down, std::int64_t tokens,
                  std::int64_t experts_used)
        : x(operand_bytes(gate.format, tokens, gate.cols)),
          x_too(shares_rounding(gate, up) ? 0 : operand_bytes(up.format, tokens, up.cols)),
          inner(aligned(static_cast<std::size_t>(tokens * experts_used * gate.rows) * sizeof(float))),
          inner_rounded(operand_bytes(down.format, tokens * experts_used, down.cols)) {}

    static bool shares_rounding(const Matrix& gate, const Matrix& up) {
        return is_quantised(gate.format) && is_quantised(up.format) &&
               rounding_block(gate.format) == rounding_block(up.format);
    }
    std::size_t all() const { return x + x_too + inner + inner_rounded; }
};

} // namespace

std::size_t expert_ffn_scratch_bytes(const Matrix& gate, const Matrix& up, const Matrix& down,
                                     std::int64_t tokens, std::int64_t experts_used) {
    return ExpertScratch(gate, up, down, tokens, experts_used).all();
}

void expert_ffn(const Context& context, const Matrix& gate, const Matrix& up, const Matrix& down,
                ConstTensor x, const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                Tensor out) {
    const std::int64_t pairs = x.rows * experts_used;
    if (pairs == 0 || x.cols == 0) return;
    const ExpertScratch parts(gate, up, down, x.rows, experts_used);
    std::byte* memory = context.scratch.data;
    auto* inner = reinterpret_cast<float*>(memory + parts.x + parts.x_too); // NOLINT: scratch is bytes
    const auto with_experts = [&](Job job, float* target, std::int64_t stride) {
        job.tokens = x.rows;
        job.experts_used = static_cast<int>(experts_used);
        job.ids = ids;
        job.weights = weights;
        job.out = target;
        job.out_stride = stride;
        return job;
    };

    const RowsToRound rows = rows_of(x.data, x.rows, x.cols, x.stride);
    const Operand for_gate = operand(context, gate.format, rows, memory);
    if (gate.format == up.format) {
        Job both = with_experts(job_of(Work::gate_up, gate), inner, gate.rows);
        both.up = bytes_at(up);
        both.up_matrix_bytes = up.count > 1 ? up.stride_bytes : 0;
        run(context, gate.format, both, for_gate, pairs, true);
    } else {
        const Operand for_up = ExpertScratch::shares_rounding(gate, up)
                                   ? for_gate
                                   : operand(context, up.format, rows, memory + parts.x);
        run(context, gate.format, with_experts(job_of(Work::gate, gate), inner, gate.rows), for_gate, pairs,
            true);
        run(context, up.format, with_experts(job_of(Work::up, up), inner, gate.rows), for_up, pairs, true);
    }
    const Operand for_down = operand(context, down.format, rows_of(inner, pairs, gate.rows, gate.rows),
                                     memory + parts.x + parts.x_too + parts.inner);
    run(context, down.format, with_experts(job_of(Work::down, down), out.data, out.stride), for_down, x.rows,
        true);
}

} // namespace spoutnik::kernels::cuda
