// SPDX-License-Identifier: MIT
// --cache-format: how the KV cache keeps its values.
#pragma once

#include "kernels/format.h"

#include <optional>
#include <string>
#include <vector>

namespace spoutnik::app::cli {

/// What --cache-format takes.
inline const std::vector<std::string> cache_format_names{"auto", "f32", "f16", "bf16", "q8_0"};

/// Nothing for "auto": the 16-bit format that suits the device.
inline std::optional<kernels::Format> cache_format(const std::string& name) {
    if (name == "f32") return kernels::Format::f32;
    if (name == "f16") return kernels::Format::f16;
    if (name == "bf16") return kernels::Format::bf16;
    if (name == "q8_0") return kernels::Format::q8_0;
    return {};
}

} // namespace spoutnik::app::cli
