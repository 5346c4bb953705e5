// SPDX-License-Identifier: MIT
#include "engine/gguf/warmer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace spoutnik::engine::gguf {
namespace {

/// A step is short enough to stop within milliseconds when the pages are in memory already.
constexpr std::size_t step_bytes = std::size_t{16} << 20U;
#ifdef MADV_POPULATE_READ
constexpr int populate = MADV_POPULATE_READ;
#else
constexpr int populate = 22; // Linux 5.14; older kernels refuse it
#endif

/// Begins where the page of its first byte does.
std::span<const std::byte> whole_pages(std::span<const std::byte> part) {
    static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto before = reinterpret_cast<std::uintptr_t>(part.data()) % page; // NOLINT: an address
    return {part.data() - before, part.size() + before};
}

void warm(const std::stop_token& stop, std::span<const std::byte> part) {
    const std::span<const std::byte> pages = whole_pages(part);
    for (std::size_t done = 0; done < pages.size() && !stop.stop_requested(); done += step_bytes) {
        const std::size_t bytes = std::min(step_bytes, pages.size() - done);
        // NOLINTNEXTLINE: madvise changes nothing in the pages
        if (::madvise(const_cast<std::byte*>(pages.data() + done), bytes, populate) != 0) return;
    }
}

} // namespace

Warmer::Warmer(std::vector<std::span<const std::byte>> parts)
    : thread_([parts = std::move(parts)](const std::stop_token& stop) {
          ::setpriority(PRIO_PROCESS, 0, 10); // of this thread: nobody should wait for it
          for (const auto& part : parts)
              warm(stop, part);
      }) {
}

void Warmer::wait() {
    if (thread_.joinable()) thread_.join();
}

} // namespace spoutnik::engine::gguf
