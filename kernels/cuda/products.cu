// SPDX-License-Identifier: MIT
// The operations of ops_products.h as sequences of kernels.
#include "kernels/cuda/ops_products.h"

#include "kernels/cuda/expert_groups.cuh"
#include "kernels/cuda/float_products.cuh"
#include "kernels/cuda/matmul_tiles.cuh"
#include "kernels/cuda/matvec.cuh"
#include "kernels/cuda/rounded_rows.cuh"

#include <initializer_list>

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
    std::byte* memory = nullptr;    ///< where `rounded` lies
    std::int64_t block = 0;         ///< of its rounding; 0: it is not wanted
    std::int64_t stride = 0;        ///< floats, from one token (or pair) to the next
    std::int64_t matrix_stride = 0; ///< floats, from the activations of one matrix to those of the next
};

/// Rounds, unless these are the rows that scratch memory begins with from the product before.
void round_or_reuse(const Context& context, const RowsToRound& floats, std::int64_t block, std::byte* memory,
                    const RoundedRows& rounded) {
    RoundingMemo* memo = memory == context.scratch.data ? context.rounding : nullptr;
    if (memo != nullptr && memo->holds(floats, block)) return;
    round_rows(context.stream, floats, block, rounded);
    if (memo != nullptr) *memo = {floats, block};
}

/// To be rounded into `memory` when `format` is a quantised one: by round(), or by the product itself.
Operand operand(Format format, const RowsToRound& floats, std::byte* memory) {
    Operand result;
    result.floats = floats;
    result.stride = floats.outer_stride;
    if (!is_quantised(format)) return result;
    result.memory = memory;
    result.block = rounding_block(format);
    result.rounded = rounded_in(memory, floats.rows, floats.cols, result.block);
    return result;
}
/// Rounded by the product before.
bool is_there(const Context& context, const Operand& x) {
    return x.memory == context.scratch.data && context.rounding != nullptr &&
           context.rounding->holds(x.floats, x.block);
}
void round(const Context& context, const Operand& x) {
    if (x.block != 0) round_or_reuse(context, x.floats, x.block, x.memory, x.rounded);
}

/// Rows of activations one after another.
RowsToRound rows_of(const float* data, std::int64_t rows, std::int64_t cols, std::int64_t stride) {
    return {.data = data, .rows = rows, .cols = cols, .inner = 1, .outer_stride = stride, .inner_stride = 0};
}

void run(const Context& context, Format format, const Job& job, const Operand& x, std::int64_t groups,
         bool one_token) {
    if (is_quantised(format)) {
        const bool rounds = one_token && !is_there(context, x) && rounds_itself(context, job, groups);
        if (!rounds) round(context, x);
        launch_matvec(context, format, job, x.rounded, groups, one_token, rounds ? &x.floats : nullptr);
        return;
    }
    FloatCall call;
    call.job = job;
    call.x = x.floats.data;
    call.x_stride = x.stride;
    call.x_matrix_stride = x.matrix_stride;
    launch_float_products(context, format, call, groups, one_token);
}

/// Tokens a tile of the prefill kernel should take, 0 where the device lacks the shared memory. Wide tiles
/// decode a weight for more tokens, narrow ones give more blocks and waste less on an expert's few tokens.
int tile_for(const Context& context, Format format, bool is_wide) {
    for (const int tokens : {wide_tile, narrow_tile})
        if ((is_wide || tokens == narrow_tile) && tile_shared_bytes(format, tokens) <= context.shared_bytes)
            return tokens;
    return 0;
}

/// Work::rows for any number of tokens.
void run_rows(const Context& context, const Matrix& weight, Job job, const Operand& x, std::int64_t tokens) {
    job.tokens = tokens;
    const bool is_whole = is_quantised(weight.format);
    if (is_whole && tokens > matvec_tokens) {
        const std::int64_t wide_tiles =
            (weight.rows + 63) / 64 * ((tokens + wide_tile - 1) / wide_tile) * job.matrices;
        const bool is_wide = tokens > narrow_tile && wide_tiles >= context.multiprocessors;
        if (const int tile = tile_for(context, weight.format, is_wide); tile > 0) {
            round(context, x);
            launch_matmul_tiles(context, weight.format, job, x.rounded, nullptr, tile);
            return;
        }
    }
    const bool one_token = tokens == 1;
    const std::int64_t at_once = is_whole ? matvec_tokens : float_tokens;
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
        operand(weight.format, rows_of(x.data, x.rows, x.cols, x.stride), context.scratch.data);
    run_rows(context, weight, job, rows, x.rows);
}

bool adds_products(std::int64_t tokens) {
    return tokens == 1;
}

void matmul_add(const Context& context, const Matrix& weight, ConstTensor x, Tensor out) {
    if (x.rows == 0 || weight.rows == 0) return;
    Job job = job_of(Work::down, weight);
    job.matrices = 1;
    job.tokens = 1;
    job.out = out.data;
    job.out_stride = out.stride;
    const Operand row =
        operand(weight.format, rows_of(x.data, x.rows, x.cols, x.stride), context.scratch.data);
    run(context, weight.format, job, row, 1, true);
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
    Operand rows = operand(weight.format, floats, context.scratch.data);
    rows.stride = x.token_stride;
    rows.matrix_stride = x.head_stride;
    run_rows(context, weight, job, rows, x.tokens);
}

namespace {

bool shares_rounding(const Matrix& gate, const Matrix& up) {
    return is_quantised(gate.format) && is_quantised(up.format) &&
           rounding_block(gate.format) == rounding_block(up.format);
}

/// The parts of expert_ffn's scratch, one after another.
struct ExpertScratch {
    std::size_t x;           ///< rounded for gate
    std::size_t x_too;       ///< for up, where it wants other blocks
    std::size_t inner;       ///< [pairs, ff] floats
    std::size_t rounded;     ///< the same rounded
    std::size_t results = 0; ///< [pairs, hidden] floats, where pairs may be multiplied side by side
    std::size_t groups = 0;  ///< many tokens

    ExpertScratch(const Matrix& gate, const Matrix& up, const Matrix& down, std::int64_t tokens,
                  std::int64_t experts_used)
        : x(operand_bytes(gate.format, tokens, gate.cols)),
          x_too(shares_rounding(gate, up) ? 0 : operand_bytes(up.format, tokens, up.cols)),
          inner(aligned(static_cast<std::size_t>(tokens * experts_used * gate.rows) * sizeof(float))),
          rounded(operand_bytes(down.format, tokens * experts_used, down.cols)) {
        const std::int64_t pairs = tokens * experts_used;
        if (are_grouped(gate.count, tokens)) groups = group_bytes(pairs, gate.count, narrow_tile);
        if (is_quantised(down.format) && (groups > 0 || may_spread(tokens, experts_used)))
            results = aligned(static_cast<std::size_t>(pairs * down.rows) * sizeof(float));
    }

    /// Few tokens seldom share an expert: each pair reads its weights by itself.
    static bool are_grouped(std::int64_t experts, std::int64_t tokens) {
        return tokens > matvec_tokens && experts <= most_grouped_experts;
    }
    /// The down-projections of a token's experts side by side, their results added afterwards.
    static bool may_spread(std::int64_t tokens, std::int64_t experts_used) {
        return tokens <= matvec_tokens && experts_used > 1;
    }
    std::size_t all() const { return x + x_too + inner + rounded + results + groups; }
};

/// One call of expert_ffn.
class ExpertCall {
  public:
    ExpertCall(const Context& context, const std::int32_t* ids, const float* weights, std::int64_t tokens,
               std::int64_t experts_used, std::int64_t experts)
        : context_(context), ids_(ids), weights_(weights), tokens_(tokens), experts_used_(experts_used),
          experts_(experts) {}

    /// Puts the pairs in order of their experts where the tokens are many.
    void group(std::byte* memory, std::initializer_list<Format> formats) {
        if (!ExpertScratch::are_grouped(experts_, tokens_)) return;
        constexpr std::int64_t worth_a_wide_tile = 24; // pairs of an expert, on average
        pairs_a_tile_ = pairs() >= experts_ * worth_a_wide_tile ? wide_tile : narrow_tile;
        for (const Format format : formats) // one order of pairs serves the three matrices
            if (is_quantised(format) && tile_shared_bytes(format, pairs_a_tile_) > context_.shared_bytes)
                pairs_a_tile_ = narrow_tile;
        groups_ = groups_in(memory, pairs(), experts_, pairs_a_tile_);
        group_by_expert(context_.stream, ids_, pairs(), experts_, pairs_a_tile_, groups_);
    }

    /// A job whose groups are pairs, in tiles of an expert where that is possible.
    void run_pairs(Work work, const Matrix& weight, const Matrix* up, const Operand& x, float* out) const {
        Job job = job_of(work, weight);
        if (up != nullptr) {
            job.up = bytes_at(*up);
            job.up_matrix_bytes = up->count > 1 ? up->stride_bytes : 0;
        }
        fill(job, out, weight.rows);
        if (comes_in_tiles(weight.format)) {
            round(context_, x);
            launch_matmul_tiles(context_, weight.format, job, x.rounded, &groups_, pairs_a_tile_);
        } else {
            run(context_, weight.format, job, x, pairs(), true);
        }
    }

    void run_down(const Matrix& down, const Operand& x, float* results, Tensor out) const {
        if (!comes_in_tiles(down.format) && !spreads(down)) {
            Job job = job_of(Work::down, down);
            fill(job, out.data, out.stride);
            run(context_, down.format, job, x, tokens_, true);
            return;
        }
        run_pairs(Work::pair_down, down, nullptr, x, results);
        add_experts(context_.stream,
                    {.results = results,
                     .ids = ids_,
                     .weights = weights_,
                     .tokens = tokens_,
                     .cols = down.rows,
                     .experts_used = static_cast<int>(experts_used_),
                     .experts = static_cast<int>(experts_)},
                    out.data, out.stride);
    }

    std::int64_t pairs() const { return tokens_ * experts_used_; }

  private:
    void fill(Job& job, float* out, std::int64_t stride) const {
        job.tokens = tokens_;
        job.experts_used = static_cast<int>(experts_used_);
        job.ids = ids_;
        job.weights = weights_;
        job.out = out;
        job.out_stride = stride;
    }
    bool comes_in_tiles(Format format) const {
        return pairs_a_tile_ > 0 && is_quantised(format) &&
               tile_shared_bytes(format, pairs_a_tile_) <= context_.shared_bytes;
    }

    /// Where a block for some rows of all experts would leave multiprocessors with one or none: it goes
    /// through one expert after another, and a few warps alone do not keep memory busy.
    bool spreads(const Matrix& down) const {
        constexpr std::int64_t rows_a_block = 16;
        return is_quantised(down.format) && ExpertScratch::may_spread(tokens_, experts_used_) &&
               (down.rows + rows_a_block - 1) / rows_a_block * tokens_ <
                   std::int64_t{2} * context_.multiprocessors;
    }

    const Context& context_;
    const std::int32_t* ids_;
    const float* weights_;
    std::int64_t tokens_;
    std::int64_t experts_used_;
    std::int64_t experts_;
    int pairs_a_tile_ = 0; ///< 0: pairs are not grouped
    ExpertGroups groups_;
};

} // namespace

std::size_t expert_ffn_scratch_bytes(const Matrix& gate, const Matrix& up, const Matrix& down,
                                     std::int64_t tokens, std::int64_t experts_used) {
    return ExpertScratch(gate, up, down, tokens, experts_used).all();
}

void expert_ffn(const Context& context, const Matrix& gate, const Matrix& up, const Matrix& down,
                ConstTensor x, const std::int32_t* ids, const float* weights, std::int64_t experts_used,
                Tensor out) {
    ExpertCall call(context, ids, weights, x.rows, experts_used, gate.count);
    if (call.pairs() == 0 || x.cols == 0) return;
    const ExpertScratch parts(gate, up, down, x.rows, experts_used);
    if (parts.x == 0) forget_rounded(context); // scratch memory begins with something else
    std::byte* memory = context.scratch.data;
    const auto next = [&](std::size_t bytes) {
        std::byte* part = memory;
        memory += bytes;
        return part;
    };
    std::byte* for_x = next(parts.x);
    std::byte* for_x_too = next(parts.x_too);
    auto* inner = reinterpret_cast<float*>(next(parts.inner)); // NOLINT: scratch is bytes
    std::byte* for_inner = next(parts.rounded);
    auto* results = reinterpret_cast<float*>(next(parts.results)); // NOLINT: the same
    call.group(next(parts.groups), {gate.format, up.format, down.format});

    const RowsToRound rows = rows_of(x.data, x.rows, x.cols, x.stride);
    const Operand for_gate = operand(gate.format, rows, for_x);
    if (gate.format == up.format) {
        call.run_pairs(Work::gate_up, gate, &up, for_gate, inner);
    } else {
        const Operand for_up = shares_rounding(gate, up) ? for_gate : operand(up.format, rows, for_x_too);
        call.run_pairs(Work::gate, gate, nullptr, for_gate, inner);
        call.run_pairs(Work::up, up, nullptr, for_up, inner);
    }
    const RowsToRound inner_rows = rows_of(inner, call.pairs(), gate.rows, gate.rows);
    call.run_down(down, operand(down.format, inner_rows, for_inner), results, out);
}

} // namespace spoutnik::kernels::cuda
