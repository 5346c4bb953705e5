// SPDX-License-Identifier: MIT
// Loading as planned; where a device has less room than it said, again with less on it.
#pragma once

#include "engine/placement/devices.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spoutnik::engine {

struct PlacementWish {
    PlanRequest request; ///< its cache_format is overwritten where `cache_format` is none
    std::optional<kernels::Format> cache_format{};
    bool allow_oversize = false; ///< load even what the plan says there is no memory for
    /// Use the model's next-token layer where it takes no place from routed experts on the GPU.
    bool next_token_layer_if_free = false;
};

/// A model where its plan wants it, with a cache and all that its passes work in. Members go last to first.
struct PlacedModel {
    std::shared_ptr<kernels::Backend> backend;
    std::unique_ptr<Model> model;
    std::unique_ptr<KvCache> cache;
    Plan plan;
    std::vector<std::string> notes; ///< sentences: what was tried and found no room
};

/// The plan that load_placed() begins with.
Plan plan_placement(const gguf::File& file, const PlacementWish& wish, const Devices& devices);

/// Throws Error (DoesNotFit where nothing fits, before anything large is read) or, where even the CPU alone
/// finds less memory than it was promised, kernels::OutOfMemory.
PlacedModel load_placed(const std::shared_ptr<const gguf::File>& file, const PlacementWish& wish,
                        const Devices& devices, const LoadProgress& progress = {});

} // namespace spoutnik::engine
