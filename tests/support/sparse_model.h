// SPDX-License-Identifier: MIT
// Files with the shapes of published models and nothing in them: the tensors' bytes are a hole that takes no
// disk. For everything that looks at names and shapes only.
#pragma once

#include "tests/support/gguf_writer.h"

#include <filesystem>
#include <string>

namespace spoutnik::testing {

class SparseModel {
  public:
    explicit SparseModel(const std::string& architecture) : prefix_(architecture + ".") {
        writer_.set("general.architecture", architecture);
    }

    template <class T>
    SparseModel& key(const std::string& name, T value) {
        writer_.set(prefix_ + name, value);
        return *this;
    }
    SparseModel& size(const std::string& name, std::int64_t value) {
        return key(name, static_cast<std::uint32_t>(value));
    }
    SparseModel& tensor(const std::string& name, std::vector<std::int64_t> dims, kernels::Format format) {
        std::int64_t values = 1;
        for (const std::int64_t dim : dims)
            values *= dim;
        writer_.tensor_raw(name, std::move(dims), static_cast<std::uint32_t>(format), {}, bytes_);
        bytes_ += (kernels::bytes_of(format, values) + 31) / 32 * 32;
        return *this;
    }
    /// Bytes of all tensors, padding included.
    std::uint64_t tensor_bytes() const { return bytes_; }

    void write(const std::filesystem::path& path) const {
        writer_.write(path);
        std::filesystem::resize_file(path, std::filesystem::file_size(path) + bytes_);
    }

  private:
    GgufWriter writer_;
    std::string prefix_;
    std::uint64_t bytes_ = 0;
};

/// Sizes of a deepseek2 model; the fields that differ between its sizes.
struct DeepseekShape {
    std::int64_t layers, hidden, heads, query_rank, dense_layers, dense_ff, experts, experts_used, expert_ff,
        shared_experts, vocabulary;
};
inline constexpr DeepseekShape deepseek_v3{61, 7168, 128, 1536, 3, 18432, 256, 8, 2048, 1, 129280};
inline constexpr DeepseekShape deepseek_v2_lite{27, 2048, 16, 0, 1, 10944, 64, 6, 1408, 2, 102400};

/// All matrices in one format whose blocks divide every row, up-projections cut in two.
inline SparseModel sparse_deepseek(const DeepseekShape& s, kernels::Format format) {
    constexpr std::int64_t latent = 512, content = 128, position = 64, value = 128;
    constexpr auto f32 = kernels::Format::f32;
    SparseModel m("deepseek2");
    m.size("block_count", s.layers).size("context_length", 163840).size("embedding_length", s.hidden);
    m.size("feed_forward_length", s.dense_ff).size("leading_dense_block_count", s.dense_layers);
    m.size("attention.head_count", s.heads).size("attention.head_count_kv", 1);
    m.size("attention.kv_lora_rank", latent).size("rope.dimension_count", position);
    if (s.query_rank > 0) m.size("attention.q_lora_rank", s.query_rank);
    m.size("attention.key_length", latent + position).size("attention.value_length", latent);
    m.size("attention.key_length_mla", content + position).size("attention.value_length_mla", value);
    m.key("attention.layer_norm_rms_epsilon", 1e-6F).key("rope.freq_base", 10000.0F);
    m.size("expert_count", s.experts).size("expert_used_count", s.experts_used);
    m.size("expert_feed_forward_length", s.expert_ff).size("expert_shared_count", s.shared_experts);
    m.key("expert_weights_scale", 2.5F);
    m.tensor("token_embd.weight", {s.hidden, s.vocabulary}, format);
    m.tensor("output_norm.weight", {s.hidden}, f32).tensor("output.weight", {s.hidden, s.vocabulary}, format);
    for (std::int64_t i = 0; i < s.layers; ++i) {
        const std::string b = "blk." + std::to_string(i) + ".";
        const std::int64_t queries = s.heads * (content + position);
        m.tensor(b + "attn_norm.weight", {s.hidden}, f32).tensor(b + "ffn_norm.weight", {s.hidden}, f32);
        if (s.query_rank > 0) {
            m.tensor(b + "attn_q_a.weight", {s.hidden, s.query_rank}, format);
            m.tensor(b + "attn_q_a_norm.weight", {s.query_rank}, f32);
            m.tensor(b + "attn_q_b.weight", {s.query_rank, queries}, format);
        } else {
            m.tensor(b + "attn_q.weight", {s.hidden, queries}, format);
        }
        m.tensor(b + "attn_kv_a_mqa.weight", {s.hidden, latent + position}, format);
        m.tensor(b + "attn_kv_a_norm.weight", {latent}, f32);
        m.tensor(b + "attn_k_b.weight", {content, latent, s.heads}, format);
        m.tensor(b + "attn_v_b.weight", {latent, value, s.heads}, format);
        m.tensor(b + "attn_output.weight", {s.heads * value, s.hidden}, format);
        const auto network = [&](const std::string& kind, std::int64_t ff, std::vector<std::int64_t> count) {
            const auto shape = [&](std::int64_t in, std::int64_t out) {
                std::vector<std::int64_t> dims{in, out};
                dims.insert(dims.end(), count.begin(), count.end());
                return dims;
            };
            m.tensor(b + "ffn_gate" + kind + ".weight", shape(s.hidden, ff), format);
            m.tensor(b + "ffn_up" + kind + ".weight", shape(s.hidden, ff), format);
            m.tensor(b + "ffn_down" + kind + ".weight", shape(ff, s.hidden), format);
        };
        if (i < s.dense_layers) {
            network("", s.dense_ff, {});
            continue;
        }
        m.tensor(b + "ffn_gate_inp.weight", {s.hidden, s.experts}, f32);
        network("_exps", s.expert_ff, {s.experts});
        network("_shexp", s.expert_ff * s.shared_experts, {});
    }
    return m;
}

} // namespace spoutnik::testing
