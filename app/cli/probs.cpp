// SPDX-License-Identifier: MIT
#include "app/cli/cache_format.h"
#include "app/cli/commands.h"
#include "app/cli/placement_options.h"

#include "engine/session/placed_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/core.h>

namespace spoutnik::app::cli {
namespace {

/// Softmax of one position in double precision.
std::vector<double> probabilities(std::span<const float> logits) {
    const float highest = *std::ranges::max_element(logits);
    std::vector<double> p(logits.size());
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
        sum += p[i] = std::exp(static_cast<double>(logits[i]) - highest);
    for (double& value : p)
        value /= sum;
    return p;
}

void print_position(std::size_t position, std::int32_t token, const std::vector<double>& p, std::size_t top) {
    std::vector<std::int32_t> order(p.size());
    std::iota(order.begin(), order.end(), 0);
    const auto more_probable = [&](std::int32_t a, std::int32_t b) {
        const double pa = p[static_cast<std::size_t>(a)];
        const double pb = p[static_cast<std::size_t>(b)];
        return pa != pb ? pa > pb : a < b;
    };
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(top, order.size()));
    std::partial_sort(order.begin(), end, order.end(), more_probable);
    fmt::print("{{\"i\":{},\"token\":{},\"top\":[", position, token);
    for (auto it = order.begin(); it != end; ++it)
        fmt::print("{}[{},{:.9g}]", it == order.begin() ? "" : ",", *it, p[static_cast<std::size_t>(*it)]);
    fmt::print("]}}\n");
}

} // namespace

int run_probs(const ProbsOptions& options) {
    const engine::Devices devices = engine::open_devices(options.threads, device_choice(options.placement));
    // Logits of a few positions at a time: a long text times a large vocabulary would not fit in memory.
    constexpr std::size_t positions_at_once = 64;
    engine::PlacementWish wish;
    wish.request.context = static_cast<std::int64_t>(options.tokens.size());
    wish.request.prefill_batch = positions_at_once;
    wish.request.gpu_expert_layers = gpu_expert_layers(options.placement);
    wish.cache_format = cache_format(options.cache_format);
    wish.allow_oversize = true; // a few positions of what is larger than memory are worth a wait
    const auto placed = engine::load_placed(engine::gguf::File::open(options.model), wish, devices);
    const auto& model = placed.model;
    const auto& cache = placed.cache;
    const auto vocabulary = static_cast<std::size_t>(model->description().vocabulary);
    for (std::size_t begin = 0; begin < options.tokens.size(); begin += positions_at_once) {
        const std::size_t end = std::min(begin + positions_at_once, options.tokens.size());
        const std::span<const std::int32_t> part(options.tokens.data() + begin, end - begin);
        const std::vector<float> logits = model->forward(part, *cache, engine::Logits::all);
        for (std::size_t i = 0; i < part.size(); ++i)
            print_position(begin + i, part[i],
                           probabilities(std::span(logits).subspan(i * vocabulary, vocabulary)),
                           static_cast<std::size_t>(options.top));
    }
    return 0;
}

} // namespace spoutnik::app::cli
