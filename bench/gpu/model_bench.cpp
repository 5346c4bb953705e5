// SPDX-License-Identifier: MIT
// Whole models on the GPU: prefill and decode, how much of a token's time is the host's, and how far the
// logits are from the CPU's. Prints tables in Markdown; bench/gpu.sh runs it.
// usage: spoutnik_gpu_model_bench [--prompt N] [--generate N] [--depth N] [--compare N] MODEL.gguf...
// A file whose name begins with v2-lite is held against the targets of V2-Lite's shape; the host's share of
// decode against 10 %, divergence against 2e-3. Ends with 77 where there is no GPU, and with 1 when a model
// diverges.
#include "bench/gpu/waiting_backend.h"
#include "engine/model/model.h"
#include "engine/placement/gpu_module.h"
#include "kernels/cuda/module_loader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace spoutnik;
using Clock = std::chrono::steady_clock;

struct Options {
    std::int64_t prompt = 512;
    std::int64_t generate = 128;
    std::int64_t depth = 4096; ///< where decode is measured a second time; 0: it is not
    std::int64_t compare = 32; ///< tokens whose logits are compared with the CPU's; 0: none
    std::vector<std::string> models;
};

constexpr double most_divergence = 2e-3; ///< of issue 5

/// Tokens/s and the host's share of the time.
struct Speed {
    double tokens_per_second = 0;
    double host_share = 0;
    double host_us = 0; ///< of the host, a token
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The same spread of tokens as `spoutnik-cli bench`: random weights answer a text of one word with one
/// expert.
std::vector<std::int32_t> spread_tokens(std::int64_t count, std::int64_t vocabulary) {
    std::vector<std::int32_t> tokens;
    for (std::int64_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>((1000 + i * 7919) % vocabulary));
    return tokens;
}

class Runner {
  public:
    Runner(engine::Model& model, engine::KvCache& cache, const bench::WaitingBackend& backend)
        : model_(model), cache_(cache), backend_(backend) {}

    /// Median of five passes over the prompt, by speed.
    Speed prefill(std::int64_t count) {
        const auto tokens = spread_tokens(count, model_.description().vocabulary);
        return median(5, count, [&] { model_.forward(tokens, cache_, engine::Logits::last); });
    }

    /// Median of five stretches of `count` tokens one by one, behind what the cache holds.
    Speed decode(std::int64_t count) {
        const auto tokens = spread_tokens(count, model_.description().vocabulary);
        return median(5, count, [&] {
            for (const std::int32_t token : tokens) {
                const auto logits = model_.forward(std::span(&token, 1), cache_, engine::Logits::last);
                chosen_ = std::ranges::max_element(logits) - logits.begin();
            }
        });
    }

    /// Leaves `count` tokens in the cache.
    void fill(std::int64_t count) {
        model_.forward(spread_tokens(count, model_.description().vocabulary), cache_, engine::Logits::none);
    }

  private:
    /// One call that is not counted: it loads kernels and makes graphs.
    template <class Call>
    Speed median(int repeats, std::int64_t tokens, const Call& call) {
        const std::int64_t depth = cache_.length();
        std::vector<Speed> speeds;
        for (int i = -1; i < repeats; ++i) {
            const double waited_before = backend_.seconds_waited();
            const auto start = Clock::now();
            call();
            const double seconds = seconds_since(start);
            const double host = seconds - (backend_.seconds_waited() - waited_before);
            cache_.truncate(depth);
            const auto count = static_cast<double>(tokens);
            if (i >= 0) speeds.push_back({count / seconds, host / seconds, 1e6 * host / count});
        }
        std::ranges::nth_element(speeds, speeds.begin() + repeats / 2, {}, &Speed::tokens_per_second);
        return speeds[static_cast<std::size_t>(repeats / 2)];
    }

    engine::Model& model_;
    engine::KvCache& cache_;
    const bench::WaitingBackend& backend_;
    std::int64_t chosen_ = 0; ///< as in earnest
};

/// A row; `target` in tokens/s, 0: none.
void print_row(const std::string& model, const std::string& what, const Speed& speed, double target,
               bool is_host_judged) {
    std::string verdict;
    if (target > 0)
        verdict =
            fmt::format("{:.0f} tokens/s: {}", target, speed.tokens_per_second >= target ? "yes" : "no");
    if (is_host_judged)
        verdict += fmt::format("{}host under 10 %: {}", verdict.empty() ? "" : ", ",
                               speed.host_share < 0.1 ? "yes" : "no");
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} % | {} |\n", model, what, speed.tokens_per_second,
               speed.host_us, 100 * speed.host_share, verdict);
    std::fflush(stdout);
}

double log_of_sum(std::span<const float> logits) {
    const double most = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float logit : logits)
        sum += std::exp(logit - most);
    return most + std::log(sum);
}

/// Kullback-Leibler divergence of `other` from `reference`.
double divergence(std::span<const float> reference, std::span<const float> other) {
    const double p_sum = log_of_sum(reference);
    const double q_sum = log_of_sum(other);
    double result = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double p = reference[i] - p_sum;
        result += std::exp(p) * (p - (other[i] - q_sum));
    }
    return std::isfinite(result) ? result : 1e30;
}

/// Over the tokens of a text.
struct Divergences {
    double mean = 0;
    double worst = 0;
};

Divergences divergences(const std::vector<float>& reference, const std::vector<float>& other,
                        std::int64_t tokens) {
    Divergences result;
    const std::size_t vocabulary = reference.size() / static_cast<std::size_t>(tokens);
    for (std::size_t at = 0; at < reference.size(); at += vocabulary) {
        const double one = divergence(std::span(reference).subspan(at, vocabulary),
                                      std::span(other).subspan(at, vocabulary));
        result.mean += one / static_cast<double>(tokens);
        result.worst = std::max(result.worst, one);
    }
    return result;
}

struct Comparison {
    std::string model;
    Divergences gpu;
    /// Of another instruction set of the CPU: activations are rounded to 8 bits, and a last bit that differs
    /// in front of a rounding makes about as much whatever it comes from.
    Divergences other_cpu;
};

/// Logits of `count` tokens, half of them at once and the others one by one.
std::vector<float> logits_on(kernels::Backend& backend, const std::string& path, std::int64_t count,
                             kernels::Format cache_format) {
    const auto model = engine::load_model(engine::gguf::File::open(path), backend);
    const auto tokens = spread_tokens(count, model->description().vocabulary);
    const auto cache = model->make_cache(count, cache_format);
    const std::size_t at_once = (tokens.size() + 1) / 2;
    std::vector<float> logits = model->forward(std::span(tokens).first(at_once), *cache, engine::Logits::all);
    for (std::size_t t = at_once; t < tokens.size(); ++t) {
        const auto one = model->forward(std::span(tokens).subspan(t, 1), *cache, engine::Logits::all);
        logits.insert(logits.end(), one.begin(), one.end());
    }
    return logits;
}

Comparison compare(const std::string& path, kernels::Backend& gpu, std::int64_t count) {
    const kernels::CpuIsa best = kernels::choose_cpu_isa();
    const bool has_another = best != kernels::CpuIsa::avx2 && kernels::cpu_supports(kernels::CpuIsa::avx2);
    const kernels::CpuIsa another = has_another ? kernels::CpuIsa::avx2 : kernels::CpuIsa::reference;
    const auto logits_of_cpu = [&](kernels::CpuIsa isa) {
        const auto cpu = kernels::make_cpu_backend({.isa = isa});
        return logits_on(*cpu, path, count, gpu.cache_format());
    };
    const std::vector<float> expected = logits_of_cpu(best);
    return {std::filesystem::path(path).stem().string(),
            divergences(expected, logits_on(gpu, path, count, gpu.cache_format()), count),
            divergences(expected, logits_of_cpu(another), count)};
}

void print(const Comparison& one) {
    fmt::print("| {} | {:.2g} | {:.2g} | {}: {} | {:.2g} | {:.2g} |\n", one.model, one.gpu.mean,
               one.gpu.worst, most_divergence, one.gpu.worst < most_divergence ? "yes" : "no",
               one.other_cpu.mean, one.other_cpu.worst);
    std::fflush(stdout);
}

void measure(const std::string& path, kernels::Backend& gpu, const Options& options) {
    const std::string name = std::filesystem::path(path).stem().string();
    const bool is_v2_lite = name.starts_with("v2-lite");
    bench::WaitingBackend backend(gpu);
    const auto file = engine::gguf::File::open(path);
    const auto model = engine::load_model(file, backend);
    const auto cache =
        model->make_cache(options.depth + std::max(options.prompt, options.generate) + 8, gpu.cache_format());
    Runner runner(*model, *cache, backend);
    print_row(name, fmt::format("prefill of {}", options.prompt), runner.prefill(options.prompt),
              is_v2_lite ? 15000 : 0, false);
    print_row(name, "decode", runner.decode(options.generate), is_v2_lite ? 400 : 0, true);
    if (options.depth == 0) return;
    runner.fill(options.depth);
    print_row(name, fmt::format("decode behind {}", options.depth), runner.decode(options.generate), 0, true);
}

/// False: the words make no sense.
bool read_options(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        std::int64_t* number = word == "--prompt"     ? &options.prompt
                               : word == "--generate" ? &options.generate
                               : word == "--depth"    ? &options.depth
                               : word == "--compare"  ? &options.compare
                                                      : nullptr;
        if (number == nullptr) {
            if (word.starts_with("--")) return false;
            options.models.push_back(word);
            continue;
        }
        if (++i == argc) return false;
        *number = std::stoll(argv[i]);
        if (*number < (number == &options.depth || number == &options.compare ? 0 : 1)) return false;
    }
    return !options.models.empty();
}

int run(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        fmt::print(stderr, "usage: {} [--prompt N] [--generate N] [--depth N] [--compare N] MODEL.gguf...\n",
                   argv[0]);
        return 2;
    }
    const auto module = engine::gpu_module_path();
    if (!module) {
        fmt::print("GPUs are turned off (SPOUTNIK_CUDA_MODULE).\n");
        return 77;
    }
    bool is_well = true;
    bool has_gpu = true;
    // A device of its own for each model, and what fails with one is said in its row: the others go on.
    const auto for_each_model = [&](const auto& use) {
        for (const std::string& model : options.models) {
            try {
                const auto answer = kernels::cuda::open_module(module->string());
                if (answer.backend) {
                    use(model, *answer.backend);
                    continue;
                }
                fmt::print("{}\n", answer.problem);
                has_gpu = false;
            } catch (const std::exception& error) {
                fmt::print("| {} | **{}** |\n", std::filesystem::path(model).stem().string(), error.what());
                is_well = false;
            }
            std::fflush(stdout);
        }
    };
    fmt::print(
        "\n### Whole models\n\n| model | | tokens/s | us of the host a token | host's share | target |\n"
        "| --- | --- | ---: | ---: | ---: | --- |\n");
    for_each_model([&](const std::string& model, kernels::Backend& gpu) { measure(model, gpu, options); });
    if (!has_gpu) return 77;
    if (options.compare == 0) return is_well ? 0 : 1;
    // The speeds are there by now, if the comparison should take too long.
    fmt::print("\n### Whole models against the CPU: KL divergence of {} tokens\n\n"
               "| model | mean | worst | target | another instruction set of the CPU: mean | worst |\n"
               "| --- | ---: | ---: | --- | ---: | ---: |\n",
               options.compare);
    for_each_model([&](const std::string& model, kernels::Backend& gpu) {
        const Comparison comparison = compare(model, gpu, options.compare);
        print(comparison);
        is_well = is_well && comparison.gpu.worst < most_divergence;
    });
    return is_well ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
