// SPDX-License-Identifier: MIT
// The feed-forward networks of experts against the CPU's reference backend.
#include "cuda_emulation/orders.h"
#include "cuda_emulation/placed_weights.h"
#include "kernels/cuda/ops_products.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spoutnik::kernels;
using spoutnik::cuda_emulation::for_each_order;
using test::Grid;
using test::PlacedWeights;
using test::Random;
using test::RandomWeights;

namespace {

/// Three formats, and experts of [ff, hidden] and [hidden, ff].
struct Experts {
    std::int64_t count;
    std::int64_t hidden;
    std::int64_t ff;
    RandomWeights gate;
    RandomWeights up;
    RandomWeights down;

    Experts(Format gate_format, Format up_format, Format down_format, std::int64_t experts,
            std::int64_t hidden_wanted, std::int64_t ff_wanted)
        : count(experts), hidden(std::max({test::width_for(gate_format, hidden_wanted),
                                           test::width_for(up_format, hidden_wanted)})),
          ff(test::width_for(down_format, ff_wanted)), gate(gate_format, ff, hidden, 51, experts),
          up(up_format, ff, hidden, 52, experts), down(down_format, hidden, ff, 53, experts) {}
    Experts(Format format, std::int64_t experts, std::int64_t hidden_wanted, std::int64_t ff_wanted)
        : Experts(format, format, format, experts, hidden_wanted, ff_wanted) {}
};

struct Choice {
    std::int64_t used;
    std::vector<std::int32_t> ids;
    std::vector<float> weights;
};

/// Different experts for each token, as a router chooses them.
Choice random_choice(Random& random, std::int64_t tokens, std::int64_t used, std::int64_t experts) {
    Choice choice{used, {}, random.floats(tokens * used, 0.0F, 1.0F)};
    for (std::int64_t t = 0; t < tokens; ++t) {
        const int first = random.whole(0, static_cast<int>(experts) - 1);
        for (std::int64_t k = 0; k < used; ++k)
            choice.ids.push_back(static_cast<std::int32_t>((first + 5 * k) % experts));
    }
    return choice;
}

Grid emulated(const Experts& experts, const Grid& x, const Choice& choice, const Grid& before,
              int multiprocessors = 1) {
    const PlacedWeights gate(experts.gate.matrix(), 0);
    const PlacedWeights up(experts.up.matrix(), 0);
    const PlacedWeights down(experts.down.matrix(), 0);
    Grid out = before;
    test::CudaScratch scratch(cuda::expert_ffn_scratch_bytes(gate.matrix(), up.matrix(), down.matrix(),
                                                             x.view().rows, choice.used));
    scratch.multiprocessors = multiprocessors;
    cuda::expert_ffn(scratch.context(), gate.matrix(), up.matrix(), down.matrix(), x.view(),
                     choice.ids.data(), choice.weights.data(), choice.used, out.tensor());
    return out;
}

Grid expected_of(Backend& reference, const Experts& experts, const Grid& x, const Choice& choice,
                 const Grid& before) {
    Grid out = before;
    reference.expert_ffn(experts.gate.matrix(), experts.up.matrix(), experts.down.matrix(), x.view(),
                         choice.ids.data(), choice.weights.data(), choice.used, out.tensor());
    return out;
}

/// The largest difference over the largest value. The host's exponential is the reference's, so whole-number
/// products agree to the bit and only weights in floats may differ.
double largest_difference(const Grid& out, const Grid& expected) {
    double difference = 0.0;
    double size = 1e-30;
    for (std::int64_t t = 0; t < out.view().rows; ++t)
        for (std::int64_t c = 0; c < out.view().cols; ++c) {
            const double error = std::abs(out(t, c) - expected(t, c));
            difference = std::isfinite(error) ? std::max(difference, error) : 1e30;
            size = std::max(size, std::abs(expected(t, c)));
        }
    return difference / size;
}

void check(Backend& reference, const Experts& experts, const Grid& x, const Choice& choice,
           const Grid& before) {
    const Grid out = emulated(experts, x, choice, before);
    const Grid expected = expected_of(reference, experts, x, choice, before);
    CHECK(largest_difference(out, expected) <= 1e-5);
    CHECK(out.gaps_untouched());
    const bool whole = test::is_quantised(experts.gate.matrix().format) &&
                       test::is_quantised(experts.up.matrix().format) &&
                       test::is_quantised(experts.down.matrix().format);
    if (whole) CHECK(out == expected);
}

} // namespace

TEST_CASE("cuda: experts of every format") {
    Random random(21);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const FormatTraits& traits : all_formats()) {
        const Experts experts(traits.format, 4, 64, 96);
        for (const std::int64_t tokens : {1, 3, 21}) {
            INFO(traits.name << ", " << tokens << " tokens");
            const Grid x(tokens, experts.hidden, 3, random);
            check(*reference, experts, x, random_choice(random, tokens, 2, 4),
                  Grid(tokens, experts.hidden, 1, random));
        }
    }
}

TEST_CASE("cuda: experts whose matrices differ in format") {
    Random random(22);
    const auto reference = test::backend(CpuIsa::reference, 1);
    const Format mixtures[][3] = {{Format::q4_k, Format::q6_k, Format::q5_0},
                                  {Format::q4_k, Format::q4_0, Format::q8_0},
                                  {Format::f16, Format::q8_0, Format::f32},
                                  {Format::q5_1, Format::bf16, Format::mxfp4}};
    for (const auto& formats : mixtures) {
        const Experts experts(formats[0], formats[1], formats[2], 3, 256, 96);
        for (const std::int64_t tokens : {2, 19}) {
            INFO(traits_of(formats[0]).name << ", " << tokens << " tokens");
            const Grid x(tokens, experts.hidden, 3, random);
            check(*reference, experts, x, random_choice(random, tokens, 2, 3),
                  Grid(tokens, experts.hidden, 1, random));
        }
    }
}

TEST_CASE("cuda: many experts, empty ones, and all tokens on one") {
    Random random(23);
    const auto reference = test::backend(CpuIsa::reference, 1);
    {
        const Experts experts(Format::q8_0, 256, 32, 32);
        const Grid x(40, 32, 0, random);
        check(*reference, experts, x, random_choice(random, 40, 8, 256), Grid(40, 32, 0, random));
    }
    for (const Format format : {Format::q4_0, Format::q2_k, Format::f16}) {
        const Experts experts(format, 5, 64, 64);
        constexpr std::int64_t tokens = 70;
        const Grid x(tokens, experts.hidden, 1, random);
        Choice choice = random_choice(random, tokens, 1, 5);
        for (std::int32_t& id : choice.ids)
            id = 3;
        INFO(traits_of(format).name);
        check(*reference, experts, x, choice, Grid(tokens, experts.hidden, 0, random));
    }
}

TEST_CASE("cuda: experts do not depend on the order of threads") {
    Random random(24);
    const auto reference = test::backend(CpuIsa::reference, 1);
    const Experts experts(Format::q4_k, Format::q4_k, Format::q5_0, 4, 256, 64);
    for (const std::int64_t tokens : {1, 18}) {
        const Grid x(tokens, experts.hidden, 0, random);
        const Grid before(tokens, experts.hidden, 0, random);
        const Choice choice = random_choice(random, tokens, 3, 4);
        for_each_order(4, [&] { check(*reference, experts, x, choice, before); });
    }
}

TEST_CASE("cuda: a token's experts have the same bits alone and among others") {
    Random random(25);
    for (const Format format : {Format::q6_k, Format::q5_1, Format::f16}) {
        constexpr std::int64_t tokens = 30;
        const Experts experts(format, 4, 256, 32);
        const Grid x(tokens, experts.hidden, 0, random);
        const Grid before(tokens, experts.hidden, 0, random);
        const Choice choice = random_choice(random, tokens, 2, 4);
        const Grid together = emulated(experts, x, choice, before);
        for (const std::int64_t t : {0, 17, 29}) {
            Grid alone(1, experts.hidden, 0);
            Grid out_before(1, experts.hidden, 0);
            for (std::int64_t c = 0; c < experts.hidden; ++c) {
                alone.at(0, c) = static_cast<float>(x(t, c));
                out_before.at(0, c) = static_cast<float>(before(t, c));
            }
            const auto first = static_cast<std::ptrdiff_t>(2 * t);
            const Choice own{2,
                             {choice.ids.begin() + first, choice.ids.begin() + first + 2},
                             {choice.weights.begin() + first, choice.weights.begin() + first + 2}};
            const Grid out = emulated(experts, alone, own, out_before);
            bool is_same = true;
            for (std::int64_t c = 0; c < experts.hidden; ++c)
                is_same = is_same && out(0, c) == together(t, c);
            INFO(traits_of(format).name << ", token " << t);
            CHECK(is_same);
        }
    }
}

TEST_CASE("cuda: experts side by side have the bits of one after another") {
    Random random(57);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const Format format : {Format::q4_k, Format::q5_0, Format::f16})
        for (const std::int64_t tokens : {1, 3}) {
            const Experts experts(format, 6, 300, 280);
            const Grid x(tokens, experts.hidden, 3, random);
            Choice choice = random_choice(random, tokens, 3, 6);
            if (tokens > 1) choice.ids[4] = 6; // there is none
            const Grid before(tokens, experts.hidden, 2, random);
            const Grid in_turn = emulated(experts, x, choice, before);
            const Grid spread = emulated(experts, x, choice, before, 132);
            INFO(traits_of(format).name << ' ' << tokens);
            for (std::int64_t t = 0; t < tokens; ++t)
                for (std::int64_t c = 0; c < experts.hidden; ++c)
                    CHECK((spread(t, c) == in_turn(t, c) ||
                           (std::isnan(spread(t, c)) && std::isnan(in_turn(t, c)))));
            CHECK(spread.gaps_untouched());
            if (tokens == 1)
                CHECK(largest_difference(spread, expected_of(*reference, experts, x, choice, before)) < 1e-5);
        }
}

TEST_CASE("cuda: an expert that does not exist shows as NaN") {
    Random random(26);
    const Experts experts(Format::q4_0, 3, 32, 32);
    for (const std::int64_t tokens : {2, 20}) {
        const Grid x(tokens, 32, 0, random);
        Choice choice = random_choice(random, tokens, 2, 3);
        choice.ids[3] = 3;
        const Grid out = emulated(experts, x, choice, Grid(tokens, 32, 0, random));
        for (std::int64_t c = 0; c < 32; ++c) {
            CHECK(std::isfinite(out(0, c)));
            CHECK(std::isnan(out(1, c))); // pair 3 is the second of token 1
        }
    }
}
