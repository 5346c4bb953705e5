// SPDX-License-Identifier: MIT
#include "cuda_emulation/stream.h"

#include <utility>

namespace spoutnik::cuda_emulation {

void enqueue(CUstream_st* stream, std::function<void()> work) {
    if (stream == nullptr)
        work();
    else
        (stream->records ? stream->recorded : stream->waiting).push_back(std::move(work));
}

void drain(CUstream_st& stream) {
    const Work work = std::exchange(stream.waiting, {});
    for (const auto& each : work)
        each();
}

} // namespace spoutnik::cuda_emulation
