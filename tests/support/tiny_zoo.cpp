// SPDX-License-Identifier: MIT
#include "tests/support/tiny_zoo.h"

#include <stdexcept>
#include <string>

namespace spoutnik::testing {
namespace {

using kernels::Format;

/// DeepSeek-V3's features.
TinySpec v3(const char* name) {
    TinySpec s;
    s.name = name;
    s.scaling = "yarn";
    s.experts = 16;
    s.experts_used = 4;
    s.groups = 4;
    s.groups_used = 2;
    return s;
}

/// DeepSeek-V2-Lite's: no Q-LoRA, softmax gate, weights as they are.
TinySpec v2_lite(const char* name) {
    TinySpec s;
    s.name = name;
    s.scaling = "yarn";
    s.log_multiplier = 0.0707;
    s.query_rank = 0;
    s.shared_experts = 2;
    s.sigmoid = false;
    s.says_gate = false;
    s.selection_bias = false;
    s.normalize = false;
    s.weights_scale = 1.0;
    return s;
}

TinySpec usual(const char* architecture, const char* name) {
    TinySpec s;
    s.architecture = architecture;
    s.name = name;
    s.experts = 0;
    s.heads = 8;
    return s;
}

template <class Change>
TinySpec with(TinySpec spec, Change change) {
    change(spec);
    return spec;
}

std::vector<TinySpec> make_zoo() {
    const auto layout = [](KvLayout l) { return [l](TinySpec& s) { s.layout = l; }; };
    std::vector<TinySpec> zoo;
    zoo.push_back(v3("v3"));
    zoo.push_back(with(v3("v3 layout A"), layout(KvLayout::whole)));
    zoo.push_back(with(v3("v3 layout B"), layout(KvLayout::both)));
    zoo.push_back(with(v3("v3 without group keys"), [](TinySpec& s) { s.groups = 0; }));
    zoo.push_back(with(v3("v3 without gate key"), [](TinySpec& s) { s.says_gate = false; }));
    zoo.push_back(with(v3("v3 fused gate and up"), [](TinySpec& s) { s.fused_gate_up = true; }));
    zoo.push_back(with(v3("v3 tied output"), [](TinySpec& s) { s.tied_output = true; }));
    zoo.push_back(with(v3("v3 with next-token head"), [](TinySpec& s) { s.next_token_head = true; }));
    zoo.push_back(with(v3("v3 with next-token head, layout A"), [](TinySpec& s) {
        s.next_token_head = true;
        s.own_next_token_tables = true;
        s.layout = KvLayout::whole;
    }));
    zoo.push_back(with(v3("v3 without YaRN"), [](TinySpec& s) { s.scaling.clear(); }));
    zoo.push_back(with(v3("kimi: one group, wide values"), [](TinySpec& s) {
        s.groups = 0;
        s.value = 40;
        s.base = 50000;
        s.factor = 32;
        s.weights_scale = 2.827;
    }));
    zoo.push_back(v2_lite("v2-lite"));
    zoo.push_back(with(v2_lite("v2-lite layout A"), layout(KvLayout::whole)));
    zoo.push_back(with(v2_lite("v2-lite layout B"), layout(KvLayout::both)));
    zoo.push_back(with(v2_lite("v2: groups by their best expert"), [](TinySpec& s) {
        s.query_rank = 48;
        s.experts = 16;
        s.groups = 8;
        s.groups_used = 3;
        s.weights_scale = 16.0;
        s.log_multiplier = 0.1;
    }));
    zoo.push_back(with(v2_lite("v2 dense, long rows"), [](TinySpec& s) {
        s.experts = 0;
        s.dense_ff = 200;
        s.heads = 3;
    }));
    zoo.push_back(usual("llama", "llama"));
    zoo.push_back(with(usual("llama", "llama, all the extras"), [](TinySpec& s) {
        s.rope_divisors = true;
        s.tied_output = true;
        s.output_bias = true;
        s.base = 500000;
    }));
    zoo.push_back(with(usual("llama", "llama linear"), [](TinySpec& s) {
        s.scaling = "linear";
        s.factor = 4;
    }));
    zoo.push_back(with(usual("llama", "llama yarn"), [](TinySpec& s) { s.scaling = "yarn"; }));
    zoo.push_back(with(usual("llama", "llama partly turned"), [](TinySpec& s) { s.rope_dims = 8; }));
    zoo.push_back(with(usual("llama", "mixtral"), [](TinySpec& s) {
        s.experts = 8;
        s.experts_used = 2;
    }));
    zoo.push_back(with(usual("llama", "mixtral, old tensors"), [](TinySpec& s) {
        s.experts = 4;
        s.experts_used = 2;
        s.expert_tensors = true;
    }));
    zoo.push_back(with(usual("qwen2", "qwen2"), [](TinySpec& s) { s.base = 1000000; }));
    zoo.push_back(with(usual("qwen2", "qwen2 yarn"), [](TinySpec& s) {
        s.scaling = "yarn";
        s.factor = 4;
        s.original_context = 64; // so that most pairs are slowed down
    }));
    zoo.push_back(with(usual("qwen3", "qwen3"), [](TinySpec& s) { s.head = 24; })); // not hidden / heads
    zoo.push_back(with(usual("qwen3moe", "qwen3moe"), [](TinySpec& s) {
        s.experts = 16;
        s.experts_used = 8;
        s.head = 24;
    }));
    return zoo;
}

/// With a vocabulary, and rows of 256 values where the format needs them.
TinySpec for_peers(TinySpec s, const char* name, Format format = Format::f32) {
    s.name = name;
    s.tokenizer = true;
    s.vocabulary = 260;
    s.format = format;
    // llama.cpp takes a file without Q-LoRA for V2-Lite only when it has 27 layers.
    const bool lite = s.is_deepseek() && s.query_rank == 0;
    if (lite) s.layers = 27;
    if (format == Format::f32) return s;
    s.hidden = 256;
    s.dense_ff = 256;
    s.expert_ff = 256;
    s.latent = 64;
    s.content = 32;
    s.position = 16;
    s.value = 32;
    s.head = 32;
    if (s.query_rank > 0) s.query_rank = 96;
    if (lite) s.experts = 4;
    if (lite) s.experts_used = 2;
    return s;
}

std::vector<TinySpec> make_peer_zoo() {
    const auto v3_like = v3("");
    const auto lite = v2_lite("");
    const auto llama = usual("llama", "");
    std::vector<TinySpec> zoo;
    zoo.push_back(for_peers(v3_like, "peer-v3-f32"));
    zoo.push_back(
        with(for_peers(v3_like, "peer-v3-layout-a-f32"), [](TinySpec& s) { s.layout = KvLayout::whole; }));
    zoo.push_back(for_peers(lite, "peer-v2-lite-f32"));
    zoo.push_back(
        with(for_peers(lite, "peer-v2-lite-layout-a-f32"), [](TinySpec& s) { s.layout = KvLayout::whole; }));
    zoo.push_back(with(for_peers(llama, "peer-llama-f32"), [](TinySpec& s) { s.rope_divisors = true; }));
    zoo.push_back(with(for_peers(llama, "peer-mixtral-f32"), [](TinySpec& s) {
        s.experts = 8;
        s.experts_used = 2;
    }));
    zoo.push_back(with(for_peers(usual("qwen2", ""), "peer-qwen2-f32"), [](TinySpec& s) {
        s.heads = 4; // llama.cpp wants heads * head = hidden here
        s.scaling = "yarn";
        s.factor = 4;
    }));
    zoo.push_back(with(for_peers(usual("qwen3moe", ""), "peer-qwen3moe-f32"), [](TinySpec& s) {
        s.experts = 16;
        s.experts_used = 8;
        s.head = 24;
    }));
    zoo.push_back(for_peers(v3_like, "peer-v3-q8_0", Format::q8_0));
    zoo.push_back(for_peers(v3_like, "peer-v3-q4_K", Format::q4_k));
    zoo.push_back(for_peers(lite, "peer-v2-lite-q8_0", Format::q8_0));
    zoo.push_back(for_peers(lite, "peer-v2-lite-q4_K", Format::q4_k));
    zoo.push_back(for_peers(llama, "peer-llama-q8_0", Format::q8_0));
    zoo.push_back(for_peers(llama, "peer-llama-q4_K", Format::q4_k));
    return zoo;
}

} // namespace

const std::vector<TinySpec>& tiny_zoo() {
    static const std::vector<TinySpec> zoo = make_zoo();
    return zoo;
}

const std::vector<TinySpec>& peer_zoo() {
    static const std::vector<TinySpec> zoo = make_peer_zoo();
    return zoo;
}

const TinySpec& tiny_spec(std::string_view name) {
    for (const auto* zoo : {&tiny_zoo(), &peer_zoo()})
        for (const TinySpec& spec : *zoo)
            if (spec.name == name) return spec;
    throw std::out_of_range("no tiny model is called " + std::string(name));
}

} // namespace spoutnik::testing
