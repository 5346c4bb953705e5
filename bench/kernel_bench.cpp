// SPDX-License-Identifier: MIT
// Times the CPU backend's products against what the machine gives in the same minute: one token against the
// memory's reading speed, many tokens against a multiply-add loop. Prints a table in Markdown.
#include "bench/random_weights.h"
#include "kernels/backend.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include <fmt/core.h>

namespace {

using namespace spoutnik::kernels;
using spoutnik::bench::random_weights;
using Clock = std::chrono::steady_clock;

/// Median seconds of `repeats` calls, after one that is not counted.
double median_seconds(int repeats, const std::function<void()>& call) {
    call();
    std::vector<double> seconds;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        call();
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::nth_element(seconds.begin(), seconds.begin() + repeats / 2, seconds.end());
    return seconds[static_cast<std::size_t>(repeats / 2)];
}

/// Bytes per second that all threads together read from a block larger than any cache.
double memory_bytes_per_second(int threads) {
    const std::size_t words = std::size_t{256} << 20 >> 3;
    std::vector<std::uint64_t> block(words, 1);
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(threads) * 8, 0);
    const double seconds = median_seconds(5, [&] {
        std::vector<std::jthread> team;
        team.reserve(static_cast<std::size_t>(threads));
        for (int t = 0; t < threads; ++t)
            team.emplace_back([&, t] {
                const std::size_t begin =
                    words * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads);
                const std::size_t end =
                    words * static_cast<std::size_t>(t + 1) / static_cast<std::size_t>(threads);
                std::uint64_t lanes[8] = {};
                for (std::size_t i = begin; i + 8 <= end; i += 8)
                    for (std::size_t lane = 0; lane < 8; ++lane)
                        lanes[lane] += block[i + lane];
                sums[static_cast<std::size_t>(t) * 8] =
                    std::accumulate(std::begin(lanes), std::end(lanes), 0ULL);
            });
    });
    return static_cast<double>(words * 8) / seconds;
}

} // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
    const auto backend = make_cpu_backend({.threads = threads});
    const double memory = memory_bytes_per_second(threads);
    fmt::print("{} threads, {}: memory reads {:.1f} GB/s\n\n", threads, backend->isa(), memory / 1e9);
    fmt::print("| format | 1 token GB/s | of memory | 512 tokens GFLOP/s |\n| --- | --- | --- | --- |\n");

    constexpr std::int64_t in = 4096;
    constexpr std::int64_t out = 16384;
    constexpr std::int64_t tokens = 512;
    std::vector<float> x(static_cast<std::size_t>(tokens * in));
    std::mt19937 random(2);
    std::normal_distribution<float> normal;
    std::generate(x.begin(), x.end(), [&] { return normal(random); });
    std::vector<float> y(static_cast<std::size_t>(tokens * out));
    for (const FormatTraits& traits : all_formats()) {
        const std::vector<std::byte> bytes = random_weights(traits.format, in * out);
        const Matrix weight{bytes.data(), traits.format, out, in};
        const double one = median_seconds(9, [&] {
            backend->matmul(weight, ConstTensor{x.data(), 1, in, in}, Tensor{y.data(), 1, out, out});
        });
        const Matrix slice{bytes.data(), traits.format, 1024, in};
        const double many = median_seconds(3, [&] {
            backend->matmul(slice, ConstTensor{x.data(), tokens, in, in},
                            Tensor{y.data(), tokens, 1024, 1024});
        });
        const double rate = static_cast<double>(bytes.size()) / one;
        fmt::print("| {} | {:.1f} | {:.0f} % | {:.0f} |\n", traits.name, rate / 1e9, 100 * rate / memory,
                   2.0 * in * 1024 * tokens / many / 1e9);
    }
    return 0;
}
