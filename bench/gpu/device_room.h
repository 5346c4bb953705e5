// SPDX-License-Identifier: MIT
// What every row of spoutnik_gpu_kernel_bench works with: a clock, and operands in the device's memory.
#pragma once

#include "bench/gpu/table.h"
#include "kernels/backend.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace spoutnik::bench {

/// The same bytes several times, so that an operation that takes the next copy at each call finds its operand
/// in memory and not in the second-level cache, as it does in a model.
class Ring {
  public:
    Ring(kernels::Backend& backend, std::span<const std::byte> item, std::size_t bytes_in_all);

    const std::byte* at(int call) const;
    std::byte* at(int call);

  private:
    std::size_t stride_;
    int count_;
    std::unique_ptr<kernels::Buffer> buffer_;
};

class DeviceRoom {
  public:
    /// `is_tiny`: small shapes and hardly a repetition, to see that all of it runs.
    DeviceRoom(kernels::Backend& backend, bool is_tiny) : backend_(backend), is_tiny_(is_tiny) {}

    kernels::Backend& backend() const { return backend_; }
    /// A size, or the largest that a tiny run takes.
    std::int64_t size(std::int64_t full, std::int64_t tiny) const {
        return is_tiny_ ? std::min(full, tiny) : full;
    }
    /// `count` floats of a normal distribution.
    std::unique_ptr<kernels::Buffer> floats(std::int64_t count) const;
    std::unique_ptr<kernels::Buffer> ids(std::span<const std::int32_t> ids) const;
    /// Copies of a weight that are larger together than any cache.
    Ring ring(std::span<const std::byte> item) const;

    /// Seconds of one call: the median of eleven lists of calls, each from the first call to the end of what
    /// it put on the device, over the number of calls. Lists take some 4 ms, at least two calls and at most
    /// 200; those of 32 and more go as a graph, which is made beforehand. Nothing is subtracted. The call is
    /// given its number.
    double seconds_of(const std::function<void(int)>& call) const;

  private:
    double list(int calls, const std::function<void(int)>& call) const;

    kernels::Backend& backend_;
    bool is_tiny_;
};

inline float* floats_of(const std::unique_ptr<kernels::Buffer>& buffer) {
    return reinterpret_cast<float*>(buffer->data()); // NOLINT: memory of the device
}
inline std::int32_t* ids_of(const std::unique_ptr<kernels::Buffer>& buffer) {
    return reinterpret_cast<std::int32_t*>(buffer->data()); // NOLINT: memory of the device
}

void time_products(const DeviceRoom& room, Table& table);
void time_experts(const DeviceRoom& room, Table& table);
void time_attention(const DeviceRoom& room, Table& table);
void time_rows(const DeviceRoom& room, Table& table);

} // namespace spoutnik::bench
