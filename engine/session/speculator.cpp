// SPDX-License-Identifier: MIT
#include "engine/session/speculator.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace spoutnik::engine {
namespace {

DraftSource source_of_match(std::int64_t length) {
    if (length <= 2) return DraftSource::match_of_2;
    return length == 3 ? DraftSource::match_of_3 : DraftSource::match_of_4;
}

} // namespace

double steady_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Speculator::begin(Speculation mode, std::span<const Token> prompt) {
    if (mode == Speculation::mtp && !has_layer_)
        throw Error("This model was opened without a layer that predicts the token after the next.");
    mode_ = mode;
    last_ = -1;
    gap_ += static_cast<std::int64_t>(prompt.size());
    compared_.clear();
    lookup_.clear();
    if (looks_up())
        for (const Token token : prompt)
            lookup_.push(token);
}

void Speculator::follow(Token token) {
    last_ = token;
    ++gap_;
    if (mode_ == Speculation::off) return;
    if (looks_up()) lookup_.push(token);
    if (compared_.empty()) return;
    const bool was_right = compared_[right_] == token;
    pace_.compared(source_, was_right);
    ++right_;
    if (!was_right || right_ == compared_.size()) compared_.clear();
}

std::vector<Token> Speculator::draft(std::int64_t most, std::int64_t vocabulary) {
    if (mode_ == Speculation::off || most <= 0) return {};
    if (mode_ == Speculation::mtp)
        return send(guess(std::min(most, longest_chain), vocabulary), DraftSource::next_token_layer);
    most = std::min(most, DraftPace::most_drafts);
    PromptLookup::Draft found = lookup_.find(most);
    if (mode_ == Speculation::lookup) return send(std::move(found.tokens), source_of_match(found.matched));
    return choose(std::move(found), most, vocabulary);
}

/// From which source, and how many, by what was measured.
std::vector<Token> Speculator::choose(PromptLookup::Draft found, std::int64_t most, std::int64_t vocabulary) {
    const DraftSource source = source_of_match(found.matched);
    const auto count = static_cast<std::int64_t>(found.tokens.size());
    const DraftPace::Choice copy = pace_.choose(source, count);
    const std::int64_t chain = has_layer_ ? most : 0;
    const DraftPace::Choice layer = pace_.choose(DraftSource::next_token_layer, chain);
    if (layer.drafts > 0 && layer.gain > copy.gain)
        return send(guess(layer.drafts, vocabulary), DraftSource::next_token_layer);
    std::int64_t sent = copy.drafts;
    if (sent == 0) sent = pace_.probe(source, count);
    if (sent == 0)
        if (const std::int64_t tried = pace_.probe(DraftSource::next_token_layer, chain); tried > 0)
            return send(guess(tried, vocabulary), DraftSource::next_token_layer);
    if (sent > 0) {
        found.tokens.resize(static_cast<std::size_t>(sent));
        return send(std::move(found.tokens), source);
    }
    if (compared_.empty()) send(std::move(found.tokens), source);
    return {};
}

/// What is compared from now on with what the model says.
std::vector<Token> Speculator::send(std::vector<Token> tokens, DraftSource source) {
    compared_ = tokens;
    right_ = 0;
    source_ = source;
    return tokens;
}

/// The most probable token of each of `count` guesses, each upon the one before.
std::vector<Token> Speculator::guess(std::int64_t count, std::int64_t vocabulary) {
    double start = clock_();
    std::vector<Token> guesses;
    Token last = last_;
    while (std::cmp_less(guesses.size(), count)) {
        std::vector<float> logits = model_->draft(last, *cache_);
        if (logits.empty()) break;
        logits.resize(std::min(logits.size(), static_cast<std::size_t>(vocabulary)));
        last = static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
        const double end = clock_();
        // A whole prompt goes through the layer once, which says nothing of the next guesses.
        if (std::exchange(gap_, 0) <= usual_gap) pace_.guessed(!guesses.empty(), end - start);
        start = end;
        guesses.push_back(last);
    }
    return guesses;
}

} // namespace spoutnik::engine
