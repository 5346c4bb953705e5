// SPDX-License-Identifier: MIT
#include "kernels/cuda/upload_ring.h"

#include <cstring>

namespace spoutnik::kernels::cuda {

void UploadRing::send(Stream stream, std::span<const std::byte> host, std::byte* device) {
    constexpr std::size_t alignment = 64;
    if (memory_ == nullptr || host.size() > bytes) {
        copy_to_device(stream, host, device);
        wait_for(stream);
        used_ = 0;
        return;
    }
    if (host.size() > bytes - used_) {
        wait_for(stream);
        used_ = 0;
    }
    std::byte* place = memory_ + used_;
    std::memcpy(place, host.data(), host.size());
    copy_to_device(stream, {place, host.size()}, device);
    used_ += (host.size() + alignment - 1) / alignment * alignment;
}

} // namespace spoutnik::kernels::cuda
