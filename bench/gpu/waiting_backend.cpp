// SPDX-License-Identifier: MIT
#include "bench/gpu/waiting_backend.h"

namespace spoutnik::bench {

template <class Wait>
void WaitingBackend::wait(const Wait& wait) {
    inner_.upload({}, nullptr);
    const auto start = std::chrono::steady_clock::now();
    wait();
    waited_ += std::chrono::steady_clock::now() - start;
}

void WaitingBackend::download(const std::byte* device, std::span<std::byte> host) {
    wait([&] { inner_.download(device, host); });
}

void WaitingBackend::download_all(std::span<const kernels::Download> parts) {
    wait([&] { inner_.download_all(parts); });
}

void WaitingBackend::synchronize() {
    wait([&] { inner_.synchronize(); });
}

} // namespace spoutnik::bench
