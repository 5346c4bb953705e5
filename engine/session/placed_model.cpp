// SPDX-License-Identifier: MIT
#include "engine/session/placed_model.h"

#include <algorithm>

#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

/// Tokens whose logits are worked out at once when drafts are checked; the others give one.
constexpr std::int64_t checked_tokens = 9;

PlacedModel load_as_planned(const std::shared_ptr<const gguf::File>& file, const PlacementWish& wish,
                            Plan plan, const Devices& devices, const LoadProgress& progress) {
    PlacedModel placed;
    placed.plan = std::move(plan);
    const PlanRequest& request = placed.plan.request;
    placed.backend = backend_for(placed.plan, devices);
    placed.model = load_model(file, *placed.backend, progress, placed.plan.homes);
    placed.cache = placed.model->make_cache(request.context, wish.cache_format);
    // RAM is given as it is used, and its end is told by the plan; a device gives it at once or not at all.
    if (placed.plan.uses_gpu())
        placed.model->reserve(
            *placed.cache,
            std::min(request.prefill_batch > 0 ? request.prefill_batch : placed.model->max_batch(),
                     request.context),
            request.speculates ? checked_tokens : 1);
    return placed;
}

/// What to ask of the next plan after this one found no room on the GPU.
PlanRequest with_less_on_gpu(PlanRequest request, const Plan& failed) {
    constexpr std::int64_t steps = 8; // a few attempts, each of which reads weights again
    request.gpu_expert_layers.reset();
    if (failed.gpu_expert_layers == 0)
        request.cpu_only = true;
    else
        request.most_gpu_expert_layers =
            failed.gpu_expert_layers - std::max<std::int64_t>(1, failed.gpu_expert_layers / steps);
    return request;
}

std::string what_happened(const Plan& failed, const Plan& next) {
    const std::string tried = failed.expert_layers == 0
                                  ? std::string("The GPU had less room for the model than it said")
                                  : fmt::format("The GPU had no room for the routed experts of {} layers",
                                                failed.gpu_expert_layers);
    if (!next.uses_gpu()) return tried + "; the CPU computes everything.";
    return tried + fmt::format("; those of {} are there.", next.gpu_expert_layers);
}

} // namespace

Plan plan_placement(const gguf::File& file, const PlacementWish& wish, const Devices& devices) {
    PlanRequest request = wish.request;
    request.cache_format = wish.cache_format.value_or(usual_cache_format(devices));
    const bool automatic_format = !wish.cache_format;
    Plan plan = plan_for(file, request, devices, automatic_format);
    if (!wish.next_token_layer_if_free || request.next_token_layer) return plan;
    request.next_token_layer = true;
    if (!describe_model(file).has_next_token_layer) return plan;
    Plan with_layer = plan_for(file, request, devices, automatic_format);
    const bool moves_nothing = with_layer.uses_gpu() == plan.uses_gpu() &&
                               with_layer.homes.embedding_on_host == plan.homes.embedding_on_host &&
                               with_layer.homes.first_expert_block_on_host >=
                                   std::min(plan.homes.first_expert_block_on_host, plan.layers);
    return with_layer.fits() && moves_nothing ? with_layer : plan;
}

PlacedModel load_placed(const std::shared_ptr<const gguf::File>& file, const PlacementWish& wish,
                        const Devices& devices, const LoadProgress& progress) {
    PlacementWish now = wish;
    std::vector<std::string> notes;
    Plan plan = plan_placement(*file, now, devices);
    for (;;) {
        if (!now.allow_oversize) require_fit(plan);
        try {
            PlacedModel placed = load_as_planned(file, now, plan, devices, progress);
            placed.notes = std::move(notes);
            return placed;
        } catch (const kernels::OutOfMemory&) {
            if (!plan.uses_gpu()) throw;
        }
        now.request = with_less_on_gpu(now.request, plan);
        Plan next = plan_placement(*file, now, devices); // against what is free by now
        notes.push_back(what_happened(plan, next));
        plan = std::move(next);
    }
}

} // namespace spoutnik::engine
