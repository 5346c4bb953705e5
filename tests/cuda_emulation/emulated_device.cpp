// SPDX-License-Identifier: MIT
#include "cuda_emulation/emulated_device.h"

#include "cuda_emulation/grid.h"
#include "cuda_emulation/stream.h"
#include "kernels/cuda/device_runtime.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <set>
#include <utility>

namespace spoutnik::cuda_emulation {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
constexpr std::align_val_t alignment{256};

struct State {
    EmulatedDevice settings;
    std::map<const std::byte*, std::size_t> allocated;
    std::set<CUstream_st*> streams;
    std::size_t in_use = 0;
    std::uint64_t allocations = 0;
    std::uint64_t fails_at = never;
    std::uint64_t to_device = 0;
    std::uint64_t to_host = 0;

    void require_allocated(const std::byte* from, std::size_t bytes) const {
        auto block = allocated.upper_bound(from);
        if (block == allocated.begin()) throw EmulationError("a transfer outside of device memory");
        --block;
        if (from + bytes > block->first + block->second)
            throw EmulationError("a transfer beyond an allocation of device memory");
    }
    void drain_all() const {
        for (CUstream_st* stream : streams)
            drain(*stream);
    }
};

State& state() {
    static State the_device;
    return the_device;
}

} // namespace

EmulatedDevice& emulated_device() {
    return state().settings;
}

std::size_t device_bytes_in_use() {
    return state().in_use;
}

std::uint64_t device_allocations() {
    return state().allocations;
}

void fail_allocation_after(std::uint64_t more) {
    state().fails_at = state().allocations + more;
}

std::uint64_t bytes_to_device() {
    return state().to_device;
}

std::uint64_t bytes_to_host() {
    return state().to_host;
}

} // namespace spoutnik::cuda_emulation

namespace spoutnik::kernels::cuda {

using cuda_emulation::enqueue;
using cuda_emulation::state;

DeviceTraits find_device() {
    const cuda_emulation::EmulatedDevice& settings = state().settings;
    if (!settings.is_present)
        throw NoDevice(GpuAbsence::no_gpu, "The tests have taken the emulated GPU away.");
    return {.number = 0,
            .name = "emulated GPU",
            .chip = "emulated",
            .multiprocessors = settings.multiprocessors,
            .shared_bytes = settings.shared_bytes};
}

void use_device(int number) {
    if (number != 0) throw DeviceFailure("there is one emulated GPU");
}

MemoryInfo device_memory() {
    const std::size_t total = state().settings.total_bytes;
    return {.free_bytes = total - std::min(total, state().in_use), .total_bytes = total};
}

std::byte* allocate_device(std::size_t bytes) {
    auto& device = state();
    if (device.allocations++ == device.fails_at || bytes > device_memory().free_bytes ||
        device.in_use + bytes > device.settings.real_bytes) {
        device.fails_at = cuda_emulation::never;
        return nullptr;
    }
    auto* memory = static_cast<std::byte*>(::operator new(bytes, cuda_emulation::alignment));
    std::memset(memory, 0xFF, bytes);
    device.allocated[memory] = bytes;
    device.in_use += bytes;
    return memory;
}

void free_device(std::byte* memory) noexcept {
    if (memory == nullptr) return;
    auto& device = state();
    device.drain_all();
    const auto block = device.allocated.find(memory);
    device.in_use -= block->second;
    device.allocated.erase(block);
    ::operator delete(memory, cuda_emulation::alignment);
}

std::byte* allocate_pinned_host(std::size_t bytes) {
    return state().settings.has_pinned_memory ? new std::byte[bytes] : nullptr;
}

/// Does not wait, as nothing promises that the runtime does: ASan sees a copy that is still to come.
void free_pinned_host(std::byte* memory) noexcept {
    delete[] memory;
}

Stream make_stream() {
    const Stream stream = new CUstream_st;
    state().streams.insert(stream);
    return stream;
}

void free_stream(Stream stream) noexcept {
    state().streams.erase(stream);
    delete stream;
}

void wait_for(Stream stream) {
    if (stream->records) throw DeviceFailure("a stream that records is waited for");
    cuda_emulation::drain(*stream);
}

void copy_to_device(Stream stream, std::span<const std::byte> host, std::byte* device) {
    state().require_allocated(device, host.size());
    state().to_device += host.size();
    enqueue(stream, [host, device] { std::memcpy(device, host.data(), host.size()); });
}

void copy_to_host(Stream stream, const std::byte* device, std::span<std::byte> host) {
    state().require_allocated(device, host.size());
    state().to_host += host.size();
    enqueue(stream, [host, device] { std::memcpy(host.data(), device, host.size()); });
}

void fill_with_zeros(Stream stream, std::byte* device, std::size_t bytes) {
    state().require_allocated(device, bytes);
    enqueue(stream, [device, bytes] { std::memset(device, 0, bytes); });
}

void begin_recording(Stream stream) {
    stream->records = true;
}

Graph end_recording(Stream stream) noexcept {
    stream->records = false;
    auto work = std::make_shared<const cuda_emulation::Work>(std::exchange(stream->recorded, {}));
    return state().settings.makes_graphs ? new CUgraphExec_st{std::move(work)} : nullptr;
}

void replay(Graph graph, Stream stream) {
    enqueue(stream, [work = graph->work] {
        for (const auto& each : *work)
            each();
    });
}

void free_graph(Graph graph) noexcept {
    delete graph;
}

} // namespace spoutnik::kernels::cuda
