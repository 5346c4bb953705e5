// SPDX-License-Identifier: MIT
// Grouped-query attention over a cache of keys and values (Ainslie et al. 2023), as llama, qwen2 and qwen3moe
// have it: with or without biases, with or without a norm on each head's query and key.
#pragma once

#include "engine/model/feed_forward.h"
#include "engine/model/transformer.h"

#include <variant>
#include <vector>

namespace spoutnik::engine {

struct GroupedQueryShape {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;    ///< query heads
    std::int64_t kv_heads = 0; ///< heads / kv_heads queries share a key and a value
    std::int64_t head = 0;     ///< values of a head
    std::int64_t rope_dims = 0;
    kernels::RopePairs pairs = kernels::RopePairs::adjacent;
    float scale = 0.0F; ///< 1 / sqrt(head)
    float norm_epsilon = 0.0F;

    CacheShape cache(std::int64_t layers) const {
        return {.layers = layers, .lanes = 2, .width = kv_heads * head};
    }
};

/// Reads attention.* keys. `rope` was read for the same head.
GroupedQueryShape read_grouped_query(const Keys& keys, std::int64_t hidden, kernels::RopePairs pairs);

struct GroupedQueryWeights {
    kernels::Matrix q;             ///< [heads * head, hidden]
    kernels::Matrix k;             ///< [kv_heads * head, hidden]
    kernels::Matrix v;             ///< [kv_heads * head, hidden]
    kernels::Matrix o;             ///< [hidden, heads * head]
    const float* q_bias = nullptr; ///< [heads * head] or null
    const float* k_bias = nullptr; ///< [kv_heads * head] or null
    const float* v_bias = nullptr; ///< [kv_heads * head] or null
    const float* o_bias = nullptr; ///< [hidden] or null
    const float* q_norm = nullptr; ///< [head] or null
    const float* k_norm = nullptr; ///< [head] or null
};

/// Binds attn_{q,k,v,output}.weight and the biases that are there.
GroupedQueryWeights bind_grouped_query(WeightBinder& binder, const std::string& prefix,
                                       const GroupedQueryShape& shape);

/// Runs it; owns its places in the workspace.
class GroupedQueryAttention {
  public:
    GroupedQueryAttention(kernels::Backend& backend, Workspace& workspace, const GroupedQueryShape& shape);

    /// x += attention(h) for the last x.rows tokens; keys and values of all of them are left in the cache.
    void run(const GroupedQueryWeights& w, kernels::ConstTensor h, kernels::ConstTensor cos_sin,
             std::int64_t first_position, kernels::CacheRows keys, kernels::CacheRows values,
             kernels::Tensor x) const;

  private:
    kernels::Backend& backend_;
    const Workspace& workspace_;
    GroupedQueryShape shape_;
    Workspace::Slot q_, k_, v_, o_, u_;
};

struct GroupedQueryLayer {
    const float* attention_norm = nullptr; ///< [hidden]
    GroupedQueryWeights attention;
    const float* ffn_norm = nullptr; ///< [hidden]
    std::variant<DenseFfn, ExpertFfn> ffn;
};

/// A whole model of such layers. An architecture's file says how it reads its keys and binds a layer.
struct GroupedQueryPlan {
    GroupedQueryShape shape;
    RopeSettings rope;
    std::int64_t dense_ff = 0;  ///< 0: no dense layer
    std::int64_t expert_ff = 0; ///< 0: no layer with experts
    kernels::RoutingRule routing;
};

/// Fills in what one token leaves in the cache, which here is whole heads anyway, and needs of scratch
/// memory.
void describe_memory(const GroupedQueryPlan& plan, ModelDescription& description);

using BindLayer = GroupedQueryLayer (*)(WeightBinder& binder, const std::string& prefix,
                                        const GroupedQueryPlan& plan, const ModelDescription& description);

std::unique_ptr<Model> load_grouped_query(std::shared_ptr<const gguf::File> file, kernels::Backend& backend,
                                          const LoadProgress& progress, const WeightHomes& homes,
                                          ModelDescription description, GroupedQueryPlan plan,
                                          BindLayer bind_layer);

/// Norms, attention and a dense or routed feed-forward network, as most layers have them.
GroupedQueryLayer bind_usual_layer(WeightBinder& binder, const std::string& prefix,
                                   const GroupedQueryPlan& plan, const ModelDescription& description);

} // namespace spoutnik::engine
