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

ModuleAnswer absent(GpuAbsence why, const std::string& sentence) {
    return {.backend = nullptr, .absence = why, .problem = sentence};
}

} // namespace

ModuleAnswer open_module(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0)
        return absent(GpuAbsence::no_module, "The module for NVIDIA GPUs is not installed (" + path + ").");
    // It stays: what it makes outlives this call, and the CUDA runtime does not like to be unloaded.
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr)
        return absent(GpuAbsence::failure,
                      "The module for NVIDIA GPUs cannot be loaded: " + last_problem() + ".");
    auto* entry = reinterpret_cast<ModuleEntry*>(::dlsym(module, module_entry_name)); // NOLINT: dlsym
    if (entry == nullptr) {
        ::dlclose(module);
        return absent(GpuAbsence::other_version,
                      "The module for NVIDIA GPUs belongs to another version of Spoutnik (" + path + ").");
    }
    ModuleCall call;
    call.build = SPOUTNIK_BUILD_STAMP;
    entry(&call);
    if (call.backend != nullptr) return {.backend = std::unique_ptr<Backend>(call.backend)};
    if (call.absence == GpuAbsence::none || call.problem[0] == '\0') // it did not know this kind of call
        return absent(GpuAbsence::other_version,
                      "The module for NVIDIA GPUs belongs to another version of Spoutnik.");
    return absent(call.absence, call.problem);
}

} // namespace spoutnik::kernels::cuda
