// SPDX-License-Identifier: MIT
// What the parts of spoutnik_gpu_check share.
#pragma once

#include "unit/kernels/support.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace test {

/// Prints a line: whether `worst` is no more than `allowed`.
void report(const std::string& what, double worst, double allowed);
int failures();

/// Bytes or floats in the device's memory.
struct OnDevice {
    Backend& backend;
    std::unique_ptr<spoutnik::kernels::Buffer> buffer;

    OnDevice(Backend& b, std::span<const std::byte> bytes) : backend(b), buffer(b.adopt(bytes)) {}
    OnDevice(Backend& b, const std::vector<float>& values) : OnDevice(b, std::as_bytes(std::span(values))) {}
    float* floats() const { return reinterpret_cast<float*>(buffer->data()); }            // NOLINT: memory
    std::int32_t* ids() const { return reinterpret_cast<std::int32_t*>(buffer->data()); } // NOLINT: memory
    std::vector<float> get() const {
        std::vector<float> values(buffer->bytes() / sizeof(float));
        backend.download(buffer->data(), std::as_writable_bytes(std::span(values)));
        return values;
    }
};

/// The largest difference over the largest value.
double difference(const std::vector<float>& expected, const std::vector<float>& got);

/// Attention behind a past of many parts, experts in tiles, the largest of a vocabulary; each many times
/// over, since a race between threads shows as bits that change.
void check_operations(Backend& gpu, Backend& cpu);

} // namespace test
