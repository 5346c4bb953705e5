// SPDX-License-Identifier: MIT
// Qwen3 with experts, 30B-A3B and 235B-A22B (Yang et al. 2025): GGUF architecture `qwen3moe`.
// Beside llama: a norm on each head's query and key before RoPE turns them (values half a head apart), heads
// whose size is not hidden / heads, and experts in every layer with none shared.
#include "engine/model/describe.h"
#include "engine/model/grouped_query.h"
#include "engine/model/registry.h"

#include <utility>

namespace spoutnik::engine {
namespace {

GroupedQueryPlan read_plan(const Keys& keys, const ModelDescription& d) {
    GroupedQueryPlan plan;
    if (d.experts == 0) keys.refuse("expert_count", "a qwen3moe model has experts");
    plan.shape = read_grouped_query(keys, d.hidden, kernels::RopePairs::halves);
    plan.rope = read_rope_settings(keys, plan.shape.head);
    plan.expert_ff = keys.positive("expert_feed_forward_length");
    // Softmax over all experts, then the chosen ones' scores sum to one, which no key says.
    plan.routing.experts_used = d.experts_used;
    plan.routing.normalize_weights = true;
    const double scale = keys.number_or("expert_weights_scale", 0.0);
    plan.routing.weights_scale = scale == 0.0 ? 1.0F : static_cast<float>(scale);
    return plan;
}

ModelDescription describe(const gguf::File& file) {
    const Keys keys(file, "qwen3moe");
    ModelDescription d = describe_common(keys, keys.positive("block_count", most_layers));
    describe_memory(read_plan(keys, d), d);
    count_parameters(file, d);
    return d;
}

GroupedQueryLayer bind_layer(WeightBinder& binder, const std::string& prefix, const GroupedQueryPlan& plan,
                             const ModelDescription& d) {
    GroupedQueryLayer layer = bind_usual_layer(binder, prefix, plan, d);
    layer.attention.q_norm = binder.vector(prefix + "attn_q_norm.weight", plan.shape.head);
    layer.attention.k_norm = binder.vector(prefix + "attn_k_norm.weight", plan.shape.head);
    return layer;
}

std::unique_ptr<Model> load(std::shared_ptr<const gguf::File> file, kernels::Backend& backend,
                            const LoadProgress& progress, const WeightHomes& homes) {
    ModelDescription d = describe(*file);
    GroupedQueryPlan plan = read_plan(Keys(*file, d.architecture), d);
    return load_grouped_query(std::move(file), backend, progress, homes, std::move(d), std::move(plan),
                              &bind_layer);
}

} // namespace

extern const Architecture qwen3moe;
const Architecture qwen3moe{"qwen3moe", &describe, &load};

} // namespace spoutnik::engine
