// SPDX-License-Identifier: MIT
#include "engine/model/weight_homes.h"

#include "engine/model/describe.h"
#include "engine/model/weights.h"

namespace spoutnik::engine {
namespace {

bool is_embedding(std::string_view tensor) {
    return tensor == "token_embd.weight" || tensor.ends_with("nextn.embed_tokens.weight");
}

} // namespace

kernels::Home WeightHomes::of(std::string_view tensor) const {
    const bool on_host =
        (embedding_on_host && is_embedding(tensor)) ||
        (belongs_to_routed_experts(tensor) && block_of(tensor) >= first_expert_block_on_host);
    return on_host ? kernels::Home::host : kernels::Home::device;
}

} // namespace spoutnik::engine
