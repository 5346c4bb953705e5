// SPDX-License-Identifier: MIT
// How much memory this process may still take: the machine's and its control groups'.
#pragma once

#include "kernels/backend.h"

namespace spoutnik::kernels {

/// free_bytes: the least of MemAvailable and what each enclosing memory cgroup (v1 or v2) leaves, page cache
/// counted as free; total_bytes: the least of MemTotal and those limits.
MemoryInfo host_memory();

/// `bytes` of zeros, aligned to 64. Throws OutOfMemory, also when the machine would promise the pages and
/// could not keep its word later.
std::unique_ptr<Buffer> allocate_host(std::size_t bytes);

/// A view of memory that outlives it.
std::unique_ptr<Buffer> adopt_host(std::span<const std::byte> host);

} // namespace spoutnik::kernels
