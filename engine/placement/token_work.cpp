// SPDX-License-Identifier: MIT
#include "engine/placement/token_work.h"

#include "engine/model/describe.h"
#include "engine/model/weights.h"

#include <algorithm>
#include <string_view>

namespace spoutnik::engine {
namespace {

/// Takes one of a layer's tensors of routed experts. Old files have a tensor for each expert: they agree.
void add_to_experts(const gguf::TensorInfo& info, ExpertShape& layer) {
    const auto is = [&](std::string_view role) { return info.name.find(role) != std::string::npos; };
    if (is(".ffn_down")) {
        layer.down = info.format;
        layer.ff = info.dims[0];
    } else if (is(".ffn_gate_up")) {
        layer.gate = layer.up = info.format;
    } else if (is(".ffn_gate")) {
        layer.gate = info.format;
    } else {
        layer.up = info.format;
    }
}

/// A K/V up-projection that comes whole: keys are kept turned, in 16 bits or as they were in 32, and only the
/// value rows are read where they lie (deepseek2.cpp, bind_up_projections).
void add_whole_up_projection(const gguf::TensorInfo& info, const ModelDescription& d, TokenWork& work) {
    using kernels::Format;
    const bool floats = info.format == Format::f32 || info.format == Format::bf16;
    const Format turned = floats ? info.format : Format::f16;
    const std::int64_t latent = info.dims[0];
    const auto a_row = static_cast<std::int64_t>(kernels::bytes_of(turned, 1)) * latent;
    const std::int64_t key_rows = std::min(d.copied_bytes / d.layers / a_row, info.dims[1]);
    ++work.products[{turned, key_rows, latent}];
    ++work.products[{info.format, info.dims[1] - key_rows, latent}];
}

} // namespace

TokenWork work_of_token(const gguf::File& file, const ModelDescription& d, const WeightHomes& homes) {
    TokenWork work{.layers = d.layers,
                   .hidden = d.hidden,
                   .vocabulary = d.vocabulary,
                   .experts = d.experts,
                   .experts_used = d.experts_used,
                   .attention = d.attention,
                   .products = {},
                   .routed = {},
                   .routed_in_ram = {}};
    const bool tied = file.find_tensor("output.weight") == nullptr;
    std::map<std::int64_t, ExpertShape> experts; // by layer
    for_each_weight(file, d, [&](const gguf::TensorInfo& info, double /*share*/) {
        if (info.dim_count < 2) return; // gains and biases: small operations
        if (info.name == "token_embd.weight" && !tied) return;
        if (belongs_to_routed_experts(info.name))
            add_to_experts(info, experts[block_of(info.name)]);
        else if (info.name.ends_with("attn_kv_b.weight") && d.copied_bytes > 0)
            add_whole_up_projection(info, d, work);
        else
            ++work.products[{info.format, info.dims[1], info.dims[0], info.dims[2]}];
    });
    for (const auto& [layer, shape] : experts)
        if (shape.ff > 0)
            ++(layer < homes.first_expert_block_on_host ? work.routed : work.routed_in_ram)[shape];
    return work;
}

} // namespace spoutnik::engine
