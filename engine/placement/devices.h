// SPDX-License-Identifier: MIT
// The processors that a model can be run on, and how a plan puts them to use.
#pragma once

#include "engine/placement/plan.h"
#include "kernels/cuda/gpu_absence.h"

#include <memory>
#include <string>

namespace spoutnik::engine {

/// What a person may ask for.
enum class DeviceChoice {
    automatic, ///< the GPU as far as it helps
    cpu,
    gpu, ///< the GPU; an Error where there is none
};

struct Devices {
    std::shared_ptr<kernels::Backend> cpu;
    std::shared_ptr<kernels::Backend> gpu; ///< null: none
    std::string why_no_gpu{};              ///< a sentence where one was looked for and not found
    kernels::cuda::GpuAbsence absence = kernels::cuda::GpuAbsence::none; ///< the same for other words

    /// True where the module for GPUs is installed and finds none that it can use: worth a line to a person
    /// who has not asked. Without the module nobody expects a GPU.
    bool lacks_expected_gpu() const;
};

/// The CPU with `threads` threads (0: one a core) and, unless `choice` is cpu, the GPU of this machine.
/// Throws Error when a GPU was asked for and there is none.
Devices open_devices(int threads, DeviceChoice choice);

/// Their free memory now.
Machine machine_of(const Devices& devices);

/// make_plan() for them. Where `request` was given the cache format that suits the GPU, and the plan does
/// without one, `automatic_format` says that the CPU's may be taken instead.
Plan plan_for(const gguf::File& file, PlanRequest request, const Devices& devices,
              bool automatic_format = false);

/// One of them, or both as a HybridBackend: what load_model() and measure_decode() are given.
std::shared_ptr<kernels::Backend> backend_for(const Plan& plan, const Devices& devices);

/// The 16-bit format of KV caches that suits the device which keeps them.
kernels::Format usual_cache_format(const Devices& devices);

} // namespace spoutnik::engine
