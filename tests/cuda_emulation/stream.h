// SPDX-License-Identifier: MIT
// An emulated stream: keeps what it is given until it is waited for, as late as a device may be, or, while it
// records, for a graph. What is launched without a stream happens at once.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace spoutnik::cuda_emulation {

using Work = std::vector<std::function<void()>>;

} // namespace spoutnik::cuda_emulation

/// What cudaStream_t points to.
struct CUstream_st {
    bool records = false;
    spoutnik::cuda_emulation::Work recorded;
    spoutnik::cuda_emulation::Work waiting;
};

/// What cudaGraphExec_t points to. Replays under way share the work with it.
struct CUgraphExec_st {
    std::shared_ptr<const spoutnik::cuda_emulation::Work> work;
};

namespace spoutnik::cuda_emulation {

void enqueue(CUstream_st* stream, std::function<void()> work);
/// Does what waits. Work that throws ends the stream's.
void drain(CUstream_st& stream);

} // namespace spoutnik::cuda_emulation
