// SPDX-License-Identifier: MIT
// What every launcher of this folder is given beside its tensors.
//
// Launchers (ops_*.h) are plain host functions: they check nothing that the backend has checked already, put
// kernels on the stream and return at once. None of them allocates, waits for the device or reads device
// memory, so that a whole pass can be recorded into a graph and replayed.
#pragma once

#include <cstddef>
#include <cstdint>

struct CUstream_st; // what cudaStream_t points to; the emulation of the tests has its own

namespace spoutnik::kernels::cuda {

using Stream = CUstream_st*;

/// Device memory for what an operation needs between its kernels, aligned to 256 bytes. The next operation
/// on the stream may use the same bytes. Each header says how many its launchers need.
struct Scratch {
    std::byte* data = nullptr;
    std::size_t bytes = 0;
};

struct RoundingMemo; // rounded_rows.cuh

struct Context {
    Stream stream = nullptr;
    Scratch scratch;
    /// What rounded activations the scratch memory begins with; null: nobody keeps account of it.
    RoundingMemo* rounding = nullptr;
    int multiprocessors = 1; ///< of the device: how many blocks run at once, at least
    /// Shared memory that a block of the device may ask for (cudaDevAttrMaxSharedMemoryPerBlockOptin).
    std::size_t shared_bytes = std::size_t{48} * 1024;
};

/// A position of the sequence that a recorded graph must not hold as a number: kernels read it on the device.
struct Position {
    const std::int64_t* on_device = nullptr;
    /// It will never be larger during the life of a graph: how far a grid must reach. Blocks beyond the
    /// position's own rows end at once.
    std::int64_t most = 0;
};

} // namespace spoutnik::kernels::cuda
