// SPDX-License-Identifier: MIT
// What the engine is judged by: a forward pass in double precision that shares no code with it. It works
// token by token with plain loops, keeps full keys and values of every head, and reads a model's description
// rather than its metadata. It can be made to commit each mistake that is known to be easy to make, so that a
// test can show that it would notice.
#pragma once

#include "tests/support/tiny_model.h"

#include <cstdint>
#include <span>
#include <vector>

namespace spoutnik::testing {

enum class Mistake {
    none,
    // Attention's scale and rotation
    no_attention_multiplier, ///< YaRN's m^2 left out
    magnitude_on_rotation,   ///< YaRN's magnitude on cosines and sines although DeepSeek's cancels (and vice
                             ///< versa)
    other_pairs,             ///< adjacent pairs turned as halves, and vice versa
    scaling_ignored,         ///< every pair at its unstretched rate
    scale_of_latent,         ///< 1/sqrt(latent + position) instead of 1/sqrt(key)
    divisors_ignored,
    position_first, ///< a head's turned values taken before the others
    key_not_turned, ///< the shared key goes into the cache as it is
    // Norms and biases
    norm_over_shared_key, ///< the latent's norm taken over the shared key too
    latent_not_normed,
    head_norm_after_turn,
    biases_ignored,
    // Heads
    wrong_kv_head, ///< h % kv_heads instead of h / (heads / kv_heads)
    sees_future,
    // Experts
    other_gate, ///< softmax for sigmoid and vice versa
    no_renormalisation,
    renormalised, ///< although it should not be
    no_weights_scale,
    bias_in_weights,
    bias_ignored,
    other_group_score, ///< the best expert for the two best, and vice versa
    groups_ignored,
    no_shared_expert,
    one_expert_less,
    up_before_gate, ///< of the fused tensor
};

/// What meets a quantised matrix.
enum class Activations {
    exact, ///< doubles, as they are
    // Rounded to 8 bits first, in blocks of 32 or, for K formats, of 256. Latent attention then is in its
    // absorbed form, since rounding tells the forms apart.
    as_engine,    ///< as kernels/cpu/int8_rows.h says
    as_llama_cpp, ///< Q8_0 with its scale in f16, Q8_K with the sign of the peak; F16 and BF16 round too
};

/// Logits [tokens, vocabulary].
std::vector<double> naive_forward(const TinyModel& model, std::span<const std::int32_t> tokens,
                                  Mistake mistake = Mistake::none,
                                  Activations activations = Activations::exact);

/// Logits [tokens - 1 + chained, vocabulary] of the next-token layer: row i guesses the token after i + 1;
/// the last rows go on from their own guesses, `chained`.
std::vector<double> naive_next_token(const TinyModel& model, std::span<const std::int32_t> tokens,
                                     std::span<const std::int32_t> chained = {});

/// Squared error over squared reference, all values together.
double nmse(std::span<const float> result, std::span<const double> reference);

} // namespace spoutnik::testing
