// SPDX-License-Identifier: MIT
// Every architecture and variant, whole, against the naive forward pass in double precision.
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

// F32 weights, F32 cache. Rounding alone leaves 1e-14 to 1e-12; the smallest mistake known costs 1e-3.
constexpr double tolerance = 1e-9;
constexpr std::int64_t positions = 40;

} // namespace

TEST_CASE("Every architecture and variant computes what the papers say") {
    for (const TinySpec& spec : testing::tiny_zoo()) {
        DYNAMIC_SECTION(spec.architecture << ": " << spec.name) {
            const TinyModel tiny(spec);
            const auto tokens = testing::tiny_tokens(positions, spec.vocabulary);
            const auto logits = Loaded(tiny).logits(tokens);
            const auto expected = testing::naive_forward(tiny, tokens);
            REQUIRE(logits.size() == expected.size());
            const double error = testing::nmse(logits, expected);
            CAPTURE(error);
            CHECK(error <= tolerance);
        }
    }
}

TEST_CASE("The three layouts of the K/V up-projection give the same logits") {
    for (const char* family : {"v3", "v2-lite"}) {
        DYNAMIC_SECTION(family) {
            const auto tokens = testing::tiny_tokens(positions, 96);
            const std::string name = family;
            const TinyModel whole(testing::tiny_spec(name + " layout A"));
            const TinyModel both(testing::tiny_spec(name + " layout B"));
            const TinyModel split(testing::tiny_spec(name));
            const auto a = Loaded(whole).logits(tokens);
            CHECK(a == Loaded(both).logits(tokens)); // the same bytes, in other tensors
            CHECK(a == Loaded(split).logits(tokens));
        }
    }
}

TEST_CASE("A narrower cache costs its rounding and no more") {
    const TinyModel tiny(testing::tiny_spec("v3"));
    const auto tokens = testing::tiny_tokens(positions, 96);
    const Loaded loaded(tiny);
    const auto expected = testing::naive_forward(tiny, tokens);
    CHECK(testing::nmse(loaded.logits(tokens, kernels::Format::f16), expected) < 1e-4);
    CHECK(testing::nmse(loaded.logits(tokens, kernels::Format::bf16), expected) < 1e-2);
}
