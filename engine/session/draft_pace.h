// SPDX-License-Identifier: MIT
// How many tokens are worth drafting. A pass over 1 + k tokens takes longer than one over a single token (a
// mixture of experts reads up to so many times the experts), and gives 1 + p + ... + p^k tokens when each
// draft is right with probability p (Leviathan et al. 2023, equation 1). Both sides are measured while
// answers are written; drafts are made where the quotient is better than without.
#pragma once

#include <array>
#include <cstdint>

namespace spoutnik::engine {

/// Where drafts come from; what is found by more tokens is right more often, so it is counted apart.
enum class DraftSource { match_of_2, match_of_3, match_of_4, next_token_layer };

class DraftPace {
  public:
    static constexpr std::int64_t most_drafts = 8;

    /// A decision: so many drafts, and how many times faster than without they promise to be.
    struct Choice {
        std::int64_t drafts = 0;
        double gain = 1.0;
    };
    /// The best number of drafts from 0 to `most`.
    Choice choose(DraftSource source, std::int64_t most);
    /// The same where choose() has said 0 for a while: now and then a few drafts all the same, so that times
    /// and luck that have changed are noticed. Rarer each time, until choose() says otherwise.
    std::int64_t probe(DraftSource source, std::int64_t most);

    // Measurements

    /// A pass over `tokens` tokens.
    void passed(std::int64_t tokens, double seconds);
    /// A guess of the next-token layer: the first in a row, for which the layer also goes through the tokens
    /// since the last pass, or one `upon_a_guess`.
    void guessed(bool upon_a_guess, double seconds);
    /// A draft whose predecessors were all right was compared with what the model said.
    void compared(DraftSource source, bool was_right);

    /// Time of a pass over `tokens` tokens, in those over one; a guess where it was not measured yet.
    double cost(std::int64_t tokens) const;
    double chance(DraftSource source) const { return chances_[static_cast<std::size_t>(source)].value; }

  private:
    /// A mean that begins with all values alike and then forgets the oldest.
    struct Mean {
        double value = 0;
        std::int64_t count = 0;
        void add(double sample, std::int64_t memory);
    };
    Choice best(DraftSource source, std::int64_t most, bool hopeful) const;
    double guesses_cost(std::int64_t count) const;

    Mean single_;                                       ///< seconds of a pass over one token
    std::array<Mean, most_drafts + 2> passes_;          ///< [tokens]: time over single_'s
    std::array<Mean, 2> guesses_{{{0.1, 0}, {0.1, 0}}}; ///< [upon_a_guess]: time over single_'s
    /// The layer's is what DeepSeek-V3's report says of its own (section 5.4.3: 0.85 to 0.9). Less, and
    /// nothing would be tried where a pass over two tokens costs much more than one.
    std::array<Mean, 4> chances_{{{0.3, 4}, {0.5, 4}, {0.6, 4}, {0.85, 4}}};
    std::int64_t since_single_ = 0; ///< passes since one over one token
    std::int64_t idle_ = 0;         ///< tokens since drafts were last made
    std::int64_t patience_ = 32;    ///< of them, before a probe
};

} // namespace spoutnik::engine
