// SPDX-License-Identifier: MIT
#include "bench/gpu/device_room.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace spoutnik::bench {

using Clock = std::chrono::steady_clock;

Ring::Ring(kernels::Backend& backend, std::span<const std::byte> item, std::size_t bytes_in_all)
    : stride_((item.size() + 255) / 256 * 256),
      count_(static_cast<int>(std::clamp<std::size_t>((bytes_in_all + stride_ - 1) / stride_, 2, 256))),
      buffer_(backend.allocate(stride_ * static_cast<std::size_t>(count_))) {
    for (int i = 0; i < count_; ++i)
        backend.upload(item, at(i));
}

const std::byte* Ring::at(int call) const {
    return buffer_->data() + static_cast<std::size_t>(call % count_) * stride_;
}

std::byte* Ring::at(int call) {
    return buffer_->data() + static_cast<std::size_t>(call % count_) * stride_;
}

std::unique_ptr<kernels::Buffer> DeviceRoom::floats(std::int64_t count) const {
    // A prime number of them again and again: no two rows are equal, and large operands are soon made.
    constexpr std::size_t pool_size = 65537;
    static const std::vector<float> pool = [] {
        std::vector<float> values(pool_size);
        std::mt19937 random(3);
        std::normal_distribution<float> normal;
        std::generate(values.begin(), values.end(), [&] { return normal(random); });
        return values;
    }();
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t done = 0; done < values.size(); done += pool_size)
        std::copy_n(pool.begin(), std::min(pool_size, values.size() - done),
                    values.begin() + static_cast<std::ptrdiff_t>(done));
    auto buffer = backend_.allocate(values.size() * sizeof(float));
    backend_.upload(std::as_bytes(std::span(values)), buffer->data());
    return buffer;
}

std::unique_ptr<kernels::Buffer> DeviceRoom::ids(std::span<const std::int32_t> ids) const {
    auto buffer = backend_.allocate(ids.size_bytes());
    backend_.upload(std::as_bytes(ids), buffer->data());
    return buffer;
}

Ring DeviceRoom::ring(std::span<const std::byte> item) const {
    constexpr std::size_t beyond_caches = std::size_t{320} << 20U; // an H200 has 50 MB, a B200 126
    return {backend_, item, is_tiny_ ? 0 : beyond_caches};
}

double DeviceRoom::list(int calls, const std::function<void(int)>& call) const {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i)
        call(i);
    backend_.synchronize();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
}

double DeviceRoom::seconds_of(const std::function<void(int)>& call) const {
    list(2, call); // loads the kernels, takes scratch memory
    if (is_tiny_) return list(2, call);
    const double about = list(4, call);
    const int calls = static_cast<int>(std::clamp(4e-3 / about, 2.0, 200.0));
    for (int i = 0; i < 2; ++i) // the list's graph is made at its second coming
        list(calls, call);
    std::vector<double> seconds(11);
    for (double& one : seconds)
        one = list(calls, call);
    std::nth_element(seconds.begin(), seconds.begin() + 5, seconds.end());
    return seconds[5];
}

} // namespace spoutnik::bench
