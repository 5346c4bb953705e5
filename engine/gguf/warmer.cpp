// SPDX-License-Identifier: MIT
#include "engine/gguf/warmer.h"

#include <algorithm>
#include <utility>

#include <sys/mman.h>
#include <sys/resource.h>

namespace spoutnik::engine::gguf {
namespace {

/// A step is short enough to stop within milliseconds when the pages are in memory already.
constexpr std::size_t step_bytes = std::size_t{16} << 20U;
#ifdef MADV_POPULATE_READ
constexpr int populate = MADV_POPULATE_READ;
#else
constexpr int populate = 22; // Linux 5.14; older kernels refuse it
#endif

void warm(const std::stop_token& stop, std::span<const std::byte> mapping) {
    for (std::size_t done = 0; done < mapping.size() && !stop.stop_requested(); done += step_bytes) {
        const std::size_t bytes = std::min(step_bytes, mapping.size() - done);
        // NOLINTNEXTLINE: madvise changes nothing in the pages
        if (::madvise(const_cast<std::byte*>(mapping.data() + done), bytes, populate) != 0) return;
    }
}

} // namespace

Warmer::Warmer(std::vector<std::span<const std::byte>> mappings)
    : thread_([mappings = std::move(mappings)](const std::stop_token& stop) {
          ::setpriority(PRIO_PROCESS, 0, 10); // of this thread: nobody should wait for it
          for (const auto& mapping : mappings)
              warm(stop, mapping);
      }) {
}

void Warmer::wait() {
    if (thread_.joinable()) thread_.join();
}

} // namespace spoutnik::engine::gguf
