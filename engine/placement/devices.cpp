// SPDX-License-Identifier: MIT
#include "engine/placement/devices.h"

#include "engine/placement/gpu_module.h"
#include "kernels/cuda/module_loader.h"
#include "kernels/hybrid/hybrid_backend.h"

#include <utility>

namespace spoutnik::engine {

namespace {

/// Takes the GPU, or says why there is none.
void open_gpu(Devices& devices) {
    const auto path = gpu_module_path();
    if (!path) {
        devices.absence = kernels::cuda::GpuAbsence::no_module;
        devices.why_no_gpu = "GPUs are turned off (SPOUTNIK_CUDA_MODULE).";
        return;
    }
    kernels::cuda::ModuleAnswer answer = kernels::cuda::open_module(path->string());
    devices.gpu = std::move(answer.backend);
    devices.absence = answer.absence;
    devices.why_no_gpu = std::move(answer.problem);
}

} // namespace

bool Devices::lacks_expected_gpu() const {
    using kernels::cuda::GpuAbsence;
    return absence != GpuAbsence::none && absence != GpuAbsence::no_module;
}

Devices open_devices(int threads, DeviceChoice choice) {
    kernels::CpuOptions cpu;
    cpu.threads = threads;
    Devices devices{.cpu = kernels::make_cpu_backend(cpu), .gpu = nullptr};
    if (choice == DeviceChoice::cpu) return devices;
    open_gpu(devices);
    if (!devices.gpu && choice == DeviceChoice::gpu) throw Error(devices.why_no_gpu);
    return devices;
}

Machine machine_of(const Devices& devices) {
    Machine machine{.ram = {devices.cpu->name(), devices.cpu->memory()}};
    if (devices.gpu) machine.gpu = DeviceMemory{devices.gpu->name(), devices.gpu->memory()};
    return machine;
}

Plan plan_for(const gguf::File& file, PlanRequest request, const Devices& devices, bool automatic_format) {
    Plan plan = make_plan(file, request, machine_of(devices));
    if (!automatic_format || plan.uses_gpu() || request.cache_format == devices.cpu->cache_format())
        return plan;
    const std::string note = plan.note;
    request.cache_format = devices.cpu->cache_format();
    request.cpu_only = true;
    plan = make_plan(file, request, machine_of(devices));
    plan.note = note;
    return plan;
}

std::shared_ptr<kernels::Backend> backend_for(const Plan& plan, const Devices& devices) {
    if (!plan.uses_gpu() || !devices.gpu) return devices.cpu;
    if (!plan.homes.anything_on_host()) return devices.gpu;
    return std::make_shared<kernels::HybridBackend>(devices.gpu, devices.cpu);
}

kernels::Format usual_cache_format(const Devices& devices) {
    return devices.gpu ? devices.gpu->cache_format() : devices.cpu->cache_format();
}

} // namespace spoutnik::engine
