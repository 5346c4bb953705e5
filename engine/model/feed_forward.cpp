// SPDX-License-Identifier: MIT
#include "engine/model/feed_forward.h"

namespace spoutnik::engine {

using kernels::ConstTensor;
using kernels::Matrix;
using kernels::Tensor;

DenseFfn bind_dense_ffn(WeightBinder& binder, const std::string& prefix, const std::string& kind,
                        std::int64_t hidden, std::int64_t ff) {
    return {.gate = binder.matrix(prefix + "ffn_gate" + kind + ".weight", hidden, ff),
            .up = binder.matrix(prefix + "ffn_up" + kind + ".weight", hidden, ff),
            .down = binder.matrix(prefix + "ffn_down" + kind + ".weight", ff, hidden)};
}

ExpertFfn bind_expert_ffn(WeightBinder& binder, const std::string& prefix, const kernels::RoutingRule& rule,
                          std::int64_t hidden, std::int64_t expert_ff, std::int64_t experts,
                          std::int64_t shared_ff) {
    ExpertFfn ffn;
    ffn.rule = rule;
    ffn.router = binder.matrix(prefix + "ffn_gate_inp.weight", hidden, experts);
    ffn.selection_bias = binder.vector_if_present(prefix + "exp_probs_b.bias", experts);
    const std::string fused = prefix + "ffn_gate_up_exps.weight";
    if (binder.has(fused)) {
        const Matrix both = binder.matrices(fused, hidden, 2 * expert_ff, experts);
        ffn.gate = ffn.up = both;
        ffn.gate.rows = ffn.up.rows = expert_ff;
        ffn.up.data += kernels::bytes_of(both.format, hidden * expert_ff);
    } else if (binder.has(prefix + "ffn_gate.0.weight")) {
        ffn.gate = binder.gathered(prefix + "ffn_gate.", ".weight", hidden, expert_ff, experts);
        ffn.up = binder.gathered(prefix + "ffn_up.", ".weight", hidden, expert_ff, experts);
        ffn.down = binder.gathered(prefix + "ffn_down.", ".weight", expert_ff, hidden, experts);
    } else {
        ffn.gate = binder.matrices(prefix + "ffn_gate_exps.weight", hidden, expert_ff, experts);
        ffn.up = binder.matrices(prefix + "ffn_up_exps.weight", hidden, expert_ff, experts);
    }
    if (ffn.down.data == nullptr)
        ffn.down = binder.matrices(prefix + "ffn_down_exps.weight", expert_ff, hidden, experts);
    if (shared_ff > 0) ffn.shared = bind_dense_ffn(binder, prefix, "_shexp", hidden, shared_ff);
    return ffn;
}

std::int64_t feed_forward_workspace(std::int64_t hidden, std::int64_t widest_ff, std::int64_t experts,
                                    std::int64_t experts_used) {
    return 2 * widest_ff + hidden + (experts == 0 ? 0 : experts + 2 * experts_used);
}

FeedForward::FeedForward(kernels::Backend& backend, Workspace& workspace, std::int64_t hidden,
                         std::int64_t widest_ff, std::int64_t experts, std::int64_t experts_used)
    : backend_(backend), workspace_(workspace), gate_(workspace.add(widest_ff)),
      up_(workspace.add(widest_ff)), down_(workspace.add(hidden)) {
    if (experts == 0) return;
    logits_ = workspace.add(experts);
    ids_ = workspace.add(experts_used);
    weights_ = workspace.add(experts_used);
}

void FeedForward::run(const DenseFfn& ffn, ConstTensor h, Tensor x) const {
    const kernels::FfnRoom room{.gate = part_of(workspace_.rows(gate_, h.rows), 0, ffn.gate.rows),
                                .up = part_of(workspace_.rows(up_, h.rows), 0, ffn.up.rows),
                                .down = workspace_.rows(down_, h.rows)};
    backend_.swiglu_ffn(ffn.gate, ffn.up, ffn.down, h, room, x);
}

void FeedForward::run(const ExpertFfn& ffn, ConstTensor h, Tensor x) const {
    const Tensor logits = workspace_.rows(logits_, h.rows);
    const Tensor weights = workspace_.rows(weights_, h.rows);
    backend_.matmul(ffn.router, h, logits);
    backend_.route_experts(logits, ffn.selection_bias, ffn.rule, workspace_.ids(ids_), weights.data);
    if (ffn.shared) run(*ffn.shared, h, x);
    backend_.expert_ffn(ffn.gate, ffn.up, ffn.down, h, workspace_.ids(ids_), weights.data,
                        ffn.rule.experts_used, x);
}

} // namespace spoutnik::engine
