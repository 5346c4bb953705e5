// SPDX-License-Identifier: MIT
// What the program and the module libspoutnik_cuda.so say to each other: one C function that takes plain
// data. The Backend that comes back is C++; both sides therefore compare what they were built from first.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/gpu_absence.h"

#include <cstddef>
#include <cstdint>

namespace spoutnik::kernels::cuda {

/// The function's name carries the version of ModuleCall and of what is agreed here.
inline constexpr const char* module_entry_name = "spoutnik_cuda_open_2";

struct ModuleCall {
    std::uint32_t bytes = sizeof(ModuleCall);
    /// Of the program: version, the interface's checksum, the compiler (SPOUTNIK_BUILD_STAMP).
    const char* build = nullptr;

    // Answered
    Backend* backend = nullptr;            ///< on the GPU, the caller's from now on; null: there is none
    GpuAbsence absence = GpuAbsence::none; ///< then why,
    char problem[512] = {};                ///< and that as a sentence
};

/// Answers; never throws. The module stays loaded as long as the process: buffers and backends come from it.
using ModuleEntry = void(ModuleCall*);

} // namespace spoutnik::kernels::cuda
