// SPDX-License-Identifier: MIT
#include "tests/support/tiny_model.h"

#include "tests/support/gguf_writer.h"
#include "tests/support/quantize.h"

#include <cmath>
#include <functional>
#include <string_view>

namespace spoutnik::testing {
namespace {

using kernels::Format;

/// Thorough mixing of 64 bits (the finaliser of MurmurHash3, public domain constants).
std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 33U;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33U;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33U;
    return x;
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    std::uint64_t h = mix(seed + 0x9e3779b97f4a7c15ULL);
    for (const char c : text)
        h = mix(h ^ static_cast<unsigned char>(c));
    return h;
}

/// Numbers of mean 0 and variance 1, bell-shaped: sums of four uniform ones, exact in double.
class Noise {
  public:
    Noise(std::string_view name, std::uint64_t seed) : key_(hash_of(name, seed)) {}
    double at(std::int64_t index) const {
        const std::uint64_t bits = mix(key_ + static_cast<std::uint64_t>(index) * 0x9e3779b97f4a7c15ULL);
        double sum = 0;
        for (unsigned part = 0; part < 4; ++part)
            sum += static_cast<double>((bits >> (16U * part)) & 0xffffU) / 65536.0 - 0.5;
        return sum * 1.7320508075688772; // sqrt(3): four uniforms have variance 1/3
    }

  private:
    std::uint64_t key_;
};

std::int64_t product(const std::vector<std::int64_t>& dims) {
    std::int64_t n = 1;
    for (const std::int64_t d : dims)
        n *= d;
    return n;
}

/// Adds tensors to a model.
class Maker {
  public:
    Maker(TinyModel& model) : model_(model), spec_(model.spec) {}

    void all() {
        const TinySpec& s = spec_;
        matrix("token_embd.weight", {s.hidden, s.vocabulary}, 0.5);
        gains("output_norm.weight", s.hidden);
        if (!s.tied_output) matrix("output.weight", {s.hidden, s.vocabulary});
        if (s.rope_divisors)
            add("rope_freqs.weight", {s.turned() / 2}, Format::f32,
                [&](std::int64_t i) { return 1.0 + static_cast<double>(i) * 0.75; });
        for (std::int64_t i = 0; i < s.layers; ++i)
            layer("blk." + std::to_string(i) + ".", s.is_deepseek() ? i < s.dense_layers : false);
        if (s.next_token_head) {
            const std::string b = "blk." + std::to_string(s.layers) + ".";
            layer(b, false);
            matrix(b + "nextn.eh_proj.weight", {2 * s.hidden, s.hidden});
            for (const char* norm :
                 {"nextn.enorm.weight", "nextn.hnorm.weight", "nextn.shared_head_norm.weight"})
                gains(b + norm, s.hidden);
            if (s.own_next_token_tables) {
                matrix(b + "nextn.embed_tokens.weight", {s.hidden, s.vocabulary}, 0.5);
                matrix(b + "nextn.shared_head_head.weight", {s.hidden, s.vocabulary});
            }
        }
    }

  private:
    using Value = std::function<double(std::int64_t)>;

    void add(const std::string& name, const std::vector<std::int64_t>& dims, Format format,
             const Value& value) {
        std::vector<float> exact(static_cast<std::size_t>(product(dims)));
        for (std::size_t i = 0; i < exact.size(); ++i)
            exact[i] = static_cast<float>(value(static_cast<std::int64_t>(i)));
        TinyTensor tensor{dims, format, quantize(format, exact), std::move(exact)};
        kernels::dequantize(format, tensor.bytes.data(), product(dims), tensor.values.data());
        model_.tensors.emplace(name, std::move(tensor));
    }

    Format format_for(std::int64_t row) const {
        if (row % kernels::traits_of(spec_.format).values_per_block == 0) return spec_.format;
        return row % 32 == 0 ? Format::q8_0 : Format::f16;
    }

    /// Rows of `dims[0]` values with variance 1 / dims[0], so that activations keep their size.
    void matrix(const std::string& name, const std::vector<std::int64_t>& dims, double deviation = 0) {
        const Noise noise(name, spec_.seed);
        if (deviation == 0) deviation = 1.0 / std::sqrt(static_cast<double>(dims[0]));
        add(name, dims, format_for(dims[0]), [&](std::int64_t i) { return deviation * noise.at(i); });
    }
    void vector(const std::string& name, std::int64_t size, double mean, double deviation) {
        const Noise noise(name, spec_.seed);
        add(name, {size}, Format::f32, [&](std::int64_t i) { return mean + deviation * noise.at(i); });
    }
    void gains(const std::string& name, std::int64_t size) { vector(name, size, 1.0, 0.1); }

    void layer(const std::string& b, bool dense) {
        gains(b + "attn_norm.weight", spec_.hidden);
        gains(b + "ffn_norm.weight", spec_.hidden);
        spec_.is_deepseek() ? latent_attention(b) : head_attention(b);
        dense || spec_.experts == 0 ? ffn(b, "", spec_.dense_ff) : experts(b);
    }

    void latent_attention(const std::string& b) {
        const TinySpec& s = spec_;
        if (s.query_rank > 0) {
            matrix(b + "attn_q_a.weight", {s.hidden, s.query_rank});
            gains(b + "attn_q_a_norm.weight", s.query_rank);
            matrix(b + "attn_q_b.weight", {s.query_rank, s.heads * s.key()});
        } else {
            matrix(b + "attn_q.weight", {s.hidden, s.heads * s.key()});
        }
        matrix(b + "attn_kv_a_mqa.weight", {s.hidden, s.latent + s.position});
        gains(b + "attn_kv_a_norm.weight", s.latent);
        matrix(b + "attn_output.weight", {s.heads * s.value, s.hidden});
        up_projections(b);
    }

    /// The same numbers in each layout: keys[head][row][latent], values[head][row][latent].
    void up_projections(const std::string& b) {
        const TinySpec& s = spec_;
        const Noise keys(b + "keys", s.seed);
        const Noise values(b + "values", s.seed);
        const double deviation = 1.0 / std::sqrt(static_cast<double>(s.latent));
        const std::int64_t rows = s.content + s.value;
        if (s.layout != KvLayout::split)
            add(b + "attn_kv_b.weight", {s.latent, s.heads * rows}, format_for(s.latent),
                [&](std::int64_t i) {
                    const std::int64_t c = i % s.latent, r = i / s.latent % rows, h = i / s.latent / rows;
                    return deviation * (r < s.content
                                            ? keys.at((h * s.content + r) * s.latent + c)
                                            : values.at((h * s.value + r - s.content) * s.latent + c));
                });
        if (s.layout == KvLayout::whole) return;
        const bool flat = s.layout == KvLayout::both;
        using Dims = std::vector<std::int64_t>;
        add(b + "attn_k_b.weight",
            flat ? Dims{s.content, s.latent * s.heads} : Dims{s.content, s.latent, s.heads},
            format_for(s.content), [&](std::int64_t i) {
                const std::int64_t r = i % s.content, c = i / s.content % s.latent,
                                   h = i / s.content / s.latent;
                return deviation * keys.at((h * s.content + r) * s.latent + c);
            });
        add(b + "attn_v_b.weight",
            flat ? Dims{s.latent, s.value * s.heads} : Dims{s.latent, s.value, s.heads}, format_for(s.latent),
            [&](std::int64_t i) { return deviation * values.at(i); });
    }

    void head_attention(const std::string& b) {
        const TinySpec& s = spec_;
        const std::int64_t queries = s.heads * s.head, shared = s.kv_heads * s.head;
        matrix(b + "attn_q.weight", {s.hidden, queries});
        matrix(b + "attn_k.weight", {s.hidden, shared});
        matrix(b + "attn_v.weight", {s.hidden, shared});
        matrix(b + "attn_output.weight", {queries, s.hidden});
        if (s.architecture == "qwen2") {
            vector(b + "attn_q.bias", queries, 0, 0.5);
            vector(b + "attn_k.bias", shared, 0, 0.5);
            vector(b + "attn_v.bias", shared, 0, 0.5);
        }
        if (s.output_bias) vector(b + "attn_output.bias", s.hidden, 0, 0.5);
        if (s.architecture.starts_with("qwen3")) {
            gains(b + "attn_q_norm.weight", s.head);
            gains(b + "attn_k_norm.weight", s.head);
        }
    }

    void ffn(const std::string& b, const std::string& kind, std::int64_t ff) {
        matrix(b + "ffn_gate" + kind + ".weight", {spec_.hidden, ff});
        matrix(b + "ffn_up" + kind + ".weight", {spec_.hidden, ff});
        matrix(b + "ffn_down" + kind + ".weight", {ff, spec_.hidden});
    }

    void experts(const std::string& b) {
        const TinySpec& s = spec_;
        const Noise router(b + "router", s.seed);
        add(b + "ffn_gate_inp.weight", {s.hidden, s.experts}, Format::f32,
            [&](std::int64_t i) { return 1.5 / std::sqrt(static_cast<double>(s.hidden)) * router.at(i); });
        if (s.is_deepseek() && s.selection_bias) vector(b + "exp_probs_b.bias", s.experts, 0, 0.1);
        if (s.expert_tensors) {
            for (std::int64_t e = 0; e < s.experts; ++e) {
                const std::string number = "." + std::to_string(e);
                matrix(b + "ffn_gate" + number + ".weight", {s.hidden, s.expert_ff});
                matrix(b + "ffn_up" + number + ".weight", {s.hidden, s.expert_ff});
                matrix(b + "ffn_down" + number + ".weight", {s.expert_ff, s.hidden});
            }
            return;
        }
        if (s.fused_gate_up) {
            matrix(b + "ffn_gate_up_exps.weight", {s.hidden, 2 * s.expert_ff, s.experts});
        } else {
            matrix(b + "ffn_gate_exps.weight", {s.hidden, s.expert_ff, s.experts});
            matrix(b + "ffn_up_exps.weight", {s.hidden, s.expert_ff, s.experts});
        }
        matrix(b + "ffn_down_exps.weight", {s.expert_ff, s.hidden, s.experts});
        if (s.is_deepseek() && s.shared_experts > 0) ffn(b, "_shexp", s.expert_ff * s.shared_experts);
    }

    TinyModel& model_;
    const TinySpec& spec_;
};

// Metadata --------------------------------------------------------------------------------------------------

std::uint32_t u32(std::int64_t value) {
    return static_cast<std::uint32_t>(value);
}
float f32(double value) {
    return static_cast<float>(value);
}

void write_attention_keys(GgufWriter& out, const std::string& p, const TinySpec& s) {
    out.set(p + "attention.head_count", u32(s.heads));
    if (!s.is_deepseek()) {
        out.set(p + "attention.head_count_kv", u32(s.kv_heads));
        out.set(p + "attention.key_length", u32(s.head)).set(p + "attention.value_length", u32(s.head));
        return;
    }
    const bool split = s.layout == KvLayout::split;
    out.set(p + "attention.head_count_kv", u32(split ? 1 : s.heads));
    out.set(p + "attention.kv_lora_rank", u32(s.latent));
    if (s.query_rank > 0) out.set(p + "attention.q_lora_rank", u32(s.query_rank));
    out.set(p + "attention.key_length", u32(split ? s.latent + s.position : s.key()));
    out.set(p + "attention.value_length", u32(split ? s.latent : s.value));
    if (split) out.set(p + "attention.key_length_mla", u32(s.key()));
    if (split) out.set(p + "attention.value_length_mla", u32(s.value));
}

void write_expert_keys(GgufWriter& out, const std::string& p, const TinySpec& s) {
    if (s.experts == 0) return;
    out.set(p + "expert_count", u32(s.experts)).set(p + "expert_used_count", u32(s.experts_used));
    if (s.architecture == "llama") return;
    out.set(p + "expert_feed_forward_length", u32(s.expert_ff));
    if (!s.is_deepseek()) return;
    out.set(p + "leading_dense_block_count", u32(s.dense_layers));
    out.set(p + "expert_shared_count", u32(s.shared_experts));
    out.set(p + "expert_weights_scale", f32(s.weights_scale)).set(p + "expert_weights_norm", s.normalize);
    if (s.says_gate) out.set(p + "expert_gating_func", u32(s.sigmoid ? 2 : 1));
    if (s.groups > 0)
        out.set(p + "expert_group_count", u32(s.groups))
            .set(p + "expert_group_used_count", u32(s.groups_used));
}

void write_rope_keys(GgufWriter& out, const std::string& p, const TinySpec& s) {
    out.set(p + "rope.dimension_count", u32(s.turned())).set(p + "rope.freq_base", f32(s.base));
    if (s.scaling.empty()) return;
    out.set(p + "rope.scaling.type", s.scaling).set(p + "rope.scaling.factor", f32(s.factor));
    if (s.scaling != "yarn") return;
    out.set(p + "rope.scaling.original_context_length", u32(s.original_context));
    if (s.is_deepseek()) out.set(p + "rope.scaling.yarn_log_multiplier", f32(s.log_multiplier));
}

std::string utf8(std::uint32_t code_point) { // below U+0800 is all that is needed
    if (code_point < 0x80) return {static_cast<char>(code_point)};
    return {static_cast<char>(0xC0U | (code_point >> 6U)), static_cast<char>(0x80U | (code_point & 0x3FU))};
}

/// 256 tokens of one byte each, written as GPT-2's vocabularies write them, one merge, control tokens.
void write_tokenizer(GgufWriter& out, const TinySpec& s) {
    std::vector<std::string> tokens;
    std::uint32_t moved = 256;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
        tokens.push_back(utf8(printable ? byte : moved++));
    }
    tokens.emplace_back("th");
    tokens.emplace_back("<|begin|>");
    tokens.emplace_back("<|end|>");
    while (static_cast<std::int64_t>(tokens.size()) < s.vocabulary)
        tokens.push_back("<|unused" + std::to_string(tokens.size()) + "|>");
    std::vector<std::int32_t> types(tokens.size(), 3);
    for (std::size_t i = 0; i < 257; ++i)
        types[i] = 1;
    out.set("tokenizer.ggml.model", "gpt2").set("tokenizer.ggml.pre", "gpt-2");
    out.set("tokenizer.ggml.tokens", tokens).set("tokenizer.ggml.token_type", types);
    out.set("tokenizer.ggml.merges", std::vector<std::string>{"t h"});
    out.set("tokenizer.ggml.bos_token_id", std::uint32_t{257})
        .set("tokenizer.ggml.eos_token_id", std::uint32_t{258});
    out.set("tokenizer.ggml.add_bos_token", false);
}

} // namespace

TinyModel::TinyModel(const TinySpec& what) : spec(what) {
    Maker(*this).all();
}

GgufWriter TinyModel::writer() const {
    const TinySpec& s = spec;
    const std::string p = s.architecture + ".";
    GgufWriter out;
    out.set("general.architecture", s.architecture).set("general.name", s.name);
    out.set(p + "block_count", u32(s.layers + (s.next_token_head ? 1 : 0)));
    if (s.next_token_head) out.set(p + "nextn_predict_layers", std::uint32_t{1});
    out.set(p + "context_length", std::uint32_t{16384}).set(p + "embedding_length", u32(s.hidden));
    const bool expert_size_is_ff = s.architecture == "llama" && s.experts > 0;
    out.set(p + "feed_forward_length", u32(expert_size_is_ff ? s.expert_ff : s.dense_ff));
    out.set(p + "attention.layer_norm_rms_epsilon", f32(s.norm_epsilon));
    out.set(p + "vocab_size", u32(s.vocabulary));
    write_attention_keys(out, p, s);
    write_rope_keys(out, p, s);
    write_expert_keys(out, p, s);
    if (s.tokenizer) write_tokenizer(out, s);
    for (const auto& [name, tensor] : tensors)
        out.tensor_raw(name, tensor.dims, static_cast<std::uint32_t>(tensor.format), tensor.bytes);
    return out;
}

std::vector<std::byte> TinyModel::gguf() const {
    return writer().build();
}

std::vector<std::int32_t> tiny_tokens(std::int64_t count, std::int64_t vocabulary, std::uint64_t seed) {
    std::vector<std::int32_t> tokens;
    for (std::int64_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>(mix(seed * 1000003U + static_cast<std::uint64_t>(i)) %
                                                   static_cast<std::uint64_t>(vocabulary)));
    return tokens;
}

} // namespace spoutnik::testing
