// SPDX-License-Identifier: MIT
#include "bench/window/memory.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace spoutnik::bench {

namespace {

/// "Rss:   123 kB" as 123, where the line is of that field.
bool read_field(const std::string& line, const char* field, double& kilobytes) {
    const std::string start = std::string(field) + ":";
    if (!line.starts_with(start)) return false;
    kilobytes = std::stod(line.substr(start.size()));
    return true;
}

} // namespace

Memory memory_now() {
    Memory memory;
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::ifstream maps("/proc/self/smaps");
    std::string file;
    double kilobytes = 0;
    for (std::string line; std::getline(maps, line);) {
        const auto space = line.find(' ');
        if (line.find('-') < space) { // the head of a mapping: "55d0-55e0 r-xp 0 08:01 77  /usr/lib/x.so"
            std::istringstream words(line);
            std::array<std::string, 5> skipped;
            for (auto& word : skipped)
                words >> word;
            file.clear();
            words >> file;
        } else if (read_field(line, "Rss", kilobytes)) {
            memory.resident_mb += kilobytes / 1024;
            const bool is_nameless = file.empty() || file.starts_with('[');
            double& part = is_nameless                 ? memory.heap_mb
                           : file == program           ? memory.program_mb
                           : file.starts_with("/usr/") ? memory.libraries_mb
                                                       : memory.other_mb;
            part += kilobytes / 1024;
        } else if (read_field(line, "Pss", kilobytes)) {
            memory.proportional_mb += kilobytes / 1024;
        } else if (read_field(line, "Private_Clean", kilobytes) ||
                   read_field(line, "Private_Dirty", kilobytes)) {
            memory.private_mb += kilobytes / 1024;
        }
    }
    return memory;
}

void print(const std::string& when, const Memory& memory) {
    fmt::print("{:48} RSS {:5.0f} MB, PSS {:5.0f}, private {:5.0f} | libraries and fonts {:4.0f}, program "
               "{:4.0f}, heap {:4.0f}, other {:4.0f}\n",
               when, memory.resident_mb, memory.proportional_mb, memory.private_mb, memory.libraries_mb,
               memory.program_mb, memory.heap_mb, memory.other_mb);
    std::fflush(stdout);
}

} // namespace spoutnik::bench
