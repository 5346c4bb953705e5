// SPDX-License-Identifier: MIT
#include "engine/session/sampler.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>

using spoutnik::engine::Error;
using spoutnik::engine::Sampler;
using spoutnik::engine::SamplerSettings;
using spoutnik::engine::Token;

namespace {

SamplerSettings everything_off() {
    SamplerSettings s;
    s.temperature = 1.0F;
    s.top_k = 0;
    s.top_p = 1.0F;
    s.min_p = 0.0F;
    s.seed = 12345;
    return s;
}

Token choose(Sampler& sampler, std::vector<float> logits, const std::vector<Token>& history = {}) {
    return sampler.choose(logits, history);
}

/// How often each token comes in `draws` draws.
std::map<Token, int> counts(const SamplerSettings& settings, const std::vector<float>& logits,
                            int draws = 20000) {
    Sampler sampler(settings);
    std::map<Token, int> found;
    for (int i = 0; i < draws; ++i)
        ++found[choose(sampler, logits)];
    return found;
}

std::vector<float> logs(const std::vector<double>& probabilities) {
    std::vector<float> logits;
    logits.reserve(probabilities.size());
    for (const double p : probabilities)
        logits.push_back(static_cast<float>(std::log(p)));
    return logits;
}

} // namespace

TEST_CASE("the largest logits are enough for the same draws as all of them") {
    constexpr std::size_t vocabulary = 3000;
    std::uint64_t state = 1;
    const auto next = [&] {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<float>(state >> 40U) * 0x1p-24F;
    };
    const auto with = [](auto change) {
        SamplerSettings s = everything_off();
        s.top_k = 40;
        change(s);
        return s;
    };
    const std::vector<SamplerSettings> all{
        with([](auto&) {}),
        with([](auto& s) { s.top_p = 0.9F; }),
        with([](auto& s) { s.min_p = 0.05F; }),
        with([](auto& s) { s.temperature = 0.6F, s.top_p = 0.95F, s.min_p = 0.01F; }),
        with([](auto& s) { s.temperature = 0.0F; }),
        with([](auto& s) { s.top_k = 1; }),
        with([](auto& s) { s.temperature = 0.02F, s.top_k = 1000; })};
    for (std::size_t which = 0; which < all.size(); ++which) {
        Sampler by_all(all[which]);
        Sampler by_top(all[which]);
        REQUIRE(by_top.enough_logits() > 0);
        for (int draw = 0; draw < 300; ++draw) {
            std::vector<float> logits(vocabulary);
            for (float& logit : logits)
                logit = std::round(12.0F * next()) * 0.5F; // hundreds of equal ones at every border
            if (draw % 10 == 3) logits[17] = std::numeric_limits<float>::quiet_NaN();
            const auto top = spoutnik::engine::top_of(logits, vocabulary, by_top.enough_logits(), vocabulary);
            CAPTURE(which, draw);
            CHECK(by_top.choose_of_top(top.values, top.tokens) == choose(by_all, logits));
        }
    }
    const std::vector<float> broken(5, std::numeric_limits<float>::quiet_NaN());
    const std::vector<Token> tokens{0, 1, 2, 3, 4};
    CHECK_THROWS_AS(Sampler(all[0]).choose_of_top(broken, tokens), Error);
}

TEST_CASE("penalties and no top-k ask for all logits") {
    SamplerSettings s = everything_off();
    CHECK(Sampler(s).enough_logits() == 0);
    s.top_k = 40;
    CHECK(Sampler(s).enough_logits() == 40);
    s.temperature = 0.0F;
    CHECK(Sampler(s).enough_logits() == 1);
    s.presence_penalty = 0.5F;
    CHECK(Sampler(s).enough_logits() == 0);
}

TEST_CASE("temperature 0 takes the most probable token, the lower id of two") {
    auto settings = everything_off();
    settings.temperature = 0.0F;
    Sampler sampler(settings);
    CHECK(choose(sampler, {0.0F, 3.0F, 1.0F}) == 1);
    CHECK(choose(sampler, {2.0F, 3.0F, 3.0F}) == 1);
    CHECK(choose(sampler, {-5.0F}) == 0);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(choose(sampler, {nan, 1.0F, nan, 2.0F}) == 3);
}

TEST_CASE("tokens are drawn as often as their probabilities say") {
    const std::vector<double> p{0.5, 0.25, 0.125, 0.125};
    const auto found = counts(everything_off(), logs(p));
    for (Token t = 0; t < 4; ++t)
        CHECK(found.at(t) / 20000.0 == Approx(p[static_cast<std::size_t>(t)]).margin(0.012));
}

TEST_CASE("temperature flattens and sharpens") {
    auto settings = everything_off();
    settings.temperature = 2.0F;
    const auto flat = counts(settings, logs({0.8, 0.2}));
    CHECK(flat.at(0) / 20000.0 == Approx(2.0 / 3.0).margin(0.012)); // sqrt(0.8) : sqrt(0.2) = 2 : 1
    settings.temperature = 0.5F;
    const auto sharp = counts(settings, logs({0.8, 0.2}));
    CHECK(sharp.at(0) / 20000.0 == Approx(16.0 / 17.0).margin(0.012));
}

TEST_CASE("top-k, top-p and min-p leave the unlikely out") {
    const auto logits = logs({0.4, 0.3, 0.2, 0.1});
    auto settings = everything_off();
    SECTION("top-k") {
        settings.top_k = 2;
        CHECK(counts(settings, logits).size() == 2);
        settings.top_k = 1;
        CHECK(counts(settings, logits).size() == 1);
        settings.top_k = 100;
        CHECK(counts(settings, logits).size() == 4);
    }
    SECTION("top-p: the fewest that reach p") {
        settings.top_p = 0.65F;
        CHECK(counts(settings, logits).size() == 2);
        settings.top_p = 0.75F;
        CHECK(counts(settings, logits).size() == 3);
        settings.top_p = 0.0F;
        CHECK(counts(settings, logits).size() == 1);
    }
    SECTION("min-p: part of the best one's probability") {
        settings.min_p = 0.6F;
        CHECK(counts(settings, logits).size() == 2);
        settings.min_p = 1.0F;
        CHECK(counts(settings, logits).size() == 1);
    }
    SECTION("equal tokens at the border: the lower ids stay") {
        settings.top_k = 2;
        const auto found = counts(settings, {1.0F, 1.0F, 1.0F, 1.0F});
        CHECK(found.size() == 2);
        CHECK(found.contains(0));
        CHECK(found.contains(1));
    }
}

TEST_CASE("penalties look at the last tokens") {
    auto settings = everything_off();
    settings.temperature = 0.0F;
    SECTION("repetition divides what is positive and multiplies what is negative") {
        settings.repetition_penalty = 2.0F;
        Sampler sampler(settings);
        CHECK(choose(sampler, {3.0F, 2.0F}, {0}) == 1);
        CHECK(choose(sampler, {4.1F, 2.0F}, {0, 0, 0}) == 0); // once, however often it came
        CHECK(choose(sampler, {-1.0F, -1.5F}, {0}) == 1);
    }
    SECTION("presence once, frequency each time") {
        settings.presence_penalty = 1.0F;
        Sampler presence(settings);
        CHECK(choose(presence, {1.5F, 1.0F}, {0}) == 1);
        CHECK(choose(presence, {2.5F, 1.0F}, {0, 0, 0}) == 0);
        settings.presence_penalty = 0.0F;
        settings.frequency_penalty = 1.0F;
        Sampler frequency(settings);
        CHECK(choose(frequency, {2.5F, 1.0F}, {0}) == 0);
        CHECK(choose(frequency, {2.5F, 1.0F}, {0, 0}) == 1);
    }
    SECTION("the window") {
        settings.presence_penalty = 1.0F;
        settings.penalty_window = 2;
        Sampler sampler(settings);
        CHECK(choose(sampler, {1.5F, 1.0F, 0.0F}, {0, 2, 2}) == 0);
        CHECK(choose(sampler, {1.5F, 1.0F, 0.0F}, {2, 0, 2}) == 1);
    }
    SECTION("ids outside the vocabulary are no harm") {
        settings.presence_penalty = 1.0F;
        Sampler sampler(settings);
        CHECK(choose(sampler, {1.5F, 1.0F}, {-1, 7}) == 0);
    }
}

TEST_CASE("the same seed gives the same tokens, here and on every platform") {
    auto settings = everything_off();
    settings.temperature = 0.8F;
    settings.top_p = 0.95F;
    std::vector<float> logits(50);
    for (std::size_t t = 0; t < logits.size(); ++t)
        logits[t] = static_cast<float>((t * 37) % 11) * 0.25F;
    Sampler a(settings), b(settings);
    std::vector<Token> first, second;
    first.reserve(12);
    second.reserve(12);
    for (int i = 0; i < 12; ++i) {
        first.push_back(choose(a, logits));
        second.push_back(choose(b, logits));
    }
    CHECK(first == second);
    CHECK(first == std::vector<Token>{13, 41, 19, 30, 5, 32, 41, 18, 27, 43, 5, 30});
    settings.seed = 54321;
    Sampler other(settings);
    std::vector<Token> third;
    third.reserve(12);
    for (int i = 0; i < 12; ++i)
        third.push_back(choose(other, logits));
    CHECK(third != first);
}

TEST_CASE("seed 0 is replaced by a fresh one that repeats the draw") {
    auto settings = everything_off();
    settings.seed = 0;
    Sampler a(settings), b(settings);
    CHECK(a.seed() != 0);
    CHECK(a.seed() != b.seed());
    settings.seed = a.seed();
    Sampler again(settings);
    const std::vector<float> logits(1000, 1.0F);
    for (int i = 0; i < 10; ++i)
        CHECK(choose(a, logits) == choose(again, logits));
}

TEST_CASE("settings out of range and logits that are no numbers") {
    SamplerSettings s;
    s.temperature = -1.0F;
    s.top_k = -5;
    s.top_p = std::numeric_limits<float>::quiet_NaN();
    s.min_p = 7.0F;
    s.repetition_penalty = 0.0F;
    s.penalty_window = -1;
    Sampler odd(s);
    CHECK(choose(odd, {0.0F, 1.0F}, {1}) == 1);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    Sampler sampler(everything_off());
    CHECK_THROWS_AS(choose(sampler, {nan, nan}), Error);
    CHECK_THROWS_AS(choose(sampler, {1.0F, infinity}), Error);
    CHECK_THROWS_AS(choose(sampler, {-infinity}), Error);
    CHECK(choose(sampler, {-infinity, nan, 1.0F}) == 2);
}

TEST_CASE("softmax sums to one and agrees with the definition") {
    const std::vector<float> logits{1.0F, -2.0F, 30.0F, 29.5F};
    const auto p = spoutnik::engine::softmax(logits);
    double total = 0;
    for (std::size_t t = 0; t < p.size(); ++t) {
        CHECK(p[t] ==
              Approx(std::exp(logits[t] - 30.0) / (std::exp(-29.0) + std::exp(-32.0) + 1 + std::exp(-0.5)))
                  .epsilon(1e-14));
        total += p[t];
    }
    CHECK(total == Approx(1.0).epsilon(1e-15));
}
