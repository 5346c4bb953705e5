// SPDX-License-Identifier: MIT
#include "cuda_emulation/stream.h"

#include <utility>

namespace spoutnik::cuda_emulation {

void enqueue(CUstream_st* stream, std::function<void()> work) {
    if (stream != nullptr && stream->records)
        stream->recorded.push_back(std::move(work));
    else
        work();
}

} // namespace spoutnik::cuda_emulation
