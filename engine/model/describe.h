// SPDX-License-Identifier: MIT
// The part of a description that reads the same for every architecture.
#pragma once

#include "engine/model/keys.h"
#include "engine/model/model.h"

#include <functional>
#include <string_view>

namespace spoutnik::engine {

/// Name, sizes, vocabulary, context and experts; parameters and cache figures are added by the architecture.
/// `layers` are those that a token goes through.
ModelDescription describe_common(const Keys& keys, std::int64_t layers);

/// Calls take(tensor, share) for each tensor that the model uses, once: without the layers beyond the last
/// one (next-token heads) and without what another tensor repeats. share: the part of it that one token
/// touches, experts_used / experts of the routed experts.
using TakeWeight = std::function<void(const gguf::TensorInfo& tensor, double share)>;
void for_each_weight(const gguf::File& file, const ModelDescription& description, const TakeWeight& take);

/// "blk.3.ffn_up_exps.weight", or "blk.3.ffn_up.7.weight" of old files.
bool belongs_to_routed_experts(std::string_view name);

/// Fills in parameters_total and parameters_active from the tensors' sizes.
void count_parameters(const gguf::File& file, ModelDescription& description);

/// The most layers a file may claim.
inline constexpr std::int64_t most_layers = 1024;

} // namespace spoutnik::engine
