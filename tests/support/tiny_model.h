// SPDX-License-Identifier: MIT
// Whole models of every architecture, a few thousand weights each, made from a few numbers: the same bytes on
// every machine, since they come from integer hashing and correctly rounded arithmetic alone.
#pragma once

#include "kernels/format.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spoutnik::testing {

class GgufWriter;

/// How a deepseek2 file holds the up-projection of keys and values.
enum class KvLayout {
    whole, ///< A: attn_kv_b
    both,  ///< B: attn_kv_b, and cut in two and flattened beside it
    split, ///< C: attn_k_b and attn_v_b, 3-D
};

/// Shape and variant of a tiny model. Fields that an architecture does not know are ignored.
struct TinySpec {
    std::string architecture = "deepseek2";
    std::string name = "tiny";
    std::int64_t layers = 3;
    std::int64_t hidden = 64;
    std::int64_t vocabulary = 96;
    double norm_epsilon = 1e-6;
    bool tied_output = false;
    bool tokenizer = false; ///< a byte-level vocabulary goes into the file too; needs at least 260 tokens

    // Attention
    std::int64_t heads = 4;
    std::int64_t kv_heads = 2;    ///< llama, qwen2, qwen3moe
    std::int64_t head = 16;       ///< llama, qwen2, qwen3moe
    std::int64_t query_rank = 48; ///< deepseek2; 0: no Q-LoRA
    std::int64_t latent = 32;     ///< deepseek2
    std::int64_t content = 16;    ///< deepseek2: values of a head without position
    std::int64_t position = 8;    ///< deepseek2: values of a head that turn
    std::int64_t value = 24;      ///< deepseek2; on purpose not `content`
    KvLayout layout = KvLayout::split;
    bool output_bias = false;   ///< llama: attn_output.bias
    bool rope_divisors = false; ///< llama: rope_freqs.weight
    std::int64_t rope_dims = 0; ///< of `head`; 0: all

    // RoPE
    double base = 10000.0;
    std::string scaling; ///< "", "linear", "yarn"
    double factor = 40.0;
    std::int64_t original_context = 4096;
    double log_multiplier = 0.1; ///< deepseek2

    // Feed-forward
    std::int64_t dense_layers = 1; ///< deepseek2
    std::int64_t dense_ff = 96;
    std::int64_t experts = 8; ///< 0: none
    std::int64_t experts_used = 3;
    std::int64_t expert_ff = 32;
    std::int64_t shared_experts = 1; ///< deepseek2
    bool sigmoid = true;             ///< deepseek2
    bool says_gate = true;           ///< deepseek2: writes expert_gating_func
    bool selection_bias = true;      ///< deepseek2
    std::int64_t groups = 0;         ///< deepseek2; 0: the keys are absent
    std::int64_t groups_used = 0;
    bool normalize = true; ///< deepseek2: expert_weights_norm
    double weights_scale = 2.5;
    bool fused_gate_up = false;
    bool expert_tensors = false;        ///< llama: a tensor for each expert, as old Mixtral files
    bool next_token_head = false;       ///< deepseek2: a further block, counted in block_count
    bool own_next_token_tables = false; ///< that block has an embedding and an output head of its own

    kernels::Format format = kernels::Format::f32; ///< of matrices; where a row does not fit, Q8_0 or F16
    std::uint64_t seed = 1;

    bool is_deepseek() const { return architecture == "deepseek2"; }
    std::int64_t key() const { return content + position; }
    std::int64_t turned() const { return is_deepseek() ? position : rope_dims != 0 ? rope_dims : head; }
};

struct TinyTensor {
    std::vector<std::int64_t> dims; ///< fastest first
    kernels::Format format = kernels::Format::f32;
    std::vector<std::byte> bytes;
    std::vector<float> values; ///< what the bytes say
};

struct TinyModel {
    TinySpec spec;
    std::map<std::string, TinyTensor> tensors; ///< by their names in the file

    explicit TinyModel(const TinySpec& what);

    const std::vector<float>& values(const std::string& tensor) const { return tensors.at(tensor).values; }
    bool has(const std::string& tensor) const { return tensors.contains(tensor); }
    /// Everything of a GGUF file, still to be changed by those who want it wrong.
    GgufWriter writer() const;
    /// The bytes of a GGUF file.
    std::vector<std::byte> gguf() const;
};

/// Token ids 0 ... vocabulary - 1 in a fixed disorder.
std::vector<std::int32_t> tiny_tokens(std::int64_t count, std::int64_t vocabulary, std::uint64_t seed = 7);

} // namespace spoutnik::testing
