// SPDX-License-Identifier: MIT
// What a process holds in memory, by what it belongs to (proc(5), smaps).
#pragma once

#include <string>

namespace spoutnik::bench {

struct Memory {
    double resident_mb = 0;     ///< RSS
    double proportional_mb = 0; ///< PSS: shared pages divided among who maps them
    double private_mb = 0;      ///< what would be free if the process ended
    // Of the resident pages:
    double libraries_mb = 0; ///< files of /usr: Qt, the C library, fonts, the driver
    double program_mb = 0;   ///< the program's own file
    double heap_mb = 0;      ///< heap, stacks and every mapping without a file
    double other_mb = 0;     ///< shared memory with the X server, other files
};

/// Of this process.
Memory memory_now();
void print(const std::string& when, const Memory& memory);

} // namespace spoutnik::bench
