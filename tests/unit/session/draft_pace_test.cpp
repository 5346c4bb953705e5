// SPDX-License-Identifier: MIT
#include "engine/session/draft_pace.h"

#include <catch2/catch.hpp>

using spoutnik::engine::DraftPace;
using spoutnik::engine::DraftSource;

namespace {

constexpr auto copied = DraftSource::match_of_4;
constexpr auto layer = DraftSource::next_token_layer;

/// A machine whose pass over n tokens takes 1 + slope * (n - 1) times 20 ms.
void measure(DraftPace& pace, double slope) {
    for (int again = 0; again < 8; ++again)
        for (std::int64_t n = 1; n <= 9; ++n)
            pace.passed(n, 0.02 * (1.0 + slope * static_cast<double>(n - 1)));
}

void compare(DraftPace& pace, DraftSource source, int right, int wrong) {
    for (int i = 0; i < right; ++i)
        pace.compared(source, true);
    for (int i = 0; i < wrong; ++i)
        pace.compared(source, false);
}

} // namespace

TEST_CASE("nothing is drafted before passes of one token were timed") {
    DraftPace pace;
    compare(pace, copied, 50, 0);
    compare(pace, layer, 50, 0);
    CHECK(pace.choose(copied, 8).drafts == 0);
    pace.passed(1, 0.02);
    CHECK(pace.choose(copied, 8).drafts == 8);
    CHECK(pace.choose(copied, 3).drafts == 3);
    CHECK(pace.choose(copied, 0).drafts == 0);
    CHECK(pace.choose(layer, 8).drafts == 0); // the first pass may have been a cold one
    pace.passed(1, 0.02);
    CHECK(pace.choose(layer, 8).drafts == 0);
    pace.passed(1, 0.02);
    CHECK(pace.choose(layer, 8).drafts == 8);
}

TEST_CASE("right drafts that cost little are many, costly ones few or none") {
    DraftPace pace;
    compare(pace, copied, 50, 0);
    measure(pace, 0.05);
    CHECK(pace.choose(copied, 8).drafts == 8);
    CHECK(pace.choose(copied, 8).gain > 5.0);
    DraftPace costly; // as many experts as tokens: no pass over two gains anything
    compare(costly, copied, 50, 0);
    measure(costly, 1.0);
    CHECK(costly.choose(copied, 8).drafts == 0);
    // One draft in two is right: at half a pass a token, nothing; at a fifth, few.
    DraftPace half;
    for (int i = 0; i < 24; ++i)
        compare(half, copied, 1, 1);
    measure(half, 0.5);
    CHECK(half.choose(copied, 8).drafts == 0);
    for (int again = 0; again < 10; ++again)
        measure(half, 0.2);
    CHECK(half.choose(copied, 8).drafts >= 1);
    CHECK(half.choose(copied, 8).drafts <= 2);
}

TEST_CASE("the layer's own time counts") {
    DraftPace pace;
    compare(pace, layer, 40, 10);
    measure(pace, 0.1);
    CHECK(pace.choose(layer, 3).drafts > 0);
    for (int i = 0; i < 10; ++i)
        pace.guessed(i % 2 == 1, 0.02); // as long as a pass
    CHECK(pace.choose(layer, 3).drafts == 0);
    CHECK(pace.choose(copied, 3).drafts > 0);
}

TEST_CASE("a first guess that is dear is spread over those upon it") {
    DraftPace pace;
    compare(pace, layer, 40, 0);
    measure(pace, 0.3);
    for (int i = 0; i < 10; ++i) {
        pace.guessed(false, 0.016);
        pace.guessed(true, 0.002);
    }
    CHECK(pace.choose(layer, 1).drafts == 0);
    CHECK(pace.choose(layer, 3).drafts == 3);
}

TEST_CASE(
    "a cold first pass, or a machine that has become faster, is not what drafts are measured by for long") {
    DraftPace pace;
    compare(pace, copied, 50, 0);
    for (const double cold : {0.06, 0.02, 0.02})
        pace.passed(1, cold);
    for (int again = 0; again < 8; ++again)
        pace.passed(2, 0.03);
    CHECK(pace.cost(2) == Approx(1.5));
    int alone = 0;
    for (int pass = 0; pass < 800; ++pass) {
        const auto drafts = pace.choose(copied, 1).drafts;
        alone += drafts == 0 ? 1 : 0;
        pace.passed(1 + drafts, drafts == 0 ? 0.005 : 0.0099);
    }
    CHECK(pace.choose(copied, 1).drafts == 0);
    CHECK(alone > 100);
}

TEST_CASE("misses end it, hits bring it back") {
    DraftPace pace;
    measure(pace, 0.2);
    compare(pace, copied, 20, 0);
    CHECK(pace.choose(copied, 8).drafts > 0);
    compare(pace, copied, 0, 30);
    CHECK(pace.choose(copied, 8).drafts == 0);
    compare(pace, copied, 30, 0); // compared, though not sent
    CHECK(pace.choose(copied, 8).drafts > 0);
}

TEST_CASE("what was too slow is tried again, rarer and rarer") {
    DraftPace pace;
    compare(pace, copied, 50, 0);
    measure(pace, 1.0);
    int since = 0;
    std::vector<int> waits;
    for (int token = 0; token < 1000; ++token) {
        REQUIRE(pace.choose(copied, 8).drafts == 0);
        const auto tried = pace.probe(copied, 8);
        REQUIRE(tried <= 3);
        ++since;
        if (tried > 0) waits.push_back(std::exchange(since, 0));
        pace.passed(1 + tried, 0.02 * static_cast<double>(1 + tried));
    }
    REQUIRE(waits.size() >= 3);
    CHECK(waits.size() <= 6);
    CHECK(waits[1] >= 2 * waits[0] - 2);
    CHECK(waits[2] >= 2 * waits[1] - 4);
    // The machine has become faster at it: the next tries show it.
    bool drafts = false;
    for (int token = 0; token < 20000 && !drafts; ++token) {
        drafts = pace.choose(copied, 8).drafts > 0;
        const auto tried = pace.probe(copied, 8);
        pace.passed(1 + tried, 0.02 * (1.0 + 0.05 * static_cast<double>(tried)));
    }
    CHECK(drafts);
    // What is never right is not tried at all.
    compare(pace, copied, 0, 100);
    for (int token = 0; token < 3000; ++token) {
        CHECK(pace.probe(copied, 8) == 0);
        pace.passed(1, 0.02);
    }
}

TEST_CASE("times of sizes that were not measured lie between and beyond those that were") {
    DraftPace pace;
    pace.passed(1, 0.01);
    CHECK(pace.cost(1) == 1.0);
    CHECK(pace.cost(9) < 5.0); // hoped for
    pace.passed(5, 0.03);
    CHECK(pace.cost(3) == Approx(2.0));
    CHECK(pace.cost(9) == Approx(4.6)); // a first step that is large says little
    pace.passed(3, 1.0);                // disturbed: a pass over three is never slower than three passes
    CHECK(pace.cost(3) == Approx(3.0));
    pace.passed(0, 1.0);
    pace.passed(100, 1.0);
    CHECK(pace.cost(5) == Approx(3.0));
}
