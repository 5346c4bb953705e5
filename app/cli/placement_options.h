// SPDX-License-Identifier: MIT
// --device and --gpu-experts: where a model goes.
#pragma once

#include "app/cli/commands.h"
#include "engine/session/session.h"

#include <charconv>
#include <limits>
#include <optional>
#include <string>

namespace spoutnik::app::cli {

inline engine::DeviceChoice device_choice(const PlacementOptions& options) {
    if (options.device == "cpu") return engine::DeviceChoice::cpu;
    return options.device == "gpu" ? engine::DeviceChoice::gpu : engine::DeviceChoice::automatic;
}

/// Nothing for what --gpu-experts does not take.
inline std::optional<std::int64_t> layers_in(const std::string& words) {
    if (words == "none") return 0;
    if (words == "all") return std::numeric_limits<std::int64_t>::max();
    std::int64_t layers = -1;
    const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), layers);
    if (error != std::errc() || end != words.data() + words.size() || layers < 0) return {};
    return layers;
}

/// Nothing for "auto": as many layers as fit.
inline std::optional<std::int64_t> gpu_expert_layers(const PlacementOptions& options) {
    return options.gpu_experts == "auto" ? std::nullopt : layers_in(options.gpu_experts);
}

} // namespace spoutnik::app::cli
