// SPDX-License-Identifier: MIT
// Qwen2 and Qwen2.5 (Yang et al. 2024), and with them most R1 distillations: GGUF architecture `qwen2`.
// Beside llama: biases on queries, keys and values, and RoPE turns values half a head apart.
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
    const Keys keys(file, "qwen2");
    if (keys.count_or("expert_count", 0) > 0) keys.refuse("expert_count", "a qwen2 model has no experts");
    ModelDescription d = describe_common(keys, keys.positive("block_count", most_layers));
    describe_memory(read_plan(keys, d), d);
    count_parameters(file, d);
    return d;
}

GroupedQueryLayer bind_layer(WeightBinder& binder, const std::string& prefix, const GroupedQueryPlan& plan,
                             const ModelDescription& d) {
    GroupedQueryLayer layer = bind_usual_layer(binder, prefix, plan, d);
    for (const char* bias : {"attn_q.bias", "attn_k.bias", "attn_v.bias"})
        if (!binder.has(prefix + bias)) throw Error("tensor '" + prefix + bias + "' is missing");
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

extern const Architecture qwen2;
const Architecture qwen2{"qwen2", &describe, &load};

} // namespace spoutnik::engine
