// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <thread>
#include <vector>

namespace spoutnik::engine::gguf {

/// Brings the pages of mapped files into memory, and into the process's page table, on a thread of its own:
/// else the first tokens would stop at each page of each expert that they are the first to choose. Stops when
/// it goes.
class Warmer {
  public:
    /// `parts` of mapped files; their pages need not begin where parts do.
    explicit Warmer(std::vector<std::span<const std::byte>> parts);

    /// Returns when all pages are there, or cannot be brought.
    void wait();

  private:
    std::jthread thread_;
};

} // namespace spoutnik::engine::gguf
