// SPDX-License-Identifier: MIT
#include "engine/model/describe.h"

#include "engine/model/weights.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace spoutnik::engine {
namespace {

/// Some files carry the K/V up-projection twice, whole and cut in two.
bool repeats_another(const gguf::File& file, std::string_view name) {
    constexpr std::string_view whole = "attn_kv_b.weight";
    if (!name.ends_with(whole)) return false;
    return file.find_tensor(std::string(name.substr(0, name.size() - whole.size())) + "attn_k_b.weight") !=
           nullptr;
}

} // namespace

bool belongs_to_routed_experts(std::string_view name) {
    if (name.find("_exps.") != std::string_view::npos) return true;
    for (const std::string_view part : {".ffn_gate.", ".ffn_up.", ".ffn_down."})
        if (const auto at = name.find(part); at != std::string_view::npos)
            if (const auto next = at + part.size();
                next < name.size() && name[next] >= '0' && name[next] <= '9')
                return true;
    return false;
}

ModelDescription describe_common(const Keys& keys, std::int64_t layers) {
    ModelDescription d;
    d.architecture = keys.architecture();
    if (const std::string* name = keys.file().find_string("general.name")) d.name = *name;
    d.layers = layers;
    d.hidden = keys.positive("embedding_length");
    d.context_length = keys.positive("context_length", std::int64_t{1} << 40);
    d.experts = keys.count_or("expert_count", 0, 65536);
    if (d.experts > 0) {
        d.experts_used = keys.positive("expert_used_count", 65536);
        if (d.experts_used > d.experts)
            keys.refuse("expert_used_count",
                        fmt::format("{} experts cannot be chosen of {}", d.experts_used, d.experts));
    }
    const gguf::TensorInfo* embedding = keys.file().find_tensor("token_embd.weight");
    if (embedding == nullptr)
        throw Error("tensor 'token_embd.weight' is missing: this file holds no model's weights");
    d.vocabulary = embedding->dims[1];
    if (embedding->dims[0] != d.hidden || d.vocabulary < 1 ||
        d.vocabulary > std::numeric_limits<std::int32_t>::max())
        throw Error(fmt::format("tensor 'token_embd.weight' has shape [{}, {}], expected [{}, vocabulary]",
                                embedding->dims[0], d.vocabulary, d.hidden));
    return d;
}

void for_each_weight(const gguf::File& file, const ModelDescription& d, const TakeWeight& take) {
    const double chosen =
        d.experts > 0 ? static_cast<double>(d.experts_used) / static_cast<double>(d.experts) : 1.0;
    for (const gguf::TensorInfo& info : file.tensors())
        if (block_of(info.name) < d.layers && !repeats_another(file, info.name))
            take(info, belongs_to_routed_experts(info.name) ? chosen : 1.0);
}

void count_parameters(const gguf::File& file, ModelDescription& d) {
    for_each_weight(file, d, [&](const gguf::TensorInfo& info, double share) {
        const std::int64_t values = info.values();
        d.parameters_total += values;
        d.parameters_active +=
            share < 1.0 ? static_cast<std::int64_t>(static_cast<double>(values) * share) : values;
    });
}

} // namespace spoutnik::engine
