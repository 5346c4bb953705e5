// SPDX-License-Identifier: MIT
// Why no GPU is used, for those who say it in other words than the module's sentence.
#pragma once

#include <cstdint>

namespace spoutnik::kernels::cuda {

/// Travels between the program and the module as a number: new ones go to the end.
enum class GpuAbsence : std::int32_t {
    none,          ///< one is there, or nobody has looked
    no_module,     ///< the module for GPUs is not installed, or not wanted
    no_driver,     ///< no NVIDIA driver
    old_driver,    ///< one that is too old
    no_gpu,        ///< the driver finds none
    old_gpu,       ///< none that the kernels run on
    other_version, ///< the module is of another version of the program
    failure,       ///< the module, the driver or the GPU does not work
};

} // namespace spoutnik::kernels::cuda
