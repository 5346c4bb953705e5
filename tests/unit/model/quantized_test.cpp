// SPDX-License-Identifier: MIT
// Whole models in every weight format, against the naive pass over the values that the blocks say, with
// activations rounded as the engine's definition says. Mostly only f32 stands between the two. Now and then a
// value lies so near the middle of two codes that they round it apart; later layers and positions then round
// apart in turn, and the difference grows to that of the rounding itself. So most models must agree to 1e-9,
// and none may be further off than rounding explains.
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using kernels::Format;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

constexpr double agrees = 1e-9;
constexpr double explained_by_rounding = 2e-2; ///< 8 bits, and experts that change places

double error_of(const TinyModel& tiny) {
    const auto tokens = testing::tiny_tokens(16, tiny.spec.vocabulary);
    return testing::nmse(
        Loaded(tiny).logits(tokens),
        testing::naive_forward(tiny, tokens, testing::Mistake::none, testing::Activations::as_engine));
}

TinySpec small(TinySpec spec, Format format) {
    spec.layers = spec.is_deepseek() && spec.query_rank == 0 ? 2 : 2;
    spec.vocabulary = 300;
    spec.hidden = 256;
    spec.dense_ff = 256;
    spec.expert_ff = 256;
    spec.latent = 64;
    spec.content = 32;
    spec.format = format;
    return spec;
}

} // namespace

TEST_CASE("Every weight format gives the logits of its values") {
    int models = 0;
    int agreeing = 0;
    for (const auto& traits : kernels::all_formats()) {
        for (const char* family : {"v3", "qwen3moe"}) {
            const TinyModel tiny(small(testing::tiny_spec(family), traits.format));
            const double error = error_of(tiny);
            INFO(traits.name << ", " << family);
            CHECK(error <= (traits.values_per_block == 1 ? agrees : explained_by_rounding));
            ++models;
            agreeing += error <= agrees ? 1 : 0;
        }
    }
    INFO(agreeing << " of " << models << " agree");
    CHECK(2 * agreeing >= models);
}

TEST_CASE("Layout A of a quantised file costs one rounding of the key projection to F16") {
    for (const Format format : {Format::q8_0, Format::q4_0, Format::bf16, Format::f16}) {
        DYNAMIC_SECTION(kernels::traits_of(format).name) {
            const double error = error_of(TinyModel(small(testing::tiny_spec("v3 layout A"), format)));
            CAPTURE(error);
            const bool exact = format == Format::bf16 || format == Format::f16;
            CHECK(error <= (exact ? agrees : 1.5 * explained_by_rounding));
        }
    }
}
