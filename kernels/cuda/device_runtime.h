// SPDX-License-Identifier: MIT
// The few things that the backend asks of a device beside kernels: memory, copies, a stream, graphs. Two
// bodies stand behind this header: device_runtime.cu calls the CUDA runtime, tests/cuda_emulation has a
// device of its own on the host, so that everything above this line is executed by the tests.
//
// Functions that can fail throw DeviceFailure with what the runtime says; those that free never throw.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/gpu_absence.h"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

struct CUgraphExec_st; // what cudaGraphExec_t points to; the emulation has its own

namespace spoutnik::kernels::cuda {

using Graph = CUgraphExec_st*;

/// The runtime reported an error; most of them end the use of the device by this process.
class DeviceFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// There is no device to work on; what() is a sentence that says why.
class NoDevice : public std::runtime_error {
  public:
    NoDevice(GpuAbsence why, const std::string& sentence) : std::runtime_error(sentence), why_(why) {}
    GpuAbsence why() const { return why_; }

  private:
    GpuAbsence why_;
};

struct DeviceTraits {
    int number = 0;   ///< as the runtime counts
    std::string name; ///< "NVIDIA H200"
    std::string chip; ///< "sm_90"
    int multiprocessors = 1;
    std::size_t shared_bytes = 0; ///< that a block may ask for
};

/// The device with the most free memory among those that the kernels run on. Throws NoDevice.
DeviceTraits find_device();

/// Makes `number` the device of what the calling thread does next.
void use_device(int number);
MemoryInfo device_memory();

/// Aligned to 256 bytes, content undefined. Null where there is no room.
std::byte* allocate_device(std::size_t bytes);
void free_device(std::byte* memory) noexcept;
/// Memory of the host that the device reads and writes by itself. Null where there is none to be had.
std::byte* allocate_pinned_host(std::size_t bytes);
void free_pinned_host(std::byte* memory) noexcept;

Stream make_stream();
void free_stream(Stream stream) noexcept;
/// Returns when everything put on the stream is done.
void wait_for(Stream stream);

// Copies are put on the stream; memory of the host must stay as it is until wait_for().

void copy_to_device(Stream stream, std::span<const std::byte> host, std::byte* device);
void copy_to_host(Stream stream, const std::byte* device, std::span<std::byte> host);
void fill_with_zeros(Stream stream, std::byte* device, std::size_t bytes);

// Graphs: what is put on the stream between begin and end is kept instead of done.

void begin_recording(Stream stream);
/// Null where what was recorded cannot be a graph, or where the device has no memory left for it; the stream
/// is usable in any case.
Graph end_recording(Stream stream) noexcept;
void replay(Graph graph, Stream stream);
void free_graph(Graph graph) noexcept;

} // namespace spoutnik::kernels::cuda
