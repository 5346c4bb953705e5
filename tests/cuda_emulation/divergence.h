// SPDX-License-Identifier: MIT
// How far two models' logits are apart.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace spoutnik::cuda_emulation {

/// Kullback-Leibler divergence of two softmaxes in nats, for each row of `vocabulary` logits; infinite where
/// one is not a number.
inline std::vector<double> divergences(std::span<const float> expected, std::span<const float> actual,
                                       std::size_t vocabulary) {
    const auto log_softmax = [](std::span<const float> logits) {
        const double most = *std::ranges::max_element(logits);
        double sum = 0;
        for (const float logit : logits)
            sum += std::exp(logit - most);
        std::vector<double> logs;
        for (const float logit : logits)
            logs.push_back(logit - most - std::log(sum));
        return logs;
    };
    std::vector<double> all;
    for (std::size_t row = 0; row < expected.size(); row += vocabulary) {
        const auto p = log_softmax(expected.subspan(row, vocabulary));
        const auto q = log_softmax(actual.subspan(row, vocabulary));
        double divergence = 0;
        for (std::size_t i = 0; i < p.size(); ++i)
            divergence += std::exp(p[i]) * (p[i] - q[i]);
        all.push_back(std::isfinite(divergence) ? divergence : std::numeric_limits<double>::infinity());
    }
    return all;
}

} // namespace spoutnik::cuda_emulation
