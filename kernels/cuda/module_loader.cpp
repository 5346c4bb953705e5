// SPDX-License-Identifier: MIT
#include "kernels/cuda/module_loader.h"

#include "kernels/cuda/module_interface.h"

#include <dlfcn.h>
#include <unistd.h>

namespace spoutnik::kernels::cuda {
namespace {

std::string last_problem() {
    const char* said = ::dlerror(); // NOLINT: of this thread
    return said == nullptr ? std::string("nothing is known of it") : std::string(said);
}

} // namespace

ModuleAnswer open_module(const std::string& path) {
    ModuleAnswer answer{.backend = nullptr};
    if (::access(path.c_str(), F_OK) != 0) {
        answer.problem = "The module for NVIDIA GPUs is not installed (" + path + ").";
        return answer;
    }
    answer.is_module_there = true;
    // It stays: what it makes outlives this call, and the CUDA runtime does not like to be unloaded.
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr) {
        answer.problem = "The module for NVIDIA GPUs cannot be loaded: " + last_problem() + ".";
        return answer;
    }
    auto* entry = reinterpret_cast<ModuleEntry*>(::dlsym(module, module_entry_name)); // NOLINT: dlsym
    if (entry == nullptr) {
        answer.problem = "The module for NVIDIA GPUs belongs to another version of Spoutnik (" + path + ").";
        ::dlclose(module);
        return answer;
    }
    ModuleCall call;
    call.build = SPOUTNIK_BUILD_STAMP;
    entry(&call);
    answer.backend.reset(call.backend);
    if (!answer.backend)
        answer.problem = call.problem[0] != '\0'
                             ? std::string(call.problem)
                             : "The module for NVIDIA GPUs belongs to another version of Spoutnik.";
    return answer;
}

} // namespace spoutnik::kernels::cuda
