// SPDX-License-Identifier: MIT
// The program's side of the module for NVIDIA GPUs. It is not linked but looked for when it is wanted, so
// that the program starts where there is no such module, no driver and no GPU.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/gpu_absence.h"

#include <memory>
#include <string>

namespace spoutnik::kernels::cuda {

struct ModuleAnswer {
    std::unique_ptr<Backend> backend;      ///< null: there is none,
    GpuAbsence absence = GpuAbsence::none; ///< why,
    std::string problem{};                 ///< and that as a sentence
};

/// Loads the module at `path` (absolute) and opens the GPU with the most free memory. Calls of several
/// threads are no trouble; each gets a backend of its own.
ModuleAnswer open_module(const std::string& path);

} // namespace spoutnik::kernels::cuda
