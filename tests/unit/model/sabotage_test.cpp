// SPDX-License-Identifier: MIT
// Would the comparison with the naive pass notice? Each mistake known to be easy to make is put into the
// naive pass, and the distance must then leave the tolerance far behind: a test that cannot fail proves
// nothing.
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using testing::Loaded;
using testing::Mistake;
using testing::TinyModel;

namespace {

struct Sabotage {
    const char* what;
    Mistake mistake;
    const char* model;
};

constexpr Sabotage sabotages[] = {
    {"YaRN's m^2 is missing from attention's scale", Mistake::no_attention_multiplier, "v3"},
    {"the same on V2-Lite", Mistake::no_attention_multiplier, "v2-lite"},
    {"YaRN's magnitude is put on cosines and sines", Mistake::magnitude_on_rotation, "v3"},
    {"YaRN's magnitude is left out where it belongs", Mistake::magnitude_on_rotation, "llama yarn"},
    {"pairs are halves instead of adjacent", Mistake::other_pairs, "v3"},
    {"the same on llama", Mistake::other_pairs, "llama"},
    {"pairs are adjacent instead of halves", Mistake::other_pairs, "qwen2"},
    {"the same on qwen3moe", Mistake::other_pairs, "qwen3moe"},
    {"YaRN's rates are ignored", Mistake::scaling_ignored, "v3"},
    {"YaRN's rates are ignored on qwen2", Mistake::scaling_ignored, "qwen2 yarn"},
    {"linear scaling is ignored", Mistake::scaling_ignored, "llama linear"},
    {"the scale is that of the latent's width", Mistake::scale_of_latent, "v3"},
    {"Llama 3's divisors are ignored", Mistake::divisors_ignored, "llama, all the extras"},
    {"a query's turned values are taken first", Mistake::position_first, "v3"},
    {"the shared key is not turned", Mistake::key_not_turned, "v3"},
    {"the norm runs over the shared key too", Mistake::norm_over_shared_key, "v3"},
    {"the latent is not normed", Mistake::latent_not_normed, "v3"},
    {"the heads' norm comes after the turn", Mistake::head_norm_after_turn, "qwen3moe"},
    {"biases are ignored", Mistake::biases_ignored, "qwen2"},
    {"the output's bias is ignored", Mistake::biases_ignored, "llama, all the extras"},
    {"queries meet the wrong key head", Mistake::wrong_kv_head, "llama"},
    {"the future is seen", Mistake::sees_future, "v3"},
    {"the future is seen by llama", Mistake::sees_future, "llama"},
    {"softmax for sigmoid", Mistake::other_gate, "v3"},
    {"sigmoid for softmax", Mistake::other_gate, "v2-lite"},
    {"weights are not renormalised", Mistake::no_renormalisation, "v3"},
    {"the same on Mixtral", Mistake::no_renormalisation, "mixtral"},
    {"the same on qwen3moe", Mistake::no_renormalisation, "qwen3moe"},
    {"weights are renormalised although the file says no", Mistake::renormalised, "v2-lite"},
    {"the weights' scale is missing", Mistake::no_weights_scale, "v3"},
    {"the selection bias enters the weights", Mistake::bias_in_weights, "v3"},
    {"the selection bias is ignored", Mistake::bias_ignored, "v3"},
    {"groups are judged by their best expert on V3", Mistake::other_group_score, "v3"},
    {"groups are judged by their two best on V2", Mistake::other_group_score,
     "v2: groups by their best expert"},
    {"groups are ignored", Mistake::groups_ignored, "v3"},
    {"the shared expert is forgotten", Mistake::no_shared_expert, "v3"},
    {"one expert too few", Mistake::one_expert_less, "v3"},
    {"up and gate are swapped in the fused tensor", Mistake::up_before_gate, "v3 fused gate and up"},
};

} // namespace

TEST_CASE("Every known mistake turns the comparison red") {
    for (const Sabotage& sabotage : sabotages) {
        DYNAMIC_SECTION(sabotage.what) {
            const TinyModel tiny(testing::tiny_spec(sabotage.model));
            const auto tokens = testing::tiny_tokens(40, tiny.spec.vocabulary);
            const auto logits = Loaded(tiny).logits(tokens);
            REQUIRE(testing::nmse(logits, testing::naive_forward(tiny, tokens)) <= 1e-9);
            const double error =
                testing::nmse(logits, testing::naive_forward(tiny, tokens, sabotage.mistake));
            CAPTURE(error);
            CHECK(error > 1e-4); // a hundred thousand times the tolerance of the real comparison
        }
    }
}
