// SPDX-License-Identifier: MIT
#include "engine/session/draft_pace.h"

#include <algorithm>

namespace spoutnik::engine {
namespace {

/// A draft that promises less is not worth what it may cost.
constexpr double least_gain = 1.05;
/// What one more token is taken to add to a pass where nothing was measured: low enough to be tried where
/// drafts are likely. Mixtures of experts add this much.
constexpr double hoped_slope = 0.4;
constexpr std::int64_t time_memory = 8;
constexpr std::int64_t single_memory = 4;
constexpr std::int64_t chance_memory = 16;
constexpr std::int64_t shortest_patience = 32;
constexpr std::int64_t longest_patience = 1024;
constexpr std::int64_t most_in_probe = 3;
/// Passes over one token before the layer's first guesses, whose gain is small: everything is compared with
/// these passes, and the first finds caches cold. What is copied costs nothing to find, and short answers end
/// soon.
constexpr std::int64_t settled = 3;
/// Passes with drafts before one without, which tells whether the machine has become another since.
constexpr std::int64_t longest_trust = 32;

} // namespace

void DraftPace::Mean::add(double sample, std::int64_t memory) {
    count = std::min(count + 1, memory);
    value += (sample - value) / static_cast<double>(count);
}

void DraftPace::passed(std::int64_t tokens, double seconds) {
    if (tokens == 1) {
        if (single_.count > 0 && single_.count < settled) seconds = std::min(seconds, single_.value);
        if (single_.count < settled)
            single_ = {seconds, single_.count + 1};
        else
            single_.add(seconds, single_memory);
        since_single_ = 0;
        ++idle_;
        return;
    }
    if (tokens < 1 || tokens > most_drafts + 1 || single_.count == 0 || single_.value <= 0) return;
    // A pass never needs more than its tokens one by one; what took longer was disturbed.
    const double ratio = std::min(seconds / single_.value, static_cast<double>(tokens));
    passes_[static_cast<std::size_t>(tokens)].add(ratio, time_memory);
    ++since_single_;
    idle_ = 0;
}

void DraftPace::guessed(bool upon_a_guess, double seconds) {
    if (single_.count == 0 || single_.value <= 0) return;
    guesses_[upon_a_guess ? 1 : 0].add(std::min(seconds / single_.value, 1.0), time_memory);
}

void DraftPace::compared(DraftSource source, bool was_right) {
    chances_[static_cast<std::size_t>(source)].add(was_right ? 1.0 : 0.0, chance_memory);
}

double DraftPace::cost(std::int64_t tokens) const {
    // Between two measured sizes, and beyond the largest, times lie on a line. The step from one token to two
    // is larger than what follows (one vector has kernels of its own), so that alone it says little of the
    // others.
    std::int64_t below = 1;
    double below_cost = 1.0;
    double slope = hoped_slope;
    for (std::int64_t n = 2; n <= most_drafts + 1; ++n) {
        const Mean& measured = passes_[static_cast<std::size_t>(n)];
        if (measured.count == 0) continue;
        if (n == tokens) return measured.value;
        if (n > tokens) {
            const double part = static_cast<double>(tokens - below) / static_cast<double>(n - below);
            return below_cost + part * (measured.value - below_cost);
        }
        slope = std::max(0.0, (measured.value - below_cost) / static_cast<double>(n - below));
        if (below == 1) slope = std::min(slope, hoped_slope);
        below = n;
        below_cost = measured.value;
    }
    return below_cost + slope * static_cast<double>(tokens - below);
}

/// Time of `count` guesses in a row, in those of a pass over one token. They are told apart because the first
/// is dearer: charged with it, no number of guesses would seem to pay where one does not.
double DraftPace::guesses_cost(std::int64_t count) const {
    const auto& [first, next] = guesses_;
    const double one = next.count > 0 ? next.value : first.value;
    return (first.count > 0 ? first.value : one) + one * static_cast<double>(count - 1);
}

DraftPace::Choice DraftPace::best(DraftSource source, std::int64_t most, bool hopeful) const {
    const double p = chance(source);
    const bool guesses = source == DraftSource::next_token_layer;
    Choice choice;
    double tokens = 1.0;
    double reached = 1.0; // p^k: all drafts so far are right
    for (std::int64_t k = 1; k <= std::min(most, most_drafts); ++k) {
        reached *= p;
        tokens += reached;
        const double pass = hopeful ? 1.0 + hoped_slope * static_cast<double>(k) : cost(1 + k);
        const double gain = tokens / (pass + (guesses ? guesses_cost(k) : 0.0));
        if (gain > std::max(choice.gain, least_gain)) choice = {k, gain};
    }
    return choice;
}

DraftPace::Choice DraftPace::choose(DraftSource source, std::int64_t most) {
    const bool guesses = source == DraftSource::next_token_layer;
    if (single_.count < (guesses ? settled : 1) || since_single_ >= longest_trust)
        return {}; // nothing to compare with
    const Choice choice = best(source, most, false);
    if (choice.drafts > 0) patience_ = shortest_patience;
    return choice;
}

std::int64_t DraftPace::probe(DraftSource source, std::int64_t most) {
    if (idle_ < patience_) return 0;
    const std::int64_t drafts = best(source, std::min(most, most_in_probe), true).drafts;
    if (drafts == 0) return 0;
    patience_ = std::min(2 * patience_, longest_patience);
    return drafts;
}

} // namespace spoutnik::engine
