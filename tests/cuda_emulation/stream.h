// SPDX-License-Identifier: MIT
// An emulated stream: does at once what it is given or, while it records, keeps it for a graph.
#pragma once

#include <functional>
#include <vector>

/// What cudaStream_t points to.
struct CUstream_st {
    bool records = false;
    std::vector<std::function<void()>> recorded;
};

namespace spoutnik::cuda_emulation {

void enqueue(CUstream_st* stream, std::function<void()> work);

} // namespace spoutnik::cuda_emulation
