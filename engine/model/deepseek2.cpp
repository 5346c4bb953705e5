// SPDX-License-Identifier: MIT
// DeepSeek-V2, V2-Lite, V2.5, Coder-V2, V3, V3.1, R1, Kimi-K2: GGUF architecture `deepseek2`.
// Sources: DeepSeek-V2 (arXiv:2405.04434) section 2.1 for multi-head latent attention (MLA) and DeepSeekMoE,
// DeepSeek-V3 (arXiv:2412.19437) section 2.1 for the sigmoid gate with selection bias; the names c, q, k, o
// and W below are the papers'. Tensor names and keys: the GGUF files that circulate.
#include "engine/model/describe.h"
#include "engine/model/feed_forward.h"
#include "engine/model/next_token.h"
#include "engine/model/registry.h"
#include "engine/model/transformer.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace spoutnik::engine {
namespace {

using kernels::Backend;
using kernels::CacheRows;
using kernels::Heads;
using kernels::Matrix;
using kernels::RopePairs;
using kernels::Tensor;

// Hyperparameters -------------------------------------------------------------------------------------------

/// In brackets: DeepSeek-V3's.
struct Hyperparameters {
    std::int64_t layers = 0; ///< [61] that a token goes through, without next-token heads
    std::int64_t hidden = 0; ///< [7168]
    double norm_epsilon = 0; ///< [1e-6]

    // Attention
    std::int64_t heads = 0;      ///< [128]
    std::int64_t query_rank = 0; ///< [1536] of the compressed query c_q; 0: queries are not compressed
    std::int64_t latent = 0;     ///< [512] of the compressed key and value c_kv
    std::int64_t key = 0;        ///< [192] of a head's query and key: content, then position
    std::int64_t content = 0;    ///< [128] the part of it without position ("nope")
    std::int64_t position = 0;   ///< [64] the part that RoPE turns
    std::int64_t value = 0;      ///< [128] of a head's value
    float attention_scale = 0;   ///< m^2 / sqrt(key)
    RopeSettings rope;

    // Feed-forward
    std::int64_t dense_layers = 0; ///< [3] the first ones, with a plain network
    std::int64_t dense_ff = 0;     ///< [18432]
    std::int64_t experts = 0;      ///< [256]
    std::int64_t expert_ff = 0;    ///< [2048]
    std::int64_t shared_ff = 0;    ///< [2048] of all shared experts together
    kernels::RoutingRule routing;
};

bool has_layer(const gguf::File& file, std::int64_t layer) {
    return file.find_tensor(block_prefix(layer) + "attn_norm.weight") != nullptr;
}

/// block_count counts next-token-prediction layers where the converter kept them (DeepSeek-V3 section 2.2).
/// They stand behind the others and speak only of the token after the next.
std::int64_t layers_without_next_token_heads(const Keys& keys) {
    const std::int64_t blocks = keys.positive("block_count", most_layers);
    const std::int64_t heads = keys.count_or("nextn_predict_layers", 0, most_layers);
    if (heads >= blocks)
        keys.refuse("nextn_predict_layers", fmt::format("{} of {} layers leave no model", heads, blocks));
    std::int64_t layers = blocks;
    for (std::int64_t i = 0; i < heads; ++i) {
        const std::string head = block_prefix(layers - 1) + "nextn.eh_proj.weight";
        if (has_layer(keys.file(), layers - 1) && keys.file().find_tensor(head) == nullptr) break;
        --layers;
    }
    return layers;
}

/// The first of those layers is all there: where it is block number `layers`.
bool has_next_token_layer(const gguf::File& file, std::int64_t layers) {
    return has_layer(file, layers) &&
           file.find_tensor(block_prefix(layers) + "nextn.eh_proj.weight") != nullptr;
}

void read_attention(const Keys& keys, Hyperparameters& h) {
    constexpr std::int64_t widest = 65536;
    h.heads = keys.positive("attention.head_count", widest);
    h.latent = keys.positive("attention.kv_lora_rank", widest);
    // Files since April 2025 describe the latent cache in key_length and the heads in key_length_mla.
    const bool latent_keys = keys.has("attention.key_length_mla");
    h.key = keys.positive(latent_keys ? "attention.key_length_mla" : "attention.key_length", widest);
    h.value = keys.positive(latent_keys ? "attention.value_length_mla" : "attention.value_length", widest);
    if (keys.number_or("attention.temperature_scale", 0.0) != 0.0)
        keys.refuse("attention.temperature_scale", "attention temperature by position is not supported");

    h.rope = read_rope_settings(keys, h.key);
    if (h.rope.attention_factor != 1.0)
        keys.refuse("rope.scaling.attn_factor", "DeepSeek's models have no such factor");
    h.position = h.rope.dims;
    h.content = h.key - h.position;
    if (h.content < 1)
        keys.refuse("rope.dimension_count",
                    fmt::format("{} leaves nothing of the head's {} values", h.position, h.key));

    // Whether queries are compressed is told by the tensors: the key's default differs between writers.
    if (keys.file().find_tensor("blk.0.attn_q.weight") == nullptr)
        h.query_rank = keys.positive("attention.q_lora_rank", widest);

    // YaRN stretches attention's scale instead of the cosines: m = 1 + 0.1 mscale ln s, and the file's key
    // already holds 0.1 mscale. It holds at every context length.
    const double m = h.rope.factor > 1.0 ? 1.0 + h.rope.log_multiplier * std::log(h.rope.factor) : 1.0;
    h.attention_scale = static_cast<float>(m * m / std::sqrt(static_cast<double>(h.key)));
}

void read_groups(const Keys& keys, bool has_bias, Hyperparameters& h) {
    kernels::RoutingRule& rule = h.routing;
    if (!keys.has("expert_group_count") || !keys.has("expert_group_used_count")) return;
    const std::int64_t groups = keys.count_or("expert_group_count", 0, h.experts);
    if (groups <= 1) return;
    rule.groups = groups;
    rule.groups_used = keys.positive("expert_group_used_count", groups);
    // V3 judges a group by its two best experts, V2 by its best one; the bias came with V3.
    rule.group_score = has_bias ? kernels::GroupScore::sum_of_top_2 : kernels::GroupScore::max;
    if (h.experts % groups != 0)
        keys.refuse("expert_group_count",
                    fmt::format("{} experts are not {} equal groups", h.experts, groups));
    const std::int64_t size = h.experts / groups;
    if (has_bias && size < 2)
        keys.refuse("expert_group_count", "a group is judged by two experts and has only one");
    if (rule.experts_used > size * rule.groups_used)
        keys.refuse("expert_used_count", fmt::format("{} experts cannot be chosen from {} groups of {}",
                                                     rule.experts_used, rule.groups_used, size));
}

void read_experts(const Keys& keys, Hyperparameters& h) {
    h.expert_ff = keys.positive("expert_feed_forward_length");
    h.shared_ff = h.expert_ff * keys.count_or("expert_shared_count", 0, 1024);

    const bool has_bias =
        keys.file().find_tensor(block_prefix(h.dense_layers) + "exp_probs_b.bias") != nullptr;
    // Files older than the key are V2's, with softmax; a selection bias exists with the sigmoid gate alone.
    switch (keys.count_or("expert_gating_func", 0, 255)) {
    case 0:
        h.routing.gate = has_bias ? kernels::GateFunction::sigmoid : kernels::GateFunction::softmax;
        break;
    case 1:
        h.routing.gate = kernels::GateFunction::softmax;
        break;
    case 2:
        h.routing.gate = kernels::GateFunction::sigmoid;
        break;
    default:
        keys.refuse("expert_gating_func", "only 1 (softmax) and 2 (sigmoid) are supported");
    }
    h.routing.normalize_weights = keys.flag_or("expert_weights_norm", false);
    const double scale = keys.number_or("expert_weights_scale", 0.0);
    h.routing.weights_scale = scale == 0.0 ? 1.0F : static_cast<float>(scale);
    read_groups(keys, has_bias, h);
}

Hyperparameters read_hyperparameters(const Keys& keys, const ModelDescription& d) {
    Hyperparameters h;
    h.layers = d.layers;
    h.hidden = d.hidden;
    h.norm_epsilon = keys.positive_number("attention.layer_norm_rms_epsilon");
    read_attention(keys, h);
    h.experts = d.experts;
    h.routing.experts_used = d.experts_used;
    h.dense_layers = h.experts > 0 ? keys.count_or("leading_dense_block_count", 0, most_layers) : h.layers;
    h.dense_layers = std::min(h.dense_layers, h.layers);
    if (h.dense_layers > 0) h.dense_ff = keys.positive("feed_forward_length");
    if (h.dense_layers < h.layers) read_experts(keys, h);
    return h;
}

std::int64_t widest_ff(const Hyperparameters& h) {
    return std::max(h.dense_ff, h.shared_ff);
}

/// Floats a token: the slots of Deepseek2.
std::int64_t attention_workspace(const Hyperparameters& h) {
    const std::int64_t compressed = std::max<std::int64_t>(1, h.query_rank) + h.latent + h.position;
    const std::int64_t a_head = h.key + (h.latent + h.position) + h.latent + h.value;
    return compressed + h.heads * a_head + h.hidden;
}

/// Of layers whose up-projection comes whole, the keys are kept transposed: see bind_up_projections.
std::int64_t bytes_of_turned_keys(const gguf::File& file, const Hyperparameters& h, std::int64_t first_layer,
                                  std::int64_t layers) {
    std::int64_t bytes = 0;
    for (std::int64_t i = first_layer; i < first_layer + layers; ++i) {
        const gguf::TensorInfo* whole = file.find_tensor(block_prefix(i) + "attn_kv_b.weight");
        if (whole == nullptr || file.find_tensor(block_prefix(i) + "attn_k_b.weight") != nullptr) continue;
        bytes += h.heads * h.latent * h.content * (whole->format == kernels::Format::f32 ? 4 : 2);
    }
    return bytes;
}

ModelDescription describe(const gguf::File& file) {
    const Keys keys(file, "deepseek2");
    ModelDescription d = describe_common(keys, layers_without_next_token_heads(keys));
    const Hyperparameters h = read_hyperparameters(keys, d);
    d.cache_values_per_token = h.layers * (h.latent + h.position);
    d.full_heads_values_per_token = h.layers * h.heads * (h.key + h.value);
    d.workspace_values_per_token =
        trunk_workspace(h.hidden, h.position) + attention_workspace(h) +
        feed_forward_workspace(h.hidden, widest_ff(h), h.experts, h.routing.experts_used);
    d.absorbed_values_per_token = h.heads * (h.latent + h.position + h.latent);
    d.copied_bytes = bytes_of_turned_keys(file, h, 0, h.layers);
    d.attention = {
        .heads = h.heads, .kv_heads = 0, .key_width = h.latent + h.position, .value_width = h.latent};
    d.has_next_token_layer = has_next_token_layer(file, h.layers);
    if (d.has_next_token_layer) d.next_token_copied_bytes = bytes_of_turned_keys(file, h, h.layers, 1);
    count_parameters(file, d);
    return d;
}

// Weights ---------------------------------------------------------------------------------------------------

struct Attention {
    const float* norm = nullptr; ///< [hidden]

    // Query, compressed: q = W_uq rms_norm(W_dq h); else q = W_q h
    Matrix w_dq;                     ///< [query_rank, hidden]
    const float* c_q_norm = nullptr; ///< [query_rank]
    Matrix w_uq;                     ///< [heads * key, query_rank], or W_q [heads * key, hidden]

    // Key and value: c_kv = rms_norm(W_dkv h), k = W_uk c_kv, v = W_uv c_kv
    Matrix w_dkv;                     ///< [latent + position, hidden]: c_kv, then the key all heads share
    const float* c_kv_norm = nullptr; ///< [latent]
    Matrix w_uk;                      ///< [latent, content] x heads: transposed, it takes q to c_kv's space
    Matrix w_uv;                      ///< [value, latent] x heads
    Matrix w_o;                       ///< [hidden, heads * value]
};

struct Layer {
    Attention attention;
    const float* ffn_norm = nullptr; ///< [hidden]
    std::variant<DenseFfn, ExpertFfn> ffn;
};

/// The K/V up-projection comes either cut in two, keys already transposed (attn_k_b, attn_v_b; 2-D or 3-D),
/// or whole as in the paper (attn_kv_b: for each head its key rows, then its value rows). Some files have
/// both.
void bind_up_projections(WeightBinder& binder, const std::string& prefix, const Hyperparameters& h,
                         Attention& a) {
    const std::string whole = prefix + "attn_kv_b.weight";
    if (binder.has(prefix + "attn_k_b.weight")) {
        a.w_uk = binder.matrices(prefix + "attn_k_b.weight", h.content, h.latent, h.heads);
        a.w_uv = binder.matrices(prefix + "attn_v_b.weight", h.latent, h.value, h.heads);
        binder.pass_over(whole);
        return;
    }
    const Matrix w_ukv = binder.matrices(whole, h.latent, h.content + h.value, h.heads);
    Matrix keys = w_ukv;
    keys.rows = h.content;
    a.w_uk = binder.transposed(keys, binder.host_bytes(whole));
    a.w_uv = w_ukv; // the value rows are used where they lie
    a.w_uv.rows = h.value;
    a.w_uv.data += kernels::bytes_of(w_ukv.format, h.latent * h.content);
}

Attention bind_attention(WeightBinder& binder, const std::string& prefix, const Hyperparameters& h) {
    Attention a;
    a.norm = binder.vector(prefix + "attn_norm.weight", h.hidden);
    if (h.query_rank > 0) {
        a.w_dq = binder.matrix(prefix + "attn_q_a.weight", h.hidden, h.query_rank);
        a.c_q_norm = binder.vector(prefix + "attn_q_a_norm.weight", h.query_rank);
        a.w_uq = binder.matrix(prefix + "attn_q_b.weight", h.query_rank, h.heads * h.key);
    } else {
        a.w_uq = binder.matrix(prefix + "attn_q.weight", h.hidden, h.heads * h.key);
    }
    a.w_dkv = binder.matrix(prefix + "attn_kv_a_mqa.weight", h.hidden, h.latent + h.position);
    a.c_kv_norm = binder.vector(prefix + "attn_kv_a_norm.weight", h.latent);
    bind_up_projections(binder, prefix, h, a);
    a.w_o = binder.matrix(prefix + "attn_output.weight", h.heads * h.value, h.hidden);
    return a;
}

Layer bind_layer(WeightBinder& binder, std::int64_t number, const Hyperparameters& h) {
    const std::string prefix = block_prefix(number);
    Layer layer;
    layer.attention = bind_attention(binder, prefix, h);
    layer.ffn_norm = binder.vector(prefix + "ffn_norm.weight", h.hidden);
    if (number < h.dense_layers || h.experts == 0)
        layer.ffn = bind_dense_ffn(binder, prefix, "", h.hidden, h.dense_ff);
    else
        layer.ffn = bind_expert_ffn(binder, prefix, h.routing, h.hidden, h.expert_ff, h.experts, h.shared_ff);
    return layer;
}

// Forward ---------------------------------------------------------------------------------------------------

class Deepseek2 final : public Transformer {
  public:
    Deepseek2(Trunk trunk, WeightBinder& binder, const Hyperparameters& h)
        : Transformer(std::move(trunk)), h_(h),
          ffn_(backend(), workspace(), h.hidden, widest_ff(h), h.experts, h.routing.experts_used) {
        for (std::int64_t i = 0; i < h.layers; ++i)
            layers_.push_back(bind_layer(binder, i, h));
        binder.refuse_leftovers(h.layers);
        keep(binder.take_buffers());
    }

  private:
    void run_layers(const Pass& pass) override {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const std::int64_t wanted = i + 1 == layers_.size() ? pass.wanted : pass.x.rows;
            run_layer(layers_[i], pass, wanted, pass.cache->rows(i));
            after_layer(i + 1);
        }
    }

    /// Leaves x of the last `wanted` tokens as the layer makes it, and rows of all of them in the cache.
    void run_layer(const Layer& layer, const Pass& pass, std::int64_t wanted, CacheRows cache) {
        const Tensor attention_input = normed(pass.x, layer.attention.norm);
        remember(layer.attention, attention_input, pass, cache);
        if (wanted == 0) return;
        const Pass last = pass.tail(wanted);
        attend(layer.attention, last_rows(attention_input, wanted), last, cache);
        const Tensor h = normed(last.x, layer.ffn_norm);
        std::visit([&](const auto& ffn) { ffn_.run(ffn, h, last.x); }, layer.ffn);
    }

    NextTokenHead bind_next_token_layer(WeightBinder& binder) override {
        if (!shape().has_next_token_layer) return Transformer::bind_next_token_layer(binder);
        next_token_layer_ = bind_layer(binder, h_.layers, h_);
        NextTokenHead head = bind_next_token_head(binder, block_prefix(h_.layers), trunk());
        binder.refuse_leftovers_of(h_.layers);
        return head;
    }

    void run_next_token_layer(const Pass& pass) override {
        run_layer(next_token_layer_, pass, pass.wanted, pass.cache->rows(0));
    }

    /// x += attention(h), h = rms_norm(x), DeepSeek-V2 section 2.1.1.
    void attend(const Attention& a, const Tensor& h, const Pass& pass, CacheRows cache) {
        const Tensor q = queries(a, h);                // [tokens, heads * (content + position)]
        const Tensor o = workspace().rows(o_, q.rows); // [tokens, heads * value]
        if (q.rows > most_absorbed())
            attend_decompressed(a, q, pass, cache, o);
        else
            attend_absorbed(a, q, pass, cache, o);
        backend().matmul_add(a.w_o, o, workspace().rows(u_, q.rows), pass.x);
    }

    /// Tokens of the largest pass in the absorbed form.
    std::int64_t most_absorbed() const {
        const auto pays_from = backend().decompression_pays_from();
        return pays_from ? *pays_from - 1 : std::numeric_limits<std::int64_t>::max();
    }

    /// Keys and values of the heads are worked out from the latents, which pays when many queries meet them.
    void attend_decompressed(const Attention& a, const Tensor& q, const Pass& pass, CacheRows cache,
                             const Tensor& o) {
        const Heads q_head = by_head(q, h_.heads);
        backend().rope(part_of(q_head, h_.content, h_.position), pass.cos_sin, RopePairs::adjacent);
        backend().decompressed_attention(q_head, cache, a.w_uk, a.w_uv, pass.first_position,
                                         h_.attention_scale, by_head(o, h_.heads));
    }

    /// W_uk and W_uv absorbed: queries go into the space of the latents instead of the latents into that of
    /// the keys.
    void attend_absorbed(const Attention& a, const Tensor& q, const Pass& pass, CacheRows cache,
                         const Tensor& o) {
        const std::int64_t tokens = q.rows;
        const Heads q_head = by_head(q, h_.heads);
        const Tensor q_latent = workspace().rows(q_latent_, tokens); // [tokens, heads * (latent + position)]
        const Heads q_latent_head = by_head(q_latent, h_.heads);
        backend().matmul_per_head(a.w_uk, part_of(q_head, 0, h_.content),
                                  part_of(q_latent_head, 0, h_.latent));
        copy_positions(q, q_latent);
        backend().rope(part_of(q_latent_head, h_.latent, h_.position), pass.cos_sin, RopePairs::adjacent);

        const Heads o_latent = by_head(workspace().rows(o_latent_, tokens), h_.heads);
        backend().latent_attention(q_latent_head, cache, pass.first_position, h_.latent, h_.attention_scale,
                                   o_latent);
        backend().matmul_per_head(a.w_uv, o_latent, by_head(o, h_.heads));
    }

    /// Leaves c_kv and the shared, turned key k_R of each token in the cache.
    void remember(const Attention& a, const Tensor& h, const Pass& pass, CacheRows cache) {
        const Tensor kv = workspace().rows(kv_, h.rows); // [tokens, latent + position]
        backend().matmul(a.w_dkv, h, kv);
        const Tensor c_kv = part_of(kv, 0, h_.latent);
        backend().rms_norm(c_kv, a.c_kv_norm, norm_epsilon(), c_kv);
        backend().rope(by_head(part_of(kv, h_.latent, h_.position), 1), pass.cos_sin, RopePairs::adjacent);
        backend().store_rows(kv, cache, pass.first_position, 0);
    }

    Tensor queries(const Attention& a, const Tensor& h) {
        const Tensor q = workspace().rows(q_, h.rows);
        if (h_.query_rank == 0) {
            backend().matmul(a.w_uq, h, q);
            return q;
        }
        const Tensor c_q = workspace().rows(c_q_, h.rows);
        backend().matmul(a.w_dq, h, c_q);
        backend().rms_norm(c_q, a.c_q_norm, norm_epsilon(), c_q);
        backend().matmul(a.w_uq, c_q, q);
        return q;
    }

    /// The position part of every query goes behind its latent part: rows of an F32 "cache", one a head.
    void copy_positions(const Tensor& q, const Tensor& q_latent) {
        const Tensor from = part_of(one_row_each(q, h_.key), h_.content, h_.position);
        const Tensor to = one_row_each(q_latent, h_.latent + h_.position);
        backend().store_rows(from,
                             {reinterpret_cast<std::byte*>(to.data), kernels::Format::f32, to.cols, to.rows},
                             0, h_.latent);
    }

    Hyperparameters h_;
    std::vector<Layer> layers_;
    Layer next_token_layer_; ///< bound when drafts are enabled
    FeedForward ffn_;
    Workspace::Slot c_q_ = workspace().add(std::max<std::int64_t>(1, h_.query_rank));
    Workspace::Slot q_ = workspace().add(h_.heads * h_.key);
    Workspace::Slot kv_ = workspace().add(h_.latent + h_.position);
    Workspace::Slot q_latent_ = workspace().add(h_.heads * (h_.latent + h_.position), most_absorbed());
    Workspace::Slot o_latent_ = workspace().add(h_.heads * h_.latent, most_absorbed());
    Workspace::Slot o_ = workspace().add(h_.heads * h_.value);
    Workspace::Slot u_ = workspace().add(h_.hidden);
};

std::unique_ptr<Model> load(std::shared_ptr<const gguf::File> file, Backend& backend,
                            const LoadProgress& progress, const WeightHomes& homes) {
    const ModelDescription d = describe(*file);
    const Hyperparameters h = read_hyperparameters(Keys(*file, d.architecture), d);
    WeightBinder binder(*file, backend, progress, homes);
    Trunk trunk{.file = std::move(file),
                .backend = &backend,
                .homes = homes,
                .description = d,
                .norm_epsilon = static_cast<float>(h.norm_epsilon),
                .cache_shape = {.layers = h.layers, .lanes = 1, .width = h.latent + h.position},
                .rope = RopeTable(h.rope),
                .embedding = {},
                .output = {}};
    bind_trunk(binder, trunk);
    return std::make_unique<Deepseek2>(std::move(trunk), binder, h);
}

} // namespace

extern const Architecture deepseek2;
const Architecture deepseek2{"deepseek2", &describe, &load};

} // namespace spoutnik::engine
