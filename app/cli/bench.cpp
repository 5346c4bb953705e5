// SPDX-License-Identifier: MIT
#include "app/cli/cache_format.h"
#include "app/cli/commands.h"

#include "app/cli/placement_options.h"
#include "engine/session/placed_model.h"

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

/// Ids spread over the vocabulary, so that a mixture's experts are all visited: the `first`-th and on of one
/// endless text, the same that bench/llama_cpp.mjs takes.
std::vector<std::int32_t> spread_tokens(std::int64_t count, std::int64_t first, std::int64_t vocabulary) {
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
        tokens[static_cast<std::size_t>(i)] =
            static_cast<std::int32_t>((1000 + (first + i) * 7919) % vocabulary);
    return tokens;
}

/// What was measured with `depth` tokens in the cache: medians, tokens/s, 0 where nothing was asked.
struct Speed {
    std::int64_t depth = 0;
    double prefill_tps = 0;
    double decode_tps = 0;
};

/// A pass that checks drafts: over so many tokens, with the logits of each.
struct Check {
    std::size_t tokens = 0;
    double seconds = 0; ///< median
};
struct Checks {
    std::vector<Check> passes; ///< of one token, two ...
    double draft_seconds = 0;  ///< of a draft of the next-token layer; 0: not asked
};

class Stopwatch {
  public:
    Stopwatch(engine::Model& model, engine::KvCache& cache, const BenchOptions& options)
        : model_(model), cache_(cache), options_(options), vocabulary_(model.description().vocabulary) {}

    /// Reads every weight once and wakes what sleeps; leaves the cache empty.
    void warm_up() {
        model_.forward(spread_tokens(std::max<std::int64_t>(options_.prompt, 32), 0, vocabulary_), cache_,
                       engine::Logits::last);
        choose(0);
        cache_.truncate(0);
    }

    /// Fills the cache up to `depth`, which must not be less than it holds, and measures there.
    Speed measure(std::int64_t depth) {
        if (const std::int64_t have = cache_.length(); depth > have)
            model_.forward(spread_tokens(depth - have, have, vocabulary_), cache_, engine::Logits::none);
        std::vector<double> prefill;
        std::vector<double> decode;
        const std::vector<std::int32_t> prompt = spread_tokens(options_.prompt, depth, vocabulary_);
        const std::vector<std::int32_t> text = spread_tokens(options_.generate, depth, vocabulary_);
        for (int repeat = 0; repeat < options_.repeats; ++repeat) {
            if (!prompt.empty()) {
                const auto start = Clock::now();
                model_.forward(prompt, cache_, engine::Logits::last);
                prefill.push_back(static_cast<double>(prompt.size()) / seconds_since(start));
                cache_.truncate(depth);
            }
            if (!text.empty()) {
                const auto start = Clock::now();
                for (const std::int32_t token : text)
                    choose(token);
                decode.push_back(static_cast<double>(text.size()) / seconds_since(start));
                cache_.truncate(depth);
            }
        }
        return {depth, median(prefill), median(decode)};
    }

    /// What speculation costs with `depth` tokens in the cache, which holds that many.
    Checks measure_checks(std::int64_t depth) {
        constexpr std::size_t most = 9;
        const std::vector<std::int32_t> text = spread_tokens(most, depth, vocabulary_);
        const bool layer = options_.speculation == "mtp";
        if (layer) model_.enable_drafts(cache_);
        Checks checks;
        std::vector<double> drafts;
        for (std::size_t tokens = 1; tokens <= most; ++tokens) {
            std::vector<double> seconds;
            for (int repeat = 0; repeat < std::max(options_.repeats, 5); ++repeat) {
                const auto start = Clock::now();
                model_.forward(std::span(text).first(tokens), cache_, engine::Logits::all);
                seconds.push_back(seconds_since(start));
                const auto draft_start = Clock::now();
                if (layer) model_.draft(text.front(), cache_);
                if (tokens == 1) drafts.push_back(seconds_since(draft_start));
                cache_.truncate(depth);
            }
            checks.passes.push_back({tokens, median(std::move(seconds))});
        }
        if (layer) checks.draft_seconds = median(std::move(drafts));
        return checks;
    }

  private:
    /// One step of decode. The choice is made as in earnest, but the text goes on as given: greedy text of
    /// random weights soon repeats itself, and then asks for the same experts again and again.
    void choose(std::int32_t token) {
        const std::vector<float> logits = model_.forward(std::span(&token, 1), cache_, engine::Logits::last);
        chosen_ = std::ranges::max_element(logits) - logits.begin();
    }

    engine::Model& model_;
    engine::KvCache& cache_;
    const BenchOptions& options_;
    std::int64_t vocabulary_;
    std::int64_t chosen_ = 0;
};

nlohmann::ordered_json to_json(const Checks& checks) {
    nlohmann::ordered_json passes = nlohmann::ordered_json::array();
    for (const Check& check : checks.passes)
        passes.push_back({{"tokens", check.tokens},
                          {"ms", check.seconds * 1e3},
                          {"times_one", check.seconds / checks.passes.front().seconds}});
    nlohmann::ordered_json out{{"passes", passes}};
    if (checks.draft_seconds > 0) out["draft_ms"] = checks.draft_seconds * 1e3;
    return out;
}

void print(const Checks& checks) {
    for (const Check& check : checks.passes) {
        const double times = check.seconds / checks.passes.front().seconds;
        if (check.tokens == 1)
            fmt::print("a pass over 1 token: {:.2f} ms\n", check.seconds * 1e3);
        else
            fmt::print(
                "a pass over {} tokens: {:.2f} ms, pays when more than {:.2f} of {} drafts are right\n",
                check.tokens, check.seconds * 1e3, times - 1, check.tokens - 1);
    }
    if (checks.draft_seconds > 0)
        fmt::print("a draft of the next-token layer: {:.2f} ms\n", checks.draft_seconds * 1e3);
}

} // namespace

int run_bench(const BenchOptions& options) {
    std::vector<std::int64_t> depths = options.depths;
    std::ranges::sort(depths);
    const std::int64_t most = std::max({options.prompt, options.generate, std::int64_t{32}});
    engine::PlacementWish wish;
    wish.request.context = depths.back() + most + 8;
    wish.request.speculates = options.speculation != "off";
    wish.request.next_token_layer = options.speculation == "mtp";
    wish.request.gpu_expert_layers = gpu_expert_layers(options.placement);
    wish.cache_format = cache_format(options.cache_format);
    wish.allow_oversize = options.oversize;

    const auto load_start = Clock::now();
    const engine::Devices devices = engine::open_devices(options.threads, device_choice(options.placement));
    const auto file = engine::gguf::File::open(options.model);
    const engine::PlacedModel placed = engine::load_placed(file, wish, devices);
    for (const std::string& note : placed.notes)
        fmt::print(stderr, "{}\n", note);
    const engine::PlanRequest& request = placed.plan.request;
    const auto& backend = placed.backend;
    const auto& model = placed.model;
    const auto& cache = placed.cache;
    const double load_ms = seconds_since(load_start) * 1e3;
    file->wait_until_warm();
    const double warm_ms = seconds_since(load_start) * 1e3; // an answer need not wait for this

    Stopwatch stopwatch(*model, *cache, options);
    stopwatch.warm_up();
    std::vector<Speed> speeds;
    speeds.reserve(depths.size());
    for (const std::int64_t depth : depths)
        speeds.push_back(stopwatch.measure(depth));
    const Checks checks = request.speculates ? stopwatch.measure_checks(depths.back()) : Checks{};

    const int threads =
        options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
    const double kv_mb = static_cast<double>(cache->bytes()) / 1e6;
    if (options.json) {
        nlohmann::ordered_json at = nlohmann::ordered_json::array();
        for (const Speed& speed : speeds)
            at.push_back({{"depth", speed.depth},
                          {"prefill_tps", speed.prefill_tps},
                          {"decode_tps", speed.decode_tps}});
        nlohmann::ordered_json out{{"load_ms", load_ms},
                                   {"warm_ms", warm_ms},
                                   {"prefill_tps", speeds.front().prefill_tps},
                                   {"decode_tps", speeds.front().decode_tps},
                                   {"peak_mb", peak_mb()},
                                   {"device", backend->name()},
                                   {"isa", backend->isa()},
                                   {"gpu_expert_layers", placed.plan.gpu_expert_layers},
                                   {"threads", threads},
                                   {"prompt", options.prompt},
                                   {"generate", options.generate},
                                   {"depth", speeds.front().depth},
                                   {"repeats", options.repeats},
                                   {"kv_format", kernels::traits_of(request.cache_format).name},
                                   {"kv_mb", kv_mb},
                                   {"version", SPOUTNIK_VERSION},
                                   {"at", at}};
        if (request.speculates) out["checks"] = to_json(checks);
        fmt::print("{}\n", out.dump());
        return 0;
    }
    fmt::print("loaded in {:.0f} ms, all pages there after {:.0f} ms ({}, {} threads)\n", load_ms, warm_ms,
               backend->isa(), threads);
    for (const Speed& speed : speeds)
        fmt::print("depth {}: prefill {:.2f} tokens/s over {} tokens, decode {:.2f} tokens/s over {}\n",
                   speed.depth, speed.prefill_tps, options.prompt, speed.decode_tps, options.generate);
    if (request.speculates) print(checks);
    fmt::print("peak memory {:.0f} MB, KV cache {:.1f} MB in {}\n", peak_mb(), kv_mb,
               kernels::traits_of(request.cache_format).name);
    return 0;
}

} // namespace spoutnik::app::cli
