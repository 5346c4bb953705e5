// SPDX-License-Identifier: MIT
#include "app/starter/starter_model.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace spoutnik::app {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name, const std::string& fallback) {
    const char* const value = std::getenv(name);
    return value == nullptr || *value == '\0' ? fallback : value;
}

/// Where data of all programs lies, most important first. Relative paths are invalid there and passed over.
std::vector<fs::path> xdg_data_folders() {
    const std::string home = variable("HOME", "");
    std::string list = variable("XDG_DATA_HOME", home.empty() ? "" : home + "/.local/share");
    list += ":" + variable("XDG_DATA_DIRS", "/usr/local/share:/usr/share") + ":";
    std::vector<fs::path> folders;
    for (std::size_t begin = 0, end = 0; (end = list.find(':', begin)) != std::string::npos; begin = end + 1)
        if (const fs::path folder = list.substr(begin, end - begin); folder.is_absolute())
            folders.push_back(folder);
    return folders;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

std::vector<fs::path> folders_to_search() {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    const fs::path source_tree(SPOUTNIK_STARTER_SOURCE_DIR);
    std::vector<fs::path> folders;
    if (lies_in(program, SPOUTNIK_STARTER_BUILD_DIR)) folders.push_back(source_tree);
    folders.push_back(program.parent_path().parent_path() / "share" / "spoutnik");
    for (const fs::path& data : xdg_data_folders())
        folders.push_back(data / "spoutnik");
    folders.push_back(source_tree);
    return folders;
}

} // namespace

fs::path find_starter_model() {
    if (const std::string named = variable("SPOUTNIK_STARTER", ""); !named.empty()) return named;
    std::error_code ignored;
    for (const fs::path& folder : folders_to_search()) {
        fs::path file = folder / "spoutnik-starter.gguf";
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return {};
}

} // namespace spoutnik::app
