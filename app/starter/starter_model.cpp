// SPDX-License-Identifier: MIT
#include "app/starter/starter_model.h"

#include <cstdlib>

namespace spoutnik::app {

std::filesystem::path find_starter_model() {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (const char* named = std::getenv("SPOUTNIK_STARTER"); named != nullptr && *named != '\0') return named;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    for (const fs::path& folder : {program.parent_path().parent_path() / "share" / "spoutnik",
                                   fs::path(SPOUTNIK_STARTER_SOURCE_DIR)}) {
        fs::path file = folder / "spoutnik-starter.gguf";
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return {};
}

} // namespace spoutnik::app
