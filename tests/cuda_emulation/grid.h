// SPDX-License-Identifier: MIT
// A grid of blocks of threads on one thread of the host: blocks one after another, the threads of a block as
// fibers that run until they must wait for others.
//
// The order of blocks and of threads comes from a seed and changes at every wait: where a barrier is missing,
// some seed makes the reader come before the writer. A wait that can never end, or lanes of a warp that meet
// in different operations, is an EmulationError that names the place.
#pragma once

#include "cuda_emulation/vector_types.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>

namespace spoutnik::cuda_emulation {

/// A kernel did what would hang or corrupt on a device.
class EmulationError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

struct LaunchShape {
    dim3 grid;
    dim3 block;
    std::size_t shared_bytes = 0;
};

/// Where the running thread stands.
struct Place {
    uint3 thread{};
    uint3 block{};
    dim3 block_size;
    dim3 grid_size;
    int lane = 0; ///< of its warp
};

/// Runs `body` once for each thread of the grid. Limits are a device's: 1024 threads, 227 KiB of shared
/// memory.
void run_grid(const LaunchShape& shape, const std::function<void()>& body);

/// The orders of the launches that follow.
void set_order_seed(std::uint64_t seed);

/// Kernels launched by this process so far.
std::uint64_t launches_so_far();

// What a running thread may call ---------------------------------------------------------------------------

const Place& place();
/// Dynamic shared memory of the block, exactly as large as asked for and full of NaNs at first.
std::byte* dynamic_shared_memory();

/// What lanes do together; lanes that meet must do the same.
enum class Meeting : int { sync, shuffle, vote, match, mma_s8, mma_f16, mma_bf16, load_matrices };

inline constexpr int warp_size = 32;
inline constexpr std::size_t post_bytes = 32; ///< what a lane can show to the others

/// What the lanes of a warp showed each other, until this thread meets others again.
struct Posts {
    const std::byte* bytes = nullptr; ///< [warp_size, post_bytes]
    std::uint32_t present = 0;        ///< lanes that took part

    template <class T>
    T of(int lane) const;
};

/// Waits for all lanes of `mask` that have not ended, and shows each what the others posted.
Posts meet_warp(Meeting what, std::uint32_t mask, const void* post, std::size_t bytes);
/// Waits for all threads of the block that have not ended; returns how many brought a `vote`.
int meet_block(bool vote);

/// cp.async: `to` holds NaNs until the copy is waited for, and `from` is read only then.
void begin_copy(void* to, const void* from, int bytes);
void commit_copies();
void wait_copies(int groups_left);

} // namespace spoutnik::cuda_emulation

#include <cstring>

template <class T>
T spoutnik::cuda_emulation::Posts::of(int lane) const {
    static_assert(sizeof(T) <= post_bytes);
    if ((present >> lane & 1U) == 0)
        throw EmulationError("a lane reads from a lane that does not take part or has ended");
    T value;
    std::memcpy(&value, bytes + static_cast<std::size_t>(lane) * post_bytes, sizeof value);
    return value;
}
