// SPDX-License-Identifier: MIT
#include "engine/model/grouped_query.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace spoutnik::engine {

using kernels::CacheRows;
using kernels::ConstTensor;
using kernels::Tensor;

GroupedQueryShape read_grouped_query(const Keys& keys, std::int64_t hidden, kernels::RopePairs pairs) {
    GroupedQueryShape s;
    s.hidden = hidden;
    s.pairs = pairs;
    s.heads = keys.positive("attention.head_count", 65536);
    s.kv_heads = keys.positive_or("attention.head_count_kv", s.heads, 65536);
    if (s.heads % s.kv_heads != 0)
        keys.refuse("attention.head_count_kv",
                    fmt::format("{} query heads cannot share {} keys evenly", s.heads, s.kv_heads));
    if (!keys.has("attention.key_length") && hidden % s.heads != 0)
        keys.refuse("attention.head_count", fmt::format("{} heads do not divide {} values", s.heads, hidden));
    s.head = keys.positive_or("attention.key_length", hidden / s.heads, 65536);
    if (keys.positive_or("attention.value_length", s.head, 65536) != s.head)
        keys.refuse("attention.value_length", "values of another size than keys are not supported");
    s.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(s.head)));
    s.norm_epsilon = static_cast<float>(keys.positive_number("attention.layer_norm_rms_epsilon"));
    return s;
}

GroupedQueryWeights bind_grouped_query(WeightBinder& binder, const std::string& prefix,
                                       const GroupedQueryShape& s) {
    const std::int64_t queries = s.heads * s.head;
    const std::int64_t shared = s.kv_heads * s.head;
    return {.q = binder.matrix(prefix + "attn_q.weight", s.hidden, queries),
            .k = binder.matrix(prefix + "attn_k.weight", s.hidden, shared),
            .v = binder.matrix(prefix + "attn_v.weight", s.hidden, shared),
            .o = binder.matrix(prefix + "attn_output.weight", queries, s.hidden),
            .q_bias = binder.vector_if_present(prefix + "attn_q.bias", queries),
            .k_bias = binder.vector_if_present(prefix + "attn_k.bias", shared),
            .v_bias = binder.vector_if_present(prefix + "attn_v.bias", shared),
            .o_bias = binder.vector_if_present(prefix + "attn_output.bias", s.hidden)};
}

GroupedQueryAttention::GroupedQueryAttention(kernels::Backend& backend, Workspace& workspace,
                                             const GroupedQueryShape& shape)
    : backend_(backend), workspace_(workspace), shape_(shape), q_(workspace.add(shape.heads * shape.head)),
      k_(workspace.add(shape.kv_heads * shape.head)), v_(workspace.add(shape.kv_heads * shape.head)),
      o_(workspace.add(shape.heads * shape.head)), u_(workspace.add(shape.hidden)) {
}

void GroupedQueryAttention::run(const GroupedQueryWeights& w, ConstTensor h, ConstTensor cos_sin,
                                std::int64_t first_position, CacheRows keys, CacheRows values,
                                Tensor x) const {
    const std::int64_t wanted = x.rows; // of the last tokens; keys and values are kept of all
    const auto project = [&](const kernels::Matrix& weight, const float* bias, ConstTensor in,
                             Workspace::Slot slot) {
        const Tensor out = workspace_.rows(slot, in.rows);
        backend_.matmul(weight, in, out);
        if (bias != nullptr) backend_.add_bias(bias, out);
        return out;
    };
    const auto norm_and_turn = [&](const Tensor& t, const float* norm) {
        const Tensor each = one_row_each(t, shape_.head);
        if (norm != nullptr) backend_.rms_norm(each, norm, shape_.norm_epsilon, each);
        backend_.rope(part_of(by_head(t, t.cols / shape_.head), 0, shape_.rope_dims),
                      last_rows(cos_sin, t.rows), shape_.pairs);
    };
    const Tensor k = project(w.k, w.k_bias, h, k_);
    const Tensor v = project(w.v, w.v_bias, h, v_);
    norm_and_turn(k, w.k_norm);
    backend_.store_rows(k, keys, first_position, 0);
    backend_.store_rows(v, values, first_position, 0);
    if (wanted == 0) return;

    const Tensor q = project(w.q, w.q_bias, last_rows(h, wanted), q_);
    norm_and_turn(q, w.q_norm);
    const Tensor o = workspace_.rows(o_, wanted);
    backend_.head_attention(by_head(q, shape_.heads), keys, values, shape_.kv_heads,
                            first_position + h.rows - wanted, shape_.scale, by_head(o, shape_.heads));
    const Tensor u = workspace_.rows(u_, wanted);
    backend_.matmul(w.o, o, u);
    if (w.o_bias != nullptr) backend_.add_bias(w.o_bias, u);
    backend_.add(u, x);
}

void describe_memory(const GroupedQueryPlan& plan, ModelDescription& d) {
    const GroupedQueryShape& shape = plan.shape;
    d.cache_values_per_token = shape.cache(d.layers).values_per_token();
    d.full_heads_values_per_token = d.layers * 2 * shape.heads * shape.head;
    d.attention = {
        .heads = shape.heads, .kv_heads = shape.kv_heads, .key_width = shape.head, .value_width = shape.head};
    const std::int64_t attention =
        2 * shape.heads * shape.head + 2 * shape.kv_heads * shape.head + shape.hidden;
    d.workspace_values_per_token = trunk_workspace(d.hidden, plan.rope.dims) + attention +
                                   feed_forward_workspace(d.hidden, plan.dense_ff, d.experts, d.experts_used);
}

GroupedQueryLayer bind_usual_layer(WeightBinder& binder, const std::string& prefix,
                                   const GroupedQueryPlan& plan, const ModelDescription& d) {
    GroupedQueryLayer layer;
    layer.attention_norm = binder.vector(prefix + "attn_norm.weight", d.hidden);
    layer.attention = bind_grouped_query(binder, prefix, plan.shape);
    layer.ffn_norm = binder.vector(prefix + "ffn_norm.weight", d.hidden);
    if (d.experts > 0)
        layer.ffn = bind_expert_ffn(binder, prefix, plan.routing, d.hidden, plan.expert_ff, d.experts, 0);
    else
        layer.ffn = bind_dense_ffn(binder, prefix, "", d.hidden, plan.dense_ff);
    return layer;
}

namespace {

class GroupedQueryTransformer final : public Transformer {
  public:
    GroupedQueryTransformer(Trunk trunk, WeightBinder& binder, const GroupedQueryPlan& plan,
                            BindLayer bind_layer)
        : Transformer(std::move(trunk)), attention_(backend(), workspace(), plan.shape),
          ffn_(backend(), workspace(), shape().hidden, plan.dense_ff, shape().experts, shape().experts_used) {
        for (std::int64_t i = 0; i < shape().layers; ++i)
            layers_.push_back(bind_layer(binder, block_prefix(i), plan, shape()));
        binder.refuse_leftovers(shape().layers);
        keep(binder.take_buffers());
    }

  private:
    void run_layers(const Pass& pass) override {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const GroupedQueryLayer& layer = layers_[i];
            const bool is_last = i + 1 == layers_.size();
            const Tensor x = is_last ? last_rows(pass.x, pass.wanted) : pass.x;
            attention_.run(layer.attention, normed(pass.x, layer.attention_norm), pass.cos_sin,
                           pass.first_position, pass.cache->rows(i, 0), pass.cache->rows(i, 1), x);
            if (x.rows == 0) return;
            const Tensor h = normed(x, layer.ffn_norm);
            std::visit([&](const auto& ffn) { ffn_.run(ffn, h, x); }, layer.ffn);
            after_layer(i + 1);
        }
    }

    GroupedQueryAttention attention_;
    FeedForward ffn_;
    std::vector<GroupedQueryLayer> layers_;
};

/// Llama 3.1 and later slow pairs down one by one (their converter works the divisors out).
void read_rope_divisors(WeightBinder& binder, RopeSettings& rope) {
    const std::string name = "rope_freqs.weight";
    if (!binder.has(name)) return;
    rope.divisors = binder.host_vector(name, rope.dims / 2);
    for (const float divisor : rope.divisors)
        if (!(divisor > 0.0F))
            throw Error("tensor 'rope_freqs.weight' holds a divisor that is not above zero");
}

} // namespace

std::unique_ptr<Model> load_grouped_query(std::shared_ptr<const gguf::File> file, kernels::Backend& backend,
                                          const LoadProgress& progress, const WeightHomes& homes,
                                          ModelDescription description, GroupedQueryPlan plan,
                                          BindLayer bind_layer) {
    WeightBinder binder(*file, backend, progress, homes);
    read_rope_divisors(binder, plan.rope);
    plan.rope.magnitude = yarn_magnitude(plan.rope);
    plan.shape.rope_dims = plan.rope.dims;
    const std::int64_t layers = description.layers;
    Trunk trunk{.file = std::move(file),
                .backend = &backend,
                .homes = homes,
                .description = std::move(description),
                .norm_epsilon = plan.shape.norm_epsilon,
                .cache_shape = plan.shape.cache(layers),
                .rope = RopeTable(plan.rope),
                .embedding = {},
                .output = {}};
    bind_trunk(binder, trunk);
    return std::make_unique<GroupedQueryTransformer>(std::move(trunk), binder, plan, bind_layer);
}

} // namespace spoutnik::engine
