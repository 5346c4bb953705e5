// SPDX-License-Identifier: MIT
// What is made of measured speeds, and that they can be measured.
#include "engine/placement/read_speed.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::Plan;
using engine::predict_decode;
using engine::ReadSpeed;
using kernels::Format;

namespace {

Plan plan_of(std::map<Format, std::uint64_t> read) {
    Plan plan;
    plan.layers = 10;
    plan.cache_bytes_per_token = 1000;
    plan.read_per_token = std::move(read);
    return plan;
}

} // namespace

TEST_CASE("a token takes as long as reading what it reads") {
    const Plan plan = plan_of({{Format::q4_k, 800'000'000}, {Format::f32, 100'000'000}});
    ReadSpeed speed;
    speed.memory_bytes_per_second = 10e9;
    CHECK(predict_decode(plan, speed, 0) == Approx(10e9 / 900e6));
    speed.weights_bytes_per_second[Format::q4_k] = 8e9; // arithmetic holds it back
    CHECK(predict_decode(plan, speed, 0) == Approx(1 / (0.1 + 0.01)));
    CHECK(predict_decode(plan, speed, 100'000) == Approx(1 / (0.1 + 0.01 + 0.01)));
    speed.seconds_per_operation = 5e-5; // 20 operations in each of 10 layers
    CHECK(predict_decode(plan, speed, 0) == Approx(1 / (0.1 + 0.01 + 0.01)));
    CHECK(predict_decode(plan_of({}), ReadSpeed{}, 0) == 0);
}

TEST_CASE("every format of a model is measured that is worth it") {
    const auto backend = kernels::make_cpu_backend({.threads = 2});
    const Plan plan = plan_of(
        {{Format::q4_k, 500}, {Format::q8_0, 400}, {Format::mxfp4, 95}, {Format::f16, 5}, {Format::f32, 9}});
    const ReadSpeed speed = engine::measure_read_speed(*backend, plan, std::chrono::milliseconds(40));
    CHECK(speed.memory_bytes_per_second > 1e7);
    CHECK(speed.seconds_per_operation > 0);
    CHECK(speed.weights_bytes_per_second.size() == 5);
    for (const auto& [format, rate] : speed.weights_bytes_per_second)
        CHECK(rate > 1e6);
    CHECK(speed.weights_bytes_per_second.at(Format::f16) == speed.memory_bytes_per_second); // hardly read
    CHECK(predict_decode(plan, speed, 0) > 0);
}
