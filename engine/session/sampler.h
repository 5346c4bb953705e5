// SPDX-License-Identifier: MIT
// From logits to a token.
#pragma once

#include "engine/session/random.h"
#include "engine/session/session.h"

#include <span>
#include <vector>

namespace spoutnik::engine {

/// Chooses tokens. In this order: penalties on the logits, temperature, top-k, top-p, min-p, draw. The same
/// settings, seed and logits give the same tokens on every platform: ties go to the lower id, and no function
/// of the C library whose last bit may differ takes part.
class Sampler {
  public:
    /// Settings out of range are brought into it; a seed of 0 is replaced by a fresh one.
    explicit Sampler(const SamplerSettings& settings);

    std::uint64_t seed() const { return settings_.seed; }

    /// The next token for logits [vocabulary], which are used up. `history`: the sequence so far, for the
    /// penalties. Throws Error when the logits are not numbers.
    Token choose(std::span<float> logits, std::span<const Token> history);

    /// How many of the largest logits are enough to choose from; 0: all are needed, as penalties may raise
    /// any of them.
    std::int64_t enough_logits() const;
    /// The token that choose() takes of all logits, from the enough_logits() largest ones (or all, where
    /// there are fewer) and whose they are, as TopLogits has them.
    Token choose_of_top(std::span<const float> values, std::span<const Token> tokens);

  private:
    struct Candidate {
        float logit;
        Token token;
        double weight; ///< probability, not normalised
    };

    void apply_penalties(std::span<float> logits, std::span<const Token> history);
    template <class TokenOf>
    void collect_candidates(std::span<const float> logits, TokenOf&& token_of);
    Token draw();
    bool has_penalties() const;
    bool is_greedy() const { return settings_.temperature == 0.0F || settings_.top_k == 1; }
    void cut_unlikely();

    SamplerSettings settings_;
    Random random_;
    std::vector<Candidate> candidates_;
    std::vector<Token> window_;
};

/// The probabilities of logits at temperature 1, in double precision.
std::vector<double> softmax(std::span<const float> logits);

} // namespace spoutnik::engine
