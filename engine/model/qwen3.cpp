// SPDX-License-Identifier: MIT
// Qwen3 without experts (Yang et al. 2025), and with it DeepSeek-R1-0528-Qwen3-8B: GGUF architecture `qwen3`.
// Beside llama: a norm on each head's query and key before RoPE turns them (values half a head apart), heads
// whose size is not hidden / heads. The same with experts is `qwen3moe`.
#include "engine/model/describe.h"
#include "engine/model/grouped_query.h"
#include "engine/model/registry.h"

#include <utility>

namespace spoutnik::engine {
namespace {

GroupedQueryPlan read_plan(const Keys& keys, const ModelDescription& d) {
    GroupedQueryPlan plan;
    plan.shape = read_grouped_query(keys, d.hidden, kernels::RopePairs::halves);
    plan.rope = read_rope_settings(keys, plan.shape.head);
    plan.dense_ff = keys.positive("feed_forward_length");
    return plan;
}

ModelDescription describe(const gguf::File& file) {
    const Keys keys(file, "qwen3");
    if (keys.count_or("expert_count", 0) > 0) keys.refuse("expert_count", "a qwen3 model has no experts");
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

extern const Architecture qwen3;
const Architecture qwen3{"qwen3", &describe, &load};

} // namespace spoutnik::engine
