// SPDX-License-Identifier: MIT
#include "engine/placement/gpu_module.h"

#include <cstdlib>
#include <string_view>
#include <system_error>

namespace spoutnik::engine {

std::optional<std::filesystem::path> gpu_module_path() {
    namespace fs = std::filesystem;
    std::error_code error;
    if (const char* named = std::getenv("SPOUTNIK_CUDA_MODULE"); named != nullptr) { // NOLINT: only read
        if (*named == '\0' || std::string_view(named) == "none") return {};
        return fs::absolute(named, error);
    }
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (error) return {};
    return (program.parent_path() / SPOUTNIK_MODULE_FOLDER / "libspoutnik_cuda.so").lexically_normal();
}

} // namespace spoutnik::engine
