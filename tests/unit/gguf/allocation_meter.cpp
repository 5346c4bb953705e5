// SPDX-License-Identifier: MIT
#include "tests/unit/gguf/allocation_meter.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> peak{0};

/// Null when there is no memory.
void* counted(std::size_t bytes) noexcept {
    void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
    if (memory == nullptr) return nullptr;
    const std::size_t now = in_use += malloc_usable_size(memory);
    std::size_t before = peak.load();
    while (before < now && !peak.compare_exchange_weak(before, now)) {
    }
    return memory;
}

void* counted_or_throw(std::size_t bytes) {
    void* const memory = counted(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void release(void* memory) noexcept {
    if (memory == nullptr) return;
    in_use -= malloc_usable_size(memory);
    std::free(memory);
}

} // namespace

void* operator new(std::size_t bytes) {
    return counted_or_throw(bytes);
}
void* operator new[](std::size_t bytes) {
    return counted_or_throw(bytes);
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
    return counted(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
    return counted(bytes);
}
void operator delete(void* memory) noexcept {
    release(memory);
}
void operator delete[](void* memory) noexcept {
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    release(memory);
}

namespace spoutnik::testing {

AllocationMeter::AllocationMeter() : base_(in_use.load()) {
    peak.store(base_);
}

std::size_t AllocationMeter::peak_bytes() const {
    const std::size_t most = peak.load();
    return most > base_ ? most - base_ : 0;
}

} // namespace spoutnik::testing
