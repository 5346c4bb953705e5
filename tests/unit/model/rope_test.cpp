// SPDX-License-Identifier: MIT
#include "engine/model/rope.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace spoutnik::engine;

namespace {

RopeSettings deepseek_v3() {
    RopeSettings s;
    s.dims = 64;
    s.scaling = RopeScaling::yarn;
    s.factor = 40;
    s.original_context = 4096;
    return s;
}

} // namespace

TEST_CASE("Plain RoPE turns pair i by base^(-2i/dims) a position") {
    RopeSettings s;
    s.dims = 8;
    const RopeTable table(s);
    REQUIRE(table.dims() == 8);
    CHECK(table.rates()[0] == Approx(1.0));
    CHECK(table.rates()[1] == Approx(0.1));
    CHECK(table.rates()[3] == Approx(0.001));
    std::vector<float> rows(16);
    table.fill(5, 2, rows);
    CHECK(rows[0] == Approx(std::cos(5.0)));
    CHECK(rows[1] == Approx(std::sin(5.0)));
    CHECK(rows[8 + 2] == Approx(std::cos(0.6)));
    CHECK(rows[8 + 3] == Approx(std::sin(0.6)));
}

TEST_CASE("YaRN keeps fast pairs, divides slow ones and ramps between, at DeepSeek-V3's numbers") {
    const RopeTable table(deepseek_v3());
    const auto plain = [](int i) { return std::pow(10000.0, -2.0 * i / 64.0); };
    // 64 ln(4096 / 2 pi 32) / (2 ln 10000) = 10.47 and with 1 turn 22.5: the ramp runs from pair 10 to 23.
    for (const int i : {0, 5, 10})
        CHECK(table.rates()[static_cast<std::size_t>(i)] == Approx(plain(i)).epsilon(1e-12));
    for (const int i : {23, 31})
        CHECK(table.rates()[static_cast<std::size_t>(i)] == Approx(plain(i) / 40).epsilon(1e-12));
    const double ramp = (15.0 - 10.0) / 13.0;
    CHECK(table.rates()[15] == Approx(plain(15) * ((1 - ramp) + ramp / 40)).epsilon(1e-12));
}

TEST_CASE("The magnitude of YaRN multiplies cosines and sines when asked for") {
    RopeSettings s = deepseek_v3();
    CHECK(yarn_magnitude(s) == Approx(1.0 + 0.1 * std::log(40.0)));
    s.magnitude = yarn_magnitude(s);
    std::vector<float> row(64);
    RopeTable(s).fill(0, 1, row);
    CHECK(row[0] == Approx(1.36889).epsilon(1e-5));
    CHECK(row[1] == 0.0F);
    s.attention_factor = 2.0;
    CHECK(yarn_magnitude(s) == Approx(2.0 + 0.2 * std::log(40.0)));
    s.scaling = RopeScaling::linear;
    CHECK(yarn_magnitude(s) == 2.0);
}

TEST_CASE("Angles far out keep their precision") {
    const RopeTable table(deepseek_v3());
    std::vector<float> row(64);
    table.fill(163839, 1, row);
    CHECK(row[0] == Approx(std::cos(163839.0)).margin(1e-7));
    CHECK(row[1] == Approx(std::sin(163839.0)).margin(1e-7));
}
