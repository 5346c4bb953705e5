// SPDX-License-Identifier: MIT
// Routing and expert networks: against double, hostile logits, the same bits however the work is cut.
#include "support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

using namespace spoutnik::kernels;
using test::Grid;
using test::Random;
using test::RandomWeights;
using test::Worst;

namespace {

struct Routed {
    std::vector<std::int32_t> ids;
    std::vector<double> weights;
};

/// The papers' rule for one token, in double.
Routed route_exactly(const std::vector<double>& logits, const std::vector<double>& bias,
                     const RoutingRule& rule) {
    const std::size_t experts = logits.size();
    std::vector<double> scores(experts);
    double sum = 0.0;
    for (std::size_t e = 0; e < experts; ++e) {
        scores[e] =
            rule.gate == GateFunction::sigmoid ? 1.0 / (1.0 + std::exp(-logits[e])) : std::exp(logits[e]);
        sum += scores[e];
    }
    if (rule.gate == GateFunction::softmax)
        for (double& score : scores)
            score /= sum;
    std::vector<double> choices(experts);
    for (std::size_t e = 0; e < experts; ++e)
        choices[e] = scores[e] + bias[e];

    const auto groups = static_cast<std::size_t>(rule.groups);
    const std::size_t size = experts / groups;
    std::vector<std::pair<double, std::size_t>> group_scores; // negated, so that sorting puts the best first
    for (std::size_t g = 0; g < groups; ++g) {
        std::vector<double> members(choices.begin() + static_cast<std::ptrdiff_t>(g * size),
                                    choices.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
        std::sort(members.rbegin(), members.rend());
        const double two = size > 1 ? members[0] + members[1] : members[0];
        group_scores.emplace_back(rule.group_score == GroupScore::max ? -members[0] : -two, g);
    }
    std::sort(group_scores.begin(), group_scores.end());
    std::vector<std::pair<double, std::int32_t>> allowed;
    for (std::size_t i = 0; i < static_cast<std::size_t>(rule.groups_used); ++i)
        for (std::size_t e = group_scores[i].second * size; e < (group_scores[i].second + 1) * size; ++e)
            allowed.emplace_back(-choices[e], static_cast<std::int32_t>(e));
    std::sort(allowed.begin(), allowed.end());

    Routed result;
    double chosen_sum = 0.0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(rule.experts_used); ++k) {
        result.ids.push_back(allowed[k].second);
        result.weights.push_back(scores[static_cast<std::size_t>(allowed[k].second)]);
        chosen_sum += result.weights.back();
    }
    for (double& weight : result.weights) {
        if (rule.normalize_weights) weight /= std::max(chosen_sum, 0x1p-14);
        weight *= static_cast<double>(rule.weights_scale);
    }
    return result;
}

} // namespace

TEST_CASE("route_experts follows the papers' rule") {
    struct Case {
        RoutingRule rule;
        std::int64_t experts;
        bool biased;
    };
    const std::vector<Case> cases{
        {{GateFunction::softmax, 6, 1, 1, GroupScore::max, false, 1.0F}, 64, false},         // V2-Lite
        {{GateFunction::softmax, 6, 8, 3, GroupScore::max, false, 16.0F}, 160, false},       // V2
        {{GateFunction::sigmoid, 8, 8, 4, GroupScore::sum_of_top_2, true, 2.5F}, 256, true}, // V3
        {{GateFunction::softmax, 8, 1, 1, GroupScore::max, true, 1.0F}, 128, false},         // Qwen3
        {{GateFunction::sigmoid, 3, 3, 1, GroupScore::sum_of_top_2, true, 1.0F}, 9, true},
        {{GateFunction::softmax, 5, 5, 5, GroupScore::sum_of_top_2, false, 1.0F}, 5, true}, // groups of one
        {{GateFunction::softmax, 1, 1, 1, GroupScore::max, true, 1.0F}, 1, false},
    };
    Random random(101);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        for (const Case& c : cases) {
            constexpr std::int64_t tokens = 37;
            const Grid logits(tokens, c.experts, 3, random, -4.0F, 4.0F);
            const std::vector<float> bias = random.floats(c.experts, -0.3F, 0.3F);
            const std::int64_t k = c.rule.experts_used;
            std::vector<std::int32_t> ids(static_cast<std::size_t>(tokens * k));
            std::vector<float> weights(ids.size());
            device->route_experts(logits.view(), c.biased ? bias.data() : nullptr, c.rule, ids.data(),
                                  weights.data());
            Worst worst;
            for (std::int64_t t = 0; t < tokens; ++t) {
                std::vector<double> row;
                std::vector<double> exact_bias(static_cast<std::size_t>(c.experts), 0.0);
                for (std::int64_t e = 0; e < c.experts; ++e)
                    row.push_back(logits(t, e));
                if (c.biased) std::copy(bias.begin(), bias.end(), exact_bias.begin());
                const Routed expected = route_exactly(row, exact_bias, c.rule);
                for (std::int64_t i = 0; i < k; ++i) {
                    const auto at = static_cast<std::size_t>(t * k + i);
                    if (ids[at] != expected.ids[static_cast<std::size_t>(i)])
                        FAIL("another expert at token " << t);
                    const double weight = expected.weights[static_cast<std::size_t>(i)];
                    worst.see(weights[at], weight,
                              weight * (static_cast<double>(c.experts) + 32.0) * test::unit);
                }
            }
            CHECK(worst.ratio() <= 1.0);
        }
    }
}

TEST_CASE("equal scores take the lower expert first") {
    const auto device = test::backend(CpuIsa::reference);
    const std::vector<float> logits(8, 0.5F);
    std::vector<std::int32_t> ids(3);
    std::vector<float> weights(3);
    const RoutingRule rule{GateFunction::softmax, 3, 4, 2, GroupScore::sum_of_top_2, true, 1.0F};
    device->route_experts({logits.data(), 1, 8, 8}, nullptr, rule, ids.data(), weights.data());
    CHECK(ids == std::vector<std::int32_t>{0, 1, 2});
    CHECK(weights[2] == Approx(1.0 / 3));
}

TEST_CASE("the sum of weights is clamped below") {
    const auto device = test::backend(CpuIsa::reference);
    const std::vector<float> logits(4, -30.0F); // sigmoid: about 1e-13
    std::vector<std::int32_t> ids(2);
    std::vector<float> weights(2);
    const RoutingRule rule{GateFunction::sigmoid, 2, 1, 1, GroupScore::max, true, 1.0F};
    device->route_experts({logits.data(), 1, 4, 4}, nullptr, rule, ids.data(), weights.data());
    CHECK(weights[0] == Approx(std::exp(-30.0) / 0x1p-14));
}

TEST_CASE("hostile logits still choose distinct experts that exist") {
    const float values[] = {NAN, -NAN, INFINITY, -INFINITY, 3e38F, -3e38F, 0.0F, 1.0F};
    Random random(103);
    for (const GateFunction gate : {GateFunction::softmax, GateFunction::sigmoid}) {
        for (const GroupScore score : {GroupScore::max, GroupScore::sum_of_top_2}) {
            for (int round = 0; round < 300; ++round) {
                std::vector<float> logits(16);
                std::vector<float> bias(16);
                const int kinds = random.whole(0, 7); // sometimes all alike, sometimes any mixture
                for (float& logit : logits)
                    logit = values[random.whole(0, kinds)];
                for (float& b : bias)
                    b = round % 2 == 0 ? 0.1F : values[random.whole(0, kinds)];
                std::vector<std::int32_t> ids(5, -1);
                std::vector<float> weights(5);
                const RoutingRule rule{gate, 5, 4, 2, score, true, 2.0F};
                test::backend(CpuIsa::reference, 1)
                    ->route_experts({logits.data(), 1, 16, 16}, bias.data(), rule, ids.data(),
                                    weights.data());
                const std::set<std::int32_t> distinct(ids.begin(), ids.end());
                if (distinct.size() != 5 || *distinct.begin() < 0 || *distinct.rbegin() > 15) FAIL("bad ids");
                for (const float weight : weights)
                    if (!std::isfinite(weight)) FAIL("a weight is not finite");
            }
        }
    }
}

TEST_CASE("a NaN logit is never preferred to a number") {
    const std::vector<float> logits{NAN, -5.0F, NAN, -7.0F};
    std::vector<std::int32_t> ids(2);
    std::vector<float> weights(2);
    for (const GateFunction gate : {GateFunction::softmax, GateFunction::sigmoid}) {
        const RoutingRule rule{gate, 2, 1, 1, GroupScore::max, false, 1.0F};
        test::backend(CpuIsa::reference, 1)
            ->route_experts({logits.data(), 1, 4, 4}, nullptr, rule, ids.data(), weights.data());
        CHECK(ids == std::vector<std::int32_t>{1, 3});
    }
}

TEST_CASE("route_experts refuses rules that cannot be met") {
    const auto device = test::backend(CpuIsa::reference, 1);
    const std::vector<float> logits(12);
    std::vector<std::int32_t> ids(16);
    std::vector<float> weights(16);
    const auto attempt = [&](std::int64_t used, std::int64_t groups, std::int64_t groups_used) {
        const RoutingRule rule{GateFunction::softmax, used,  groups, groups_used,
                               GroupScore::max,       false, 1.0F};
        device->route_experts({logits.data(), 1, 12, 12}, nullptr, rule, ids.data(), weights.data());
    };
    attempt(12, 1, 1);
    attempt(6, 4, 2);
    CHECK_THROWS_AS(attempt(0, 1, 1), std::invalid_argument);
    CHECK_THROWS_AS(attempt(13, 1, 1), std::invalid_argument);
    CHECK_THROWS_AS(attempt(7, 4, 2), std::invalid_argument);
    CHECK_THROWS_AS(attempt(2, 5, 2), std::invalid_argument);
    CHECK_THROWS_AS(attempt(2, 4, 5), std::invalid_argument);
    CHECK_THROWS_AS(attempt(2, 4, 0), std::invalid_argument);
    CHECK_THROWS_AS(attempt(2, 0, 0), std::invalid_argument);
}

namespace {

struct Network {
    std::int64_t hidden;
    std::int64_t ff;
    std::int64_t experts;
    RandomWeights gate;
    RandomWeights up;
    RandomWeights down;

    Network(Format format, Format down_format, std::int64_t h, std::int64_t f, std::int64_t e)
        : hidden(h), ff(f), experts(e), gate(format, f, h, 107, e), up(format, f, h, 109, e),
          down(down_format, h, f, 113, e) {}
};

/// Half a step of the rounding that a quantised weight's activations go through, at most.
double rounding_error(Format format, double largest) {
    return traits_of(format).values_per_block == 1 ? 0.0 : 0.5 * (1.0 + 0x1p-20) * largest / 127.0;
}

/// Adds to `expected` and `allowed` [hidden] what one expert contributes, and the error allowed to it: that
/// of each half's sums and of the rounding of its activations, carried through silu (whose slope stays
/// below 1.1) and the second product.
void add_expert(const Network& n, std::int64_t expert, const Grid& x, std::int64_t t, double weight,
                std::vector<double>& expected, std::vector<double>& allowed) {
    std::vector<double> inner(static_cast<std::size_t>(n.ff));
    std::vector<double> inner_error(inner.size());
    double largest_input = 0.0;
    for (std::int64_t c = 0; c < n.hidden; ++c)
        largest_input = std::max(largest_input, std::abs(x(t, c)));
    const double input_error = rounding_error(n.gate.matrix().format, largest_input);
    double largest_inner = 0.0;
    for (std::int64_t r = 0; r < n.ff; ++r) {
        double g = 0.0;
        double u = 0.0;
        double g_error = 0.0;
        double u_error = 0.0;
        for (std::int64_t c = 0; c < n.hidden; ++c) {
            const double moved = test::sum_error(n.hidden) * (std::abs(x(t, c)) + input_error);
            g += n.gate.at(expert, r, c) * x(t, c);
            u += n.up.at(expert, r, c) * x(t, c);
            g_error += n.gate.size_at(expert, r, c) * moved + std::abs(n.gate.at(expert, r, c)) * input_error;
            u_error += n.up.size_at(expert, r, c) * moved + std::abs(n.up.at(expert, r, c)) * input_error;
        }
        const double silu = g / (1.0 + std::exp(-g));
        const auto i = static_cast<std::size_t>(r);
        inner[i] = silu * u;
        inner_error[i] = 1.1 * g_error * (std::abs(u) + u_error) + std::abs(silu) * u_error +
                         16 * test::unit * std::abs(silu * u);
        largest_inner = std::max(largest_inner, std::abs(inner[i]) + inner_error[i]);
    }
    const double inner_rounding = rounding_error(n.down.matrix().format, largest_inner);
    for (std::int64_t r = 0; r < n.hidden; ++r) {
        double y = 0.0;
        double error = 0.0;
        for (std::int64_t c = 0; c < n.ff; ++c) {
            const auto i = static_cast<std::size_t>(c);
            const double w = n.down.at(expert, r, c);
            const double carried = inner_error[i] + inner_rounding;
            y += w * inner[i];
            error += std::abs(w) * carried +
                     test::sum_error(n.ff) * n.down.size_at(expert, r, c) * (std::abs(inner[i]) + carried);
        }
        expected[static_cast<std::size_t>(r)] += weight * y;
        allowed[static_cast<std::size_t>(r)] +=
            std::abs(weight) * error + 16 * test::unit * (1.0 + std::abs(weight * y));
    }
}

} // namespace

TEST_CASE("expert_ffn is made of products, to the bit") {
    Random random(129);
    const Network n(Format::q4_k, Format::q5_0, 512, 96, 4);
    constexpr std::int64_t tokens = 9;
    Grid x(tokens, n.hidden, 2, random);
    for (const CpuIsa isa : test::instruction_sets()) {
        const auto device = test::backend(isa);
        Grid out(tokens, n.hidden, 0, random);
        Grid expected = out;
        std::vector<std::int32_t> ids;
        for (std::int64_t t = 0; t < tokens; ++t)
            ids.push_back(static_cast<std::int32_t>(t * t % n.experts));
        const std::vector<float> ones(ids.size(), 1.0F);
        device->expert_ffn(n.gate.matrix(), n.up.matrix(), n.down.matrix(), x.view(), ids.data(), ones.data(),
                           1, out.tensor());
        for (std::int64_t t = 0; t < tokens; ++t) {
            const auto one_of = [&](const RandomWeights& all) {
                Matrix matrix = all.matrix();
                matrix.data +=
                    static_cast<std::size_t>(ids[static_cast<std::size_t>(t)]) * matrix.stride_bytes;
                matrix.count = 1;
                return matrix;
            };
            Grid gate(1, n.ff, 0);
            Grid up(1, n.ff, 0);
            Grid down(1, n.hidden, 0);
            device->matmul(one_of(n.gate), x.rows(t, 1), gate.tensor());
            device->matmul(one_of(n.up), x.rows(t, 1), up.tensor());
            device->swiglu(gate.view(), up.view(), gate.tensor());
            device->matmul(one_of(n.down), gate.view(), down.tensor());
            device->add(down.view(), expected.rows(t, 1));
        }
        CHECK(out == expected);
    }
}

TEST_CASE("expert_ffn adds the weighed experts of each token") {
    Random random(127);
    const Network small(Format::f16, Format::f16, 33, 21, 7);
    const Network quantised(Format::q4_k, Format::q6_k, 256, 256, 5);
    const Network mixed(Format::q5_0, Format::iq4_nl, 96, 64, 9);
    for (const CpuIsa isa : test::instruction_sets()) {
        for (const Network* n : {&small, &quantised, &mixed}) {
            for (const std::int64_t tokens : {1, 2, 19}) {
                INFO(name_of(isa) << ' ' << n->hidden << ' ' << tokens);
                constexpr std::int64_t used = 3;
                const Grid x(tokens, n->hidden, 5, random);
                Grid out(tokens, n->hidden, 2, random);
                const Grid before = out;
                std::vector<std::int32_t> ids;
                for (std::int64_t t = 0; t < tokens; ++t)
                    for (std::int64_t k = 0; k < used; ++k)
                        ids.push_back(static_cast<std::int32_t>((t * 5 + k * 2 + t / 3) % n->experts));
                const std::vector<float> weights = random.floats(tokens * used);
                test::backend(isa)->expert_ffn(n->gate.matrix(), n->up.matrix(), n->down.matrix(), x.view(),
                                               ids.data(), weights.data(), used, out.tensor());
                Worst worst;
                for (std::int64_t t = 0; t < tokens; ++t) {
                    std::vector<double> expected(static_cast<std::size_t>(n->hidden));
                    std::vector<double> allowed(expected.size(), 16 * test::unit);
                    for (std::int64_t r = 0; r < n->hidden; ++r)
                        expected[static_cast<std::size_t>(r)] = before(t, r);
                    for (std::int64_t k = 0; k < used; ++k) {
                        const auto p = static_cast<std::size_t>(t * used + k);
                        add_expert(*n, ids[p], x, t, weights[p], expected, allowed);
                    }
                    for (std::int64_t r = 0; r < n->hidden; ++r)
                        worst.see(out(t, r), expected[static_cast<std::size_t>(r)],
                                  allowed[static_cast<std::size_t>(r)]);
                }
                CHECK(worst.ratio() <= 1.0);
                CHECK(out.gaps_untouched());
            }
        }
    }
}

TEST_CASE("a token's experts give the same bits alone, in any batch and with any number of threads") {
    Random random(131);
    const Network n(Format::q4_k, Format::q6_k, 256, 256, 6);
    constexpr std::int64_t tokens = 40;
    constexpr std::int64_t used = 3;
    Grid x(tokens, n.hidden, 3, random);
    std::vector<std::int32_t> ids;
    for (std::int64_t p = 0; p < tokens * used; ++p) {
        // Experts of very different popularity; expert 5 serves nobody.
        const std::int64_t k = p % used;
        ids.push_back(static_cast<std::int32_t>(k == 0 ? 0 : (p / used + k) % 4 + 1));
    }
    const std::vector<float> weights = random.floats(tokens * used);
    const Grid start(tokens, n.hidden, 1, random);
    for (const CpuIsa isa : test::instruction_sets()) {
        Grid expected = start;
        test::backend(isa, 1)->expert_ffn(n.gate.matrix(), n.up.matrix(), n.down.matrix(), x.view(),
                                          ids.data(), weights.data(), used, expected.tensor());
        for (const int threads : {1, 2, 3}) {
            const auto device = test::backend(isa, threads);
            for (const std::int64_t batch : {1, 7, 40}) {
                Grid out = start;
                for (std::int64_t t = 0; t < tokens; t += batch) {
                    const std::int64_t count = std::min(batch, tokens - t);
                    device->expert_ffn(n.gate.matrix(), n.up.matrix(), n.down.matrix(), x.rows(t, count),
                                       ids.data() + t * used, weights.data() + t * used, used,
                                       out.rows(t, count));
                }
                if (!(out == expected))
                    FAIL(name_of(isa) << ": " << threads << " threads, batches of " << batch);
            }
        }
    }
}

TEST_CASE("expert_ffn takes gate and up from one tensor, and refuses what does not fit") {
    Random random(137);
    // Gate rows first, then up rows, in each expert: what newer converters write.
    const RandomWeights both(Format::q8_0, 2 * 32, 64, 139, 3);
    const RandomWeights down(Format::q8_0, 64, 32, 149, 3);
    Matrix gate = both.matrix();
    gate.rows = 32;
    Matrix up = gate;
    up.data += 32 * bytes_of(Format::q8_0, 64);
    const Grid x(2, 64, 0, random);
    Grid out(2, 64, 0, random);
    const std::vector<std::int32_t> ids{2, 0, 1, 1};
    const std::vector<float> weights{1.0F, 0.5F, 0.25F, 2.0F};
    const auto device = test::backend(CpuIsa::reference);
    device->expert_ffn(gate, up, down.matrix(), x.view(), ids.data(), weights.data(), 2, out.tensor());

    const auto attempt = [&](const Matrix& g, const Matrix& u, const Matrix& d,
                             const std::vector<std::int32_t>& i) {
        device->expert_ffn(g, u, d, x.view(), i.data(), weights.data(), 2, out.tensor());
    };
    CHECK_THROWS_AS(attempt(gate, up, down.matrix(), {0, 1, 2, 3}), std::invalid_argument);
    CHECK_THROWS_AS(attempt(gate, up, down.matrix(), {0, -1, 2, 1}), std::invalid_argument);
    Matrix fewer = gate;
    fewer.count = 2;
    CHECK_THROWS_AS(attempt(fewer, up, down.matrix(), ids), std::invalid_argument);
    CHECK_THROWS_AS(attempt(gate, up, gate, ids), std::invalid_argument);
    CHECK_THROWS_AS(attempt(both.matrix(), up, down.matrix(), ids), std::invalid_argument);
}
