// SPDX-License-Identifier: MIT
#include "engine/session/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace spoutnik::engine {
namespace {

/// e^x for x <= 0 by additions and multiplications only: the C library's exp differs in its last bit from one
/// platform to the next, and one bit can change a token. Relative error below 1e-15.
double exp_of_negative(double x) {
    if (x < -700.0) return 0.0;
    constexpr double log2_e = 1.4426950408889634;
    constexpr double ln2_high = 6.93147180369123816490e-01;
    constexpr double ln2_low = 1.90821492927058770002e-10;
    const double power = std::floor(x * log2_e + 0.5);
    const double rest = (x - power * ln2_high) - power * ln2_low; // in [-0.35, 0.35]
    double sum = 1.0;
    for (int n = 14; n >= 1; --n)
        sum = 1.0 + sum * rest / n;
    return std::ldexp(sum, static_cast<int>(power));
}

float in_range(float value, float low, float high, float fallback) {
    return std::isfinite(value) ? std::clamp(value, low, high) : fallback;
}

SamplerSettings in_range(SamplerSettings s) {
    s.temperature = in_range(s.temperature, 0.0F, 100.0F, 0.0F);
    s.top_k = std::max(s.top_k, 0);
    s.top_p = in_range(s.top_p, 0.0F, 1.0F, 1.0F);
    s.min_p = in_range(s.min_p, 0.0F, 1.0F, 0.0F);
    s.repetition_penalty = in_range(s.repetition_penalty, 0.01F, 100.0F, 1.0F);
    s.presence_penalty = in_range(s.presence_penalty, -100.0F, 100.0F, 0.0F);
    s.frequency_penalty = in_range(s.frequency_penalty, -100.0F, 100.0F, 0.0F);
    s.penalty_window = std::max(s.penalty_window, 0);
    while (s.seed == 0) {
        std::random_device device;
        s.seed = (std::uint64_t{device()} << 32U) | device();
    }
    return s;
}

/// The largest logit; what is not a number never wins.
float largest(std::span<const float> logits) {
    float top = -std::numeric_limits<float>::infinity();
    for (const float logit : logits)
        if (logit > top) top = logit;
    if (!std::isfinite(top)) throw Error("the model computed no usable numbers; its file may be damaged");
    return top;
}

} // namespace

Sampler::Sampler(const SamplerSettings& settings) : settings_(in_range(settings)), random_(settings_.seed) {
}

/// The top_k most likely tokens, most likely first, with their weights at the temperature.
template <class TokenOf>
void Sampler::collect_candidates(std::span<const float> logits, TokenOf&& token_of) {
    const double top = largest(logits);
    // Below this a token has less than e^-46 of the best one's probability: a whole vocabulary of such tokens
    // would be drawn once in 10^14 times.
    const double least = top - 46.0 * settings_.temperature;
    candidates_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (logits[i] >= least) candidates_.push_back({logits[i], token_of(i), 0.0});
    const auto likelier = [](const Candidate& a, const Candidate& b) {
        return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
    };
    const auto k = static_cast<std::size_t>(settings_.top_k);
    if (k != 0 && k < candidates_.size()) {
        std::partial_sort(candidates_.begin(), candidates_.begin() + settings_.top_k, candidates_.end(),
                          likelier);
        candidates_.resize(k);
    } else {
        std::sort(candidates_.begin(), candidates_.end(), likelier);
    }
    for (Candidate& candidate : candidates_)
        candidate.weight = exp_of_negative((candidate.logit - top) / settings_.temperature);
}

Token Sampler::choose(std::span<float> logits, std::span<const Token> history) {
    apply_penalties(logits, history);
    if (is_greedy()) {
        const float top = largest(logits);
        return static_cast<Token>(std::find(logits.begin(), logits.end(), top) - logits.begin());
    }
    collect_candidates(logits, [](std::size_t i) { return static_cast<Token>(i); });
    return draw();
}

bool Sampler::has_penalties() const {
    const SamplerSettings& s = settings_;
    return s.repetition_penalty != 1.0F || s.presence_penalty != 0.0F || s.frequency_penalty != 0.0F;
}

std::int64_t Sampler::enough_logits() const {
    if (has_penalties()) return 0;
    return is_greedy() ? 1 : settings_.top_k;
}

/// Top-k comes before every other cut, so what lies behind it is never looked at.
Token Sampler::choose_of_top(std::span<const float> values, std::span<const Token> tokens) {
    const float top = largest(values);
    if (is_greedy())
        return tokens[static_cast<std::size_t>(std::find(values.begin(), values.end(), top) -
                                               values.begin())];
    collect_candidates(values, [&](std::size_t i) { return tokens[i]; });
    return draw();
}

/// One of the candidates.
Token Sampler::draw() {
    cut_unlikely();
    double total = 0.0;
    for (const Candidate& candidate : candidates_)
        total += candidate.weight;
    double left = random_.uniform() * total;
    for (const Candidate& candidate : candidates_) {
        left -= candidate.weight;
        if (left < 0.0) return candidate.token;
    }
    return candidates_.back().token;
}

/// Repetition: Keskar et al. 2019 (CTRL), section 4.1. Presence and frequency: subtracted from the logit
/// once, and for each occurrence.
void Sampler::apply_penalties(std::span<float> logits, std::span<const Token> history) {
    if (!has_penalties()) return;
    const SamplerSettings& s = settings_;
    const auto recent = history.last(std::min(history.size(), static_cast<std::size_t>(s.penalty_window)));
    window_.assign(recent.begin(), recent.end());
    std::sort(window_.begin(), window_.end());
    for (auto first = window_.begin(); first != window_.end();) {
        const auto last = std::upper_bound(first, window_.end(), *first);
        const auto count = static_cast<float>(last - first);
        if (*first >= 0 && static_cast<std::size_t>(*first) < logits.size()) {
            float& logit = logits[static_cast<std::size_t>(*first)];
            logit = logit > 0.0F ? logit / s.repetition_penalty : logit * s.repetition_penalty;
            logit -= s.presence_penalty + count * s.frequency_penalty;
        }
        first = last;
    }
}

/// top-p (Holtzman et al. 2020): the fewest tokens whose probabilities reach p. min-p (Nguyen et al. 2024):
/// at least this part of the best one's probability. The best token always stays.
void Sampler::cut_unlikely() {
    double total = 0.0;
    for (const Candidate& candidate : candidates_)
        total += candidate.weight;
    std::size_t kept = candidates_.size();
    if (settings_.top_p < 1.0F) {
        const double enough = total * static_cast<double>(settings_.top_p);
        double reached = 0.0;
        kept = 0;
        while (kept < candidates_.size() && (kept == 0 || reached < enough))
            reached += candidates_[kept++].weight;
    }
    const double least = candidates_.front().weight * static_cast<double>(settings_.min_p);
    while (kept > 1 && candidates_[kept - 1].weight < least)
        --kept;
    candidates_.resize(kept);
}

std::vector<double> softmax(std::span<const float> logits) {
    const double top = largest(logits);
    std::vector<double> probabilities(logits.size());
    double total = 0.0;
    for (std::size_t t = 0; t < logits.size(); ++t) {
        probabilities[t] = std::isnan(logits[t]) ? 0.0 : exp_of_negative(logits[t] - top);
        total += probabilities[t];
    }
    for (double& p : probabilities)
        p /= total;
    return probabilities;
}

} // namespace spoutnik::engine
