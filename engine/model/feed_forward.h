// SPDX-License-Identifier: MIT
// The second half of a layer: a gated feed-forward network, or a mixture of them.
// SwiGLU: Shazeer 2020. Routed and shared experts: DeepSeek-V2 section 2.1.2, DeepSeek-V3 section 2.1.2.
#pragma once

#include "engine/model/weights.h"
#include "engine/model/workspace.h"

#include <optional>
#include <string>

namespace spoutnik::engine {

/// f(h) = down (silu(gate h) * up h)
struct DenseFfn {
    kernels::Matrix gate; ///< [ff, hidden]
    kernels::Matrix up;   ///< [ff, hidden]
    kernels::Matrix down; ///< [hidden, ff]
};

/// f(h) = shared(h) + sum over the chosen experts e of w_e * down_e (silu(gate_e h) * up_e h)
struct ExpertFfn {
    kernels::Matrix router;                ///< [experts, hidden]
    const float* selection_bias = nullptr; ///< [experts] or null: added to the scores for the choice only
    kernels::RoutingRule rule;
    kernels::Matrix gate;           ///< [ff, hidden] x experts
    kernels::Matrix up;             ///< [ff, hidden] x experts
    kernels::Matrix down;           ///< [hidden, ff] x experts
    std::optional<DenseFfn> shared; ///< its ff is that of one expert times the number of shared experts
};

/// Binds "<prefix>ffn_{gate,up,down}<kind>.weight"; kind is "" or "_shexp".
DenseFfn bind_dense_ffn(WeightBinder& binder, const std::string& prefix, const std::string& kind,
                        std::int64_t hidden, std::int64_t ff);

/// Binds router, bias and experts of one layer: separate gate and up, fused gate_up (gate rows first), or the
/// old files' tensor for each expert. Shared experts are bound when `shared_ff` is not 0.
ExpertFfn bind_expert_ffn(WeightBinder& binder, const std::string& prefix, const kernels::RoutingRule& rule,
                          std::int64_t hidden, std::int64_t expert_ff, std::int64_t experts,
                          std::int64_t shared_ff);

/// Scratch memory of FeedForward: floats a token.
std::int64_t feed_forward_workspace(std::int64_t hidden, std::int64_t widest_ff, std::int64_t experts,
                                    std::int64_t experts_used);

/// Runs either kind; owns its places in the workspace.
class FeedForward {
  public:
    /// `widest_ff`: of the dense and shared networks. `experts` 0: no layer has experts.
    FeedForward(kernels::Backend& backend, Workspace& workspace, std::int64_t hidden, std::int64_t widest_ff,
                std::int64_t experts, std::int64_t experts_used);

    /// x += f(h). Both [tokens, hidden].
    void run(const DenseFfn& ffn, kernels::ConstTensor h, kernels::Tensor x) const;
    void run(const ExpertFfn& ffn, kernels::ConstTensor h, kernels::Tensor x) const;

  private:
    kernels::Backend& backend_;
    const Workspace& workspace_;
    Workspace::Slot gate_, up_, down_;                   ///< [tokens, ff] x 2, [tokens, hidden]
    Workspace::Slot logits_ = 0, ids_ = 0, weights_ = 0; ///< [tokens, experts], [tokens, experts_used] x 2
};

} // namespace spoutnik::engine
