// SPDX-License-Identifier: MIT
// The door of libspoutnik_cuda.so. SPOUTNIK_CUDA_GRAPHS=off in the environment keeps kernels out of graphs,
// for those who look for a fault.
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/module_interface.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace spoutnik::kernels::cuda {
namespace {

void say(ModuleCall& call, GpuAbsence why, const std::string& problem) {
    call.absence = why;
    std::snprintf(call.problem, sizeof(call.problem), "%s", problem.c_str()); // NOLINT: cut where it is full
}

QueueOptions options_of_environment() {
    QueueOptions options;
    const char* graphs = std::getenv("SPOUTNIK_CUDA_GRAPHS"); // NOLINT: nobody writes the environment
    if (graphs != nullptr && std::string_view(graphs) == "off") options.shortest_graph = 0;
    return options;
}

void open(ModuleCall& call) {
    if (call.build == nullptr || std::string_view(call.build) != SPOUTNIK_BUILD_STAMP) {
        say(call, GpuAbsence::other_version,
            std::string("The module for NVIDIA GPUs belongs to another build of Spoutnik (") +
                SPOUTNIK_BUILD_STAMP + ").");
        return;
    }
    try {
        call.backend = new CudaBackend(options_of_environment()); // NOLINT: the caller's
    } catch (const NoDevice& none) {
        say(call, none.why(), none.what());
    } catch (const std::exception& failure) {
        say(call, GpuAbsence::failure, std::string("The NVIDIA GPU cannot be used: ") + failure.what() + ".");
    } catch (...) { // NOLINT: a C function
        say(call, GpuAbsence::failure, "The NVIDIA GPU cannot be used.");
    }
}

} // namespace
} // namespace spoutnik::kernels::cuda

extern "C" __attribute__((visibility("default"))) void
spoutnik_cuda_open_2(spoutnik::kernels::cuda::ModuleCall* call) {
    if (call != nullptr && call->bytes == sizeof(*call)) spoutnik::kernels::cuda::open(*call);
}
