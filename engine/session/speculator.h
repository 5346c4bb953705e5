// SPDX-License-Identifier: MIT
// Drafts of the tokens to come, from the text itself or from the model's next-token layer. Whoever asks
// checks them in one pass and keeps what the sampler chooses anyway: drafts change when tokens come, never
// which.
#pragma once

#include "engine/session/draft_pace.h"
#include "engine/session/prompt_lookup.h"
#include "engine/session/session.h"

#include <cstdint>
#include <span>
#include <vector>

namespace spoutnik::engine {

/// Seconds since some moment. Tests bring a clock of their own.
using PassClock = double (*)();
double steady_seconds();

class Speculator {
  public:
    /// The references outlive it. `has_layer`: Model::enable_drafts() was called for this cache.
    Speculator(Model& model, KvCache& cache, bool has_layer, PassClock clock)
        : model_(&model), cache_(&cache), has_layer_(has_layer), clock_(clock) {}

    /// A new answer to what the cache now holds. Throws Error when the mode cannot be had.
    void begin(Speculation mode, std::span<const Token> prompt);
    /// The answer goes on with `token`.
    void follow(Token token);
    /// Drafts, `most` at most, for what comes after the token that follow() was last called with, which the
    /// cache does not hold yet. Ids are below `vocabulary`.
    std::vector<Token> draft(std::int64_t most, std::int64_t vocabulary);
    /// A pass of decode over `tokens` tokens.
    void passed(std::int64_t tokens, double seconds) { pace_.passed(tokens, seconds); }

  private:
    /// Guesses upon guesses of one layer where they are made untold; `automatic` measures how many pay.
    static constexpr std::int64_t longest_chain = 3;
    /// Tokens that the layer has to catch up with at most when it guesses in every pass.
    static constexpr std::int64_t usual_gap = DraftPace::most_drafts + 1;

    bool looks_up() const { return mode_ == Speculation::automatic || mode_ == Speculation::lookup; }
    std::vector<Token> send(std::vector<Token> tokens, DraftSource source);
    std::vector<Token> choose(PromptLookup::Draft found, std::int64_t most, std::int64_t vocabulary);
    std::vector<Token> guess(std::int64_t count, std::int64_t vocabulary);

    Model* model_;
    KvCache* cache_;
    bool has_layer_;
    PassClock clock_;
    Speculation mode_ = Speculation::off;
    PromptLookup lookup_;
    DraftPace pace_; ///< what was learnt stays for the next answer
    Token last_ = -1;
    std::int64_t gap_ = 0; ///< tokens since the last guess: the layer has to see them before the next

    // What the model says is compared with the latest drafts, with those that were not sent too: that costs
    // nothing and tells when to begin again.
    std::vector<Token> compared_;
    std::size_t right_ = 0; ///< of compared_, from the first
    DraftSource source_ = DraftSource::match_of_2;
};

} // namespace spoutnik::engine
