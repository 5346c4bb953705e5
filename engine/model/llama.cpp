// SPDX-License-Identifier: MIT
// Llama 1 to 3.x (Touvron et al. 2023, Dubey et al. 2024), Mistral, the R1 distillations onto Llama, and with
// experts Mixtral (Jiang et al. 2024): GGUF architecture `llama`.
#include "engine/model/describe.h"
#include "engine/model/grouped_query.h"
#include "engine/model/registry.h"

#include <utility>

namespace spoutnik::engine {
namespace {

GroupedQueryPlan read_plan(const Keys& keys, const ModelDescription& d) {
    GroupedQueryPlan plan;
    // The converter has reordered the rows of W_q and W_k so that adjacent values turn together.
    plan.shape = read_grouped_query(keys, d.hidden, kernels::RopePairs::adjacent);
    plan.rope = read_rope_settings(keys, plan.shape.head);
    const std::int64_t ff = keys.positive("feed_forward_length");
    (d.experts > 0 ? plan.expert_ff : plan.dense_ff) = ff;
    // Mixtral: the chosen experts' scores sum to one, which no key says.
    plan.routing.experts_used = d.experts_used;
    plan.routing.normalize_weights = true;
    return plan;
}

ModelDescription describe(const gguf::File& file) {
    const Keys keys(file, "llama");
    ModelDescription d = describe_common(keys, keys.positive("block_count", most_layers));
    describe_memory(read_plan(keys, d), d);
    count_parameters(file, d);
    return d;
}

std::unique_ptr<Model> load(std::shared_ptr<const gguf::File> file, kernels::Backend& backend,
                            const LoadProgress& progress, const WeightHomes& homes) {
    ModelDescription d = describe(*file);
    GroupedQueryPlan plan = read_plan(Keys(*file, d.architecture), d);
    return load_grouped_query(std::move(file), backend, progress, homes, std::move(d), std::move(plan),
                              &bind_usual_layer);
}

} // namespace

extern const Architecture llama;
const Architecture llama{"llama", &describe, &load};

} // namespace spoutnik::engine
