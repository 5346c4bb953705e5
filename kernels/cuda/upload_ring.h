// SPDX-License-Identifier: MIT
// Uploads that do not wait: what the host brings is copied to pinned memory, from where it goes when the
// stream comes to it.
#pragma once

#include "kernels/cuda/device_runtime.h"

#include <cstddef>
#include <span>

namespace spoutnik::kernels::cuda {

class UploadRing {
  public:
    static constexpr std::size_t bytes = std::size_t{1} << 20U;

    UploadRing() : memory_(allocate_pinned_host(bytes)) {}
    ~UploadRing() { free_pinned_host(memory_); }
    UploadRing(const UploadRing&) = delete;
    UploadRing& operator=(const UploadRing&) = delete;

    /// On return `host` may change. What is larger than the ring, or all where there is no pinned memory, is
    /// waited for.
    void send(Stream stream, std::span<const std::byte> host, std::byte* device);
    /// Everything sent so far has arrived.
    void all_arrived() { used_ = 0; }

  private:
    std::byte* memory_;
    std::size_t used_ = 0;
};

} // namespace spoutnik::kernels::cuda
