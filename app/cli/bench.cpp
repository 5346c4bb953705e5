// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"

#include "engine/model/model.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Largest resident memory of this process so far, in MB (10^6 bytes), mapped file pages included.
double peak_mb() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "VmHWM:") {
            double kib = 0;
            status >> kib;
            return kib * 1024 / 1e6;
        }
    return 0;
}

/// Ids spread over the vocabulary, so that a mixture's experts are all visited.
std::vector<std::int32_t> spread_tokens(std::int64_t count, std::int64_t vocabulary) {
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = static_cast<std::int32_t>((1000 + static_cast<std::int64_t>(i) * 7919) % vocabulary);
    return tokens;
}

} // namespace

int run_bench(const BenchOptions& options) {
    const auto load_start = Clock::now();
    const auto backend = kernels::make_cpu_backend({.threads = options.threads});
    const auto model = engine::load_model(engine::gguf::File::open(options.model), *backend);
    const double load_ms = seconds_since(load_start) * 1e3;

    const std::int64_t vocabulary = model->description().vocabulary;
    const auto cache = model->make_cache(options.depth + std::max(options.prompt, options.generate) + 8);
    const std::vector<std::int32_t> prompt = spread_tokens(options.prompt, vocabulary);
    model->forward(spread_tokens(8, vocabulary), *cache, engine::Logits::last); // touch the weights once
    cache->truncate(0);
    if (options.depth > 0)
        model->forward(spread_tokens(options.depth, vocabulary), *cache, engine::Logits::none);

    std::vector<double> prefill;
    std::vector<double> decode;
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
        if (options.prompt > 0) {
            cache->truncate(options.depth);
            const auto start = Clock::now();
            model->forward(prompt, *cache, engine::Logits::last);
            prefill.push_back(static_cast<double>(options.prompt) / seconds_since(start));
        }
        if (options.generate > 0) {
            cache->truncate(options.depth);
            std::int32_t token = static_cast<std::int32_t>(1234 % vocabulary);
            const auto start = Clock::now();
            for (std::int64_t i = 0; i < options.generate; ++i) {
                const std::vector<float> logits =
                    model->forward(std::span(&token, 1), *cache, engine::Logits::last);
                token = static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin());
            }
            decode.push_back(static_cast<double>(options.generate) / seconds_since(start));
        }
    }

    const int threads =
        options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
    const nlohmann::ordered_json out{{"load_ms", load_ms},
                                     {"prefill_tps", median(prefill)},
                                     {"decode_tps", median(decode)},
                                     {"peak_mb", peak_mb()},
                                     {"isa", backend->isa()},
                                     {"threads", threads},
                                     {"prompt", options.prompt},
                                     {"generate", options.generate},
                                     {"depth", options.depth},
                                     {"repeats", options.repeats},
                                     {"kv_mb", static_cast<double>(cache->bytes()) / 1e6}};
    if (options.json) {
        fmt::print("{}\n", out.dump());
    } else {
        fmt::print("loaded in {:.0f} ms ({}, {} threads)\n", load_ms, backend->isa(), threads);
        fmt::print("prefill {:.2f} tokens/s over {} tokens\n", median(prefill), options.prompt);
        fmt::print("decode  {:.2f} tokens/s over {} tokens, at depth {}\n", median(decode), options.generate,
                   options.depth);
        fmt::print("peak memory {:.0f} MB, KV cache {:.1f} MB\n", peak_mb(),
                   static_cast<double>(cache->bytes()) / 1e6);
    }
    return 0;
}

} // namespace spoutnik::app::cli
