// SPDX-License-Identifier: MIT
// Choosing on the device against the CPU: experts, and the largest values of a row.
#include "cuda_emulation/orders.h"
#include "kernels/cuda/ops_routing.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <numeric>

using namespace spoutnik::kernels;
using spoutnik::cuda_emulation::for_each_order;
using test::Grid;
using test::Random;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

struct Choice {
    std::vector<std::int32_t> ids;
    std::vector<float> weights;

    explicit Choice(std::int64_t count)
        : ids(static_cast<std::size_t>(count), -7), weights(static_cast<std::size_t>(count), -7.0F) {}
    bool operator==(const Choice&) const = default;
};

struct Router {
    std::int64_t experts;
    RoutingRule rule;
};

std::vector<Router> routers() {
    std::vector<Router> all;
    for (const GateFunction gate : {GateFunction::softmax, GateFunction::sigmoid})
        for (const GroupScore score : {GroupScore::max, GroupScore::sum_of_top_2})
            for (const bool normalize : {false, true}) {
                all.push_back({7, {gate, 3, 1, 1, score, normalize, 1.0F}});
                all.push_back({64, {gate, 6, 1, 1, score, normalize, 16.0F}});
                all.push_back({160, {gate, 6, 8, 3, score, normalize, 16.0F}}); // DeepSeek-V2
                all.push_back({256, {gate, 8, 8, 4, score, normalize, 2.5F}});  // DeepSeek-V3
                all.push_back({12, {gate, 5, 4, 2, score, normalize, 1.5F}});
                all.push_back({6, {gate, 2, 6, 2, score, normalize, 1.0F}});   // groups of one
                all.push_back({80, {gate, 40, 2, 1, score, normalize, 1.0F}}); // all of a group
            }
    all.push_back({1000, {GateFunction::softmax, 8, 1, 1, GroupScore::max, true, 1.0F}});
    all.push_back({384, {GateFunction::sigmoid, 8, 1, 1, GroupScore::max, true, 2.827F}}); // Kimi-K2
    return all;
}

/// Both exponentials are the C library's here and all sums have the CPU's order: every bit must agree.
void check_same(const Router& router, ConstTensor logits, const float* bias) {
    const auto reference = test::backend(CpuIsa::reference, 1);
    Choice expected(logits.rows * router.rule.experts_used);
    Choice chosen = expected;
    reference->route_experts(logits, bias, router.rule, expected.ids.data(), expected.weights.data());
    const cuda::Context context;
    cuda::route_experts(context, logits, bias, router.rule, chosen.ids.data(), chosen.weights.data());
    CHECK(chosen == expected);
}

} // namespace

TEST_CASE("cuda: experts are chosen and weighed as on the CPU") {
    Random random(11);
    for (const Router& router : routers())
        for_each_order(2, [&] {
            INFO(router.experts << " experts, " << router.rule.groups << " groups, "
                                << (router.rule.gate == GateFunction::softmax ? "softmax" : "sigmoid"));
            const Grid logits(3, router.experts, 5, random, -4.0F, 4.0F);
            const std::vector<float> bias = random.floats(router.experts, -0.5F, 0.5F);
            check_same(router, logits.view(), nullptr);
            check_same(router, logits.view(), bias.data());
        });
}

TEST_CASE("cuda: of equal experts and groups the first is chosen, and what is no number comes last") {
    Random random(13);
    for (const Router& router : routers()) {
        INFO(router.experts << " experts, " << router.rule.groups << " groups");
        Grid logits(7, router.experts, 0);
        for (std::int64_t e = 0; e < router.experts; ++e) {
            logits.at(0, e) = 1.0F;
            logits.at(1, e) = static_cast<float>(e % 3);
            logits.at(2, e) = e % 2 == 0 ? not_a_number : random.uniform(-1.0F, 1.0F);
            logits.at(3, e) = e % 5 == 0 ? infinity : random.uniform(-1.0F, 1.0F);
            logits.at(4, e) = e % 2 == 0 ? -infinity : -1000.0F;
            logits.at(5, e) = not_a_number;
            logits.at(6, e) = -infinity;
        }
        std::vector<float> bias(static_cast<std::size_t>(router.experts), 0.0F);
        check_same(router, logits.view(), nullptr);
        for (std::size_t e = 0; e < bias.size(); ++e)
            bias[e] = e % 4 == 1 ? -infinity : e % 4 == 2 ? not_a_number : 0.25F;
        check_same(router, logits.view(), bias.data());
        bias.assign(bias.size(), -infinity); // the two best of a group add up to minus infinity
        check_same(router, logits.view(), bias.data());
    }
}

TEST_CASE("cuda: a router wider than shared memory allows is refused") {
    const cuda::Context context;
    const std::vector<float> logits(5000);
    Choice choice(1);
    CHECK_THROWS_AS(cuda::route_experts(context, {logits.data(), 1, 5000, 5000}, nullptr, {},
                                        choice.ids.data(), choice.weights.data()),
                    std::invalid_argument);
}

TEST_CASE("cuda: the largest values of a row, in order") {
    Random random(17);
    struct Case {
        std::int64_t rows;
        std::int64_t cols;
        std::int64_t k;
    };
    for (const Case& c : {Case{1, 1, 1},
                          {2, 5, 5},
                          {1, 2048, 1024},
                          {3, 2049, 1},
                          {1, 5000, 40},
                          {1, 6151, 1024},
                          {2, 9001, 100}})
        for_each_order(c.cols > 3000 ? 1 : 2, [&] {
            INFO(c.rows << " x " << c.cols << ", " << c.k);
            Grid rows(c.rows, c.cols, 3, random);
            for (std::int64_t r = 0; r < c.rows; ++r)
                for (std::int64_t i = 0; i < c.cols; ++i) {
                    const int what = random.whole(0, 30);
                    if (what < 8) rows.at(r, i) = static_cast<float>(what % 4); // many equal ones
                    if (what == 9) rows.at(r, i) = -0.0F;
                    if (what == 10) rows.at(r, i) = not_a_number;
                    if (what == 11) rows.at(r, i) = -infinity;
                    if (what == 12 && i % 7 == 0) rows.at(r, i) = infinity;
                }
            std::vector<std::byte> memory(cuda::top_k_scratch_bytes(c.rows, c.cols, c.k));
            cuda::Context context;
            context.scratch = {memory.data(), memory.size()};
            Choice found(c.rows * c.k);
            cuda::top_k(context, rows.view(), c.k, found.ids.data(), found.weights.data());
            for (std::int64_t r = 0; r < c.rows; ++r) {
                std::vector<std::int32_t> order(static_cast<std::size_t>(c.cols));
                std::iota(order.begin(), order.end(), 0);
                std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
                    return rows(r, a) > rows(r, b) || (std::isnan(rows(r, b)) && !std::isnan(rows(r, a)));
                });
                for (std::int64_t i = 0; i < c.k; ++i) {
                    const auto at = static_cast<std::size_t>(r * c.k + i);
                    const std::int32_t id = order[static_cast<std::size_t>(i)];
                    if (found.ids[at] != id) FAIL("row " << r << " place " << i);
                    const double value = rows(r, id);
                    CHECK((found.weights[at] == value || std::isnan(value)));
                }
            }
        });
}

TEST_CASE("cuda: top_k refuses what it cannot do") {
    const cuda::Context context;
    const std::vector<float> row(3000);
    Choice found(3000);
    for (const std::int64_t k : {0, 1025, 3001})
        CHECK_THROWS_AS(
            cuda::top_k(context, {row.data(), 1, 3000, 3000}, k, found.ids.data(), found.weights.data()),
            std::invalid_argument);
    // Without the scratch memory it asks for.
    CHECK_THROWS_AS(
        cuda::top_k(context, {row.data(), 1, 3000, 3000}, 3, found.ids.data(), found.weights.data()),
        std::invalid_argument);
}
