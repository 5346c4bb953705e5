// SPDX-License-Identifier: MIT
// Which weights stay in RAM where the rest of a model is on a device.
#pragma once

#include "kernels/backend.h"

#include <cstdint>
#include <limits>
#include <string_view>

namespace spoutnik::engine {

/// What can be computed beside the device at little cost: tables of which a token takes a row, and routed
/// experts, of which it takes a few. By default everything is on the backend's device.
struct WeightHomes {
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

    bool embedding_on_host = false;
    /// Routed experts of this block and of those behind it stay in RAM.
    std::int64_t first_expert_block_on_host = none;

    bool operator==(const WeightHomes&) const = default;
    bool anything_on_host() const { return embedding_on_host || first_expert_block_on_host != none; }
    kernels::Home of(std::string_view tensor) const;
};

} // namespace spoutnik::engine
