// SPDX-License-Identifier: MIT
#include "engine/placement/read_speed.h"

#include <algorithm>
#include <vector>

namespace spoutnik::engine {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t largest_block = std::size_t{192} << 20U;
constexpr std::size_t smallest_block = std::size_t{4} << 20U;
constexpr std::int64_t cols = 2048; ///< a multiple of every format's block
/// Operations that a layer asks for, at the scale of a backend's interface.
constexpr double operations_per_layer = 20;

/// A block of memory that holds something: untouched pages would all be the one page of zeros. In every
/// format this byte makes ordinary numbers.
class Block {
  public:
    Block(kernels::Backend& backend, std::size_t bytes) : buffer_(backend.allocate(bytes)) {
        constexpr std::size_t chunk = std::size_t{1} << 20U;
        const std::vector<std::byte> pattern(chunk, std::byte{0x3C});
        for (std::size_t at = 0; at < bytes; at += chunk)
            backend.upload(std::span(pattern).first(std::min(chunk, bytes - at)), buffer_->data() + at);
    }
    std::byte* data() const { return buffer_->data(); }
    std::size_t bytes() const { return buffer_->bytes(); }

  private:
    std::unique_ptr<kernels::Buffer> buffer_;
};

/// Median of the seconds of a call, repeated for `duration` and at least three times.
template <class Call>
double median_seconds(Seconds duration, Call&& call) {
    std::vector<double> seconds;
    const auto end = Clock::now() + duration;
    do {
        const auto start = Clock::now();
        call();
        seconds.push_back(Seconds(Clock::now() - start).count());
    } while (seconds.size() < 3 || Clock::now() < end);
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    return *middle;
}

class Sweep {
  public:
    Sweep(kernels::Backend& backend, std::size_t bytes)
        : backend_(backend), weights_(backend, bytes), x_(backend, cols * sizeof(float)),
          out_(backend, rows_of(smallest_row_bytes(), bytes) * sizeof(float)) {}

    /// Bytes a second of one vector through a matrix that fills the block.
    double speed(kernels::Format format, Seconds duration) {
        const std::size_t row = kernels::bytes_of(format, cols);
        // In pieces, so that even a slow format can be timed several times.
        const auto rows = static_cast<std::int64_t>(rows_of(row, weights_.bytes()) / pieces);
        std::int64_t piece = 0;
        const double seconds = median_seconds(duration, [&] {
            multiply(format, weights_.data() + static_cast<std::size_t>(piece * rows) * row, rows, cols);
            piece = (piece + 1) % static_cast<std::int64_t>(pieces);
        });
        return static_cast<double>(static_cast<std::size_t>(rows) * row) / seconds;
    }
    /// Seconds of a product that is over at once.
    double seconds_of_small(Seconds duration) {
        constexpr int calls = 32;
        return median_seconds(duration,
                              [&] {
                                  for (int i = 0; i < calls; ++i)
                                      multiply(kernels::Format::f32, weights_.data(), 64, 64);
                              }) /
               calls;
    }

  private:
    static constexpr std::size_t pieces = 8;
    /// Of a format that spends two bits a value.
    static std::size_t smallest_row_bytes() { return cols / 4; }
    static std::size_t rows_of(std::size_t row_bytes, std::size_t bytes) { return bytes / row_bytes; }

    void multiply(kernels::Format format, const std::byte* data, std::int64_t rows, std::int64_t width) {
        const std::size_t stride = kernels::bytes_of(format, width) * static_cast<std::size_t>(rows);
        backend_.matmul({data, format, rows, width, 1, stride},
                        {reinterpret_cast<const float*>(x_.data()), 1, width, width},
                        {reinterpret_cast<float*>(out_.data()), 1, rows, rows});
    }

    kernels::Backend& backend_;
    Block weights_, x_, out_;
};

} // namespace

ReadSpeed measure_read_speed(kernels::Backend& backend, const Plan& plan,
                             std::chrono::milliseconds duration) {
    const std::size_t bytes = std::clamp(backend.memory().free_bytes / 8, smallest_block, largest_block);
    Sweep sweep(backend, bytes);
    const Seconds all = duration;
    ReadSpeed speed;
    speed.memory_bytes_per_second = sweep.speed(kernels::Format::f32, all * 0.25);
    speed.seconds_per_operation = sweep.seconds_of_small(all * 0.05);
    const auto total = static_cast<double>(plan.bytes_read_at(0));
    for (const auto& [format, read] : plan.read_per_token) {
        const double share = total > 0 ? static_cast<double>(read) / total : 0;
        // A format of a hundredth of the bytes changes nothing: it is taken as plain memory.
        speed.weights_bytes_per_second[format] = share < 0.01 || format == kernels::Format::f32
                                                     ? speed.memory_bytes_per_second
                                                     : sweep.speed(format, all * (0.7 * share));
    }
    return speed;
}

double predict_decode(const Plan& plan, const ReadSpeed& speed, std::int64_t position) {
    double seconds = static_cast<double>(plan.layers) * operations_per_layer * speed.seconds_per_operation;
    for (const auto& [format, bytes] : plan.read_per_token) {
        const auto known = speed.weights_bytes_per_second.find(format);
        const double rate =
            known != speed.weights_bytes_per_second.end() ? known->second : speed.memory_bytes_per_second;
        if (rate > 0) seconds += static_cast<double>(bytes) / rate;
    }
    if (speed.memory_bytes_per_second > 0)
        seconds += static_cast<double>(plan.cache_bytes_per_token) * static_cast<double>(position) /
                   speed.memory_bytes_per_second;
    return seconds > 0 ? 1.0 / seconds : 0;
}

} // namespace spoutnik::engine
