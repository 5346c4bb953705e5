// SPDX-License-Identifier: MIT
// Times the CPU backend's products against what the machine gives in the same minute: one token against the
// memory's reading speed, many tokens against a multiply-add loop. Then attention, whose products go through
// vectors or tiles of bf16 as the instruction set has them. Prints tables in Markdown.
#include "bench/random_weights.h"
#include "kernels/backend.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <thread>
#include <utility>
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

/// Random numbers, the same at every start.
std::vector<float> normal_floats(std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::mt19937 random(2);
    std::normal_distribution<float> normal;
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    return values;
}

/// A cache of random rows in the format that the backend reads fastest.
struct Cache {
    std::vector<std::byte> bytes;
    CacheRows rows;

    Cache(Backend& backend, std::int64_t width, std::int64_t capacity)
        : bytes(bytes_of(backend.cache_format(), width * capacity)), rows{bytes.data(),
                                                                          backend.cache_format(), width,
                                                                          capacity} {
        const std::vector<float> values = normal_floats(width * capacity);
        backend.store_rows({values.data(), capacity, width, width}, rows, 0, 0);
    }
};

void print_row(const char* what, std::int64_t tokens, std::int64_t heads, double products, double seconds) {
    fmt::print("| {} | {} | {} | {:.2f} | {:.0f} |\n", what, tokens, heads, 1e3 * seconds,
               2 * products / seconds / 1e9);
}

/// Tokens at the end of 4,096 rows: the shapes of DeepSeek-V2-Lite's and V3's latents, and of grouped heads.
void time_attention(Backend& backend) {
    constexpr std::int64_t depth = 4096;
    constexpr std::int64_t latent = 512;
    constexpr std::int64_t rope = 64;
    constexpr std::int64_t head = 128; ///< values of a key without rope, and of a value
    fmt::print("\n| attention over {} rows, {} | tokens | heads | ms | GFLOP/s |\n"
               "| --- | --- | --- | --- | --- |\n",
               depth, traits_of(backend.cache_format()).name);
    constexpr std::int64_t most = 512; // tokens times heads of the largest call below, and more
    const std::vector<float> q = normal_floats(most * 16 * (latent + rope));
    std::vector<float> out(q.size());
    const auto heads_of = [](auto& floats, std::int64_t tokens, std::int64_t heads, std::int64_t width) {
        return Heads{const_cast<float*>(floats.data()), tokens, heads, width, heads * width, width}; // NOLINT
    };
    const Cache latents(backend, latent + rope, depth);
    for (const auto& [tokens, heads] : {std::pair{1, 16}, {1, 128}, {32, 16}}) {
        const double seconds = median_seconds(5, [&] {
            backend.latent_attention(heads_of(q, tokens, heads, latent + rope), latents.rows, depth - tokens,
                                     latent, 0.1F, heads_of(out, tokens, heads, latent));
        });
        print_row("latent, absorbed", tokens, heads,
                  static_cast<double>(tokens * heads * depth * (2 * latent + rope)), seconds);
    }
    constexpr std::int64_t few = 4;
    const std::vector<std::byte> w_uk = random_weights(Format::q8_0, few * latent * head);
    const std::vector<std::byte> w_uv = random_weights(Format::q8_0, few * head * latent);
    const auto of_head = bytes_of(Format::q8_0, latent * head);
    for (const std::int64_t tokens : {std::int64_t{256}, most}) {
        const double seconds = median_seconds(3, [&] {
            backend.decompressed_attention(heads_of(q, tokens, few, head + rope), latents.rows,
                                           {w_uk.data(), Format::q8_0, latent, head, few, of_head},
                                           {w_uv.data(), Format::q8_0, head, latent, few, of_head},
                                           depth - tokens, 0.1F, heads_of(out, tokens, few, head));
        });
        const double of_row = static_cast<double>(latent) * 2 * head; // whoever looks at it
        const auto of_query = static_cast<double>(tokens * (2 * head + rope));
        print_row("latent, decompressed", tokens, few, few * depth * (of_row + of_query), seconds);
    }
    constexpr std::int64_t groups = 4;
    const Cache keys(backend, groups * head, depth);
    const Cache values(backend, groups * head, depth);
    for (const std::int64_t tokens : {std::int64_t{1}, std::int64_t{32}}) {
        const double seconds = median_seconds(5, [&] {
            backend.head_attention(heads_of(q, tokens, 16, head), keys.rows, values.rows, groups,
                                   depth - tokens, 0.1F, heads_of(out, tokens, 16, head));
        });
        print_row("4 groups of 4 heads", tokens, 16, static_cast<double>(tokens * 16 * depth * 2 * head),
                  seconds);
    }
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
    const std::vector<float> x = normal_floats(tokens * in);
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
    time_attention(*backend);
    return 0;
}
