// SPDX-License-Identifier: MIT
// Where the module for GPUs is looked for.
#pragma once

#include <filesystem>
#include <optional>

namespace spoutnik::engine {

/// What the environment variable SPOUTNIK_CUDA_MODULE names ("none": no module), else libspoutnik_cuda.so in
/// the folder for modules beside this program: ../lib/spoutnik, installed or not. None: there is no module to
/// look for.
std::optional<std::filesystem::path> gpu_module_path();

} // namespace spoutnik::engine
