// SPDX-License-Identifier: MIT
// The device behind kernels/cuda/device_runtime.h in the tests, and how it can be made to behave.
//
// Device memory is a heap block of the exact size for each allocation, full of NaNs at first. Nothing happens
// before the stream is waited for (or memory given back, which waits on a real device too): a transfer whose
// host memory changes too soon, or an operation whose memory is gone, is seen by the result or by ASan.
// Transfers must begin and end inside one allocation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spoutnik::cuda_emulation {

struct EmulatedDevice {
    bool is_present = true;
    bool makes_graphs = true;
    bool has_pinned_memory = true;
    std::size_t total_bytes = std::size_t{1} << 40U;
    /// What allocations find in truth, where the device has promised more.
    std::size_t real_bytes = std::size_t{1} << 40U;
    int multiprocessors = 4;
    std::size_t shared_bytes = std::size_t{227} * 1024; ///< an H200's
};

/// Settings for backends made from now on, total_bytes for all.
EmulatedDevice& emulated_device();

std::size_t device_bytes_in_use();
/// Allocations of device memory tried so far.
std::uint64_t device_allocations();
/// The allocation after `more` others fails, once.
void fail_allocation_after(std::uint64_t more);
/// Bytes of transfers so far.
std::uint64_t bytes_to_device();
std::uint64_t bytes_to_host();

} // namespace spoutnik::cuda_emulation
