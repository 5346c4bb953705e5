// SPDX-License-Identifier: MIT
// Whole models in every weight format, against the naive pass over the values that the blocks say:
// activations stay in f32, so a format costs nothing beside the rounding that made the file.
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
    for (const auto& traits : kernels::all_formats()) {
        for (const char* family : {"v3", "qwen3moe"}) {
            DYNAMIC_SECTION(traits.name << ", " << family) {
                const TinyModel tiny(small(testing::tiny_spec(family), traits.format));
                const auto tokens = testing::tiny_tokens(16, tiny.spec.vocabulary);
                const double error =
                    testing::nmse(Loaded(tiny).logits(tokens), testing::naive_forward(tiny, tokens));
                CAPTURE(error);
                CHECK(error <= 1e-9);
            }
        }
    }
}

TEST_CASE("Layout A of a quantised file costs one rounding of the key projection to F16") {
    for (const Format format : {Format::q8_0, Format::q4_0, Format::bf16, Format::f16}) {
        DYNAMIC_SECTION(kernels::traits_of(format).name) {
            const TinyModel tiny(small(testing::tiny_spec("v3 layout A"), format));
            const auto tokens = testing::tiny_tokens(16, tiny.spec.vocabulary);
            const double error =
                testing::nmse(Loaded(tiny).logits(tokens), testing::naive_forward(tiny, tokens));
            CAPTURE(error);
            const bool exact = format == Format::bf16 || format == Format::f16;
            CHECK(error <= (exact ? 1e-9 : 1e-6));
        }
    }
}
