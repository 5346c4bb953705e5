// SPDX-License-Identifier: MIT
// The plan of engine/placement on a terminal.
#pragma once

#include "engine/placement/decode_cost.h"

#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace spoutnik::app::cli {

/// `cost` is absent where nothing could be measured.
void print_plan(const engine::Plan& plan, const std::optional<engine::DecodeCost>& cost);
nlohmann::ordered_json plan_to_json(const engine::Plan& plan, const std::optional<engine::DecodeCost>& cost);

} // namespace spoutnik::app::cli
