// SPDX-License-Identifier: MIT
// The layer that guesses the token after the next: against the naive pass, however the sequence came about,
// and without a trace in the logits of the trunk.
#include "engine/model/describe.h"
#include "engine/placement/plan.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::Logits;
using kernels::Format;
using testing::Loaded;
using testing::TinyModel;

namespace {

constexpr double tolerance = 1e-9; // as in naive_test.cpp
constexpr std::size_t vocabulary = 96;
const char* const with_layer[] = {"v3 with next-token head", "v3 with next-token head, layout A"};

std::span<const double> row(const std::vector<double>& logits, std::size_t number) {
    return std::span(logits).subspan(number * vocabulary, vocabulary);
}

using Tokens = std::span<const std::int32_t>;

} // namespace

TEST_CASE("The next-token layer computes what DeepSeek-V3's report says") {
    for (const char* name : with_layer) {
        const TinyModel tiny(testing::tiny_spec(name));
        const auto tokens = testing::tiny_tokens(40, vocabulary);
        const std::vector<std::int32_t> chained{5, 77, 5};
        const auto expected = testing::naive_next_token(tiny, tokens, chained);
        for (const std::size_t batch : {1U, 3U, 16U, 39U}) {
            CAPTURE(name, batch);
            const Loaded loaded(tiny);
            const auto cache = loaded.model->make_cache(64, Format::f32);
            loaded.model->enable_drafts(*cache);
            for (std::size_t done = 0; done < 39;) {
                const std::size_t count = std::min<std::size_t>(batch, 39 - done);
                loaded.model->forward(Tokens(tokens).subspan(done, count), *cache, Logits::none);
                done += count;
                if (batch == 3 && done % 2 == 0) continue; // several passes wait for one guess
                const auto guess = loaded.model->draft(tokens[done], *cache);
                CHECK(testing::nmse(guess, row(expected, done - 1)) <= tolerance);
            }
            for (std::size_t i = 0; i < chained.size(); ++i)
                CHECK(testing::nmse(loaded.model->draft(chained[i], *cache), row(expected, 39 + i)) <=
                      tolerance);
            CHECK(cache->length() == 39);
        }
    }
}

TEST_CASE("Guesses change nothing of what the trunk says") {
    for (const char* name : with_layer) {
        const TinyModel tiny(testing::tiny_spec(name));
        const auto tokens = testing::tiny_tokens(60, vocabulary);
        const Loaded loaded(tiny);
        const auto plain = loaded.logits(tokens, Format::f16);
        const auto cache = loaded.model->make_cache(60, Format::f16);
        loaded.model->enable_drafts(*cache);
        std::vector<float> all;
        for (std::size_t done = 0; done < 60; done += 4) {
            const auto part = loaded.model->forward(Tokens(tokens).subspan(done, 4), *cache, Logits::all);
            all.insert(all.end(), part.begin(), part.end());
            for (const std::int32_t guessed : {3, 4, 5})
                loaded.model->draft(guessed, *cache);
        }
        CHECK(all == plain);
        CHECK(cache->layout() == loaded.model->make_cache(60, Format::f16)->layout());
    }
}

TEST_CASE("What was guessed wrongly, and what was cut off, leaves no row behind") {
    const TinyModel tiny(testing::tiny_spec("v3 with next-token head"));
    const auto tokens = testing::tiny_tokens(30, vocabulary);
    const auto expected = testing::naive_next_token(tiny, tokens);
    const Loaded loaded(tiny);
    const auto cache = loaded.model->make_cache(64, Format::f32);
    loaded.model->enable_drafts(*cache);
    std::vector<std::int32_t> checked;
    for (std::size_t done = 0; done < 28;) {
        loaded.model->draft(1, *cache); // another token than the one that comes
        loaded.model->draft(2, *cache);
        // The next token and two drafts, of which as many are right as `done` says.
        checked = {tokens[done], done % 3 > 0 ? tokens[done + 1] : 95, done % 3 > 1 ? tokens[done + 2] : 94};
        loaded.model->forward(checked, *cache, Logits::all);
        done += 1 + done % 3;
        cache->truncate(static_cast<std::int64_t>(done));
        CAPTURE(done);
        const auto guess = loaded.model->draft(tokens[done], *cache);
        CHECK(testing::nmse(guess, row(expected, done - 1)) <= tolerance);
        if (done % 2 == 0) { // the same again, after a request that ended there
            cache->truncate(cache->length());
            CHECK(loaded.model->draft(tokens[done], *cache) == guess);
        }
    }
}

TEST_CASE("A long text goes through the next-token layer piece by piece") {
    const TinyModel tiny(testing::tiny_spec("v3 with next-token head"));
    const Loaded loaded(tiny);
    const std::int64_t length = loaded.model->max_batch() + 540;
    const auto tokens = testing::tiny_tokens(length, vocabulary);
    std::vector<float> expected;
    for (const std::size_t batch : {130U, 61U, 1500U, 700U}) {
        const auto cache = loaded.model->make_cache(length, Format::f16);
        loaded.model->enable_drafts(*cache);
        for (std::size_t done = 0; done + 1 < tokens.size(); done += batch)
            loaded.model->forward(Tokens(tokens).subspan(done, std::min(batch, tokens.size() - 1 - done)),
                                  *cache, Logits::none);
        const auto guess = loaded.model->draft(tokens.back(), *cache);
        if (expected.empty()) expected = guess;
        if (batch < 160) // long passes have another form of attention, with other roundings
            CHECK(guess == expected);
        else
            CHECK(testing::nmse(guess, std::vector<double>(expected.begin(), expected.end())) <= 1e-4);
    }
}

TEST_CASE("Rows that came from elsewhere are followed from there on") {
    const Loaded loaded{TinyModel(testing::tiny_spec("v3 with next-token head"))};
    const auto tokens = testing::tiny_tokens(20, vocabulary);
    const auto cache = loaded.model->make_cache(20, Format::f16);
    loaded.model->forward(tokens, *cache, Logits::none);
    std::vector<std::byte> rows(cache->layout().bytes_per_token() * 12);
    cache->read_rows(0, 12, rows);
    const auto restored = loaded.model->make_cache(20, Format::f16);
    loaded.model->enable_drafts(*restored);
    CHECK(loaded.model->draft(tokens[0], *restored).empty()); // nothing to guess from
    loaded.model->forward(Tokens(tokens).first(5), *restored, Logits::none);
    restored->truncate(4);
    restored->append_rows(rows, 12, 4, 8);
    loaded.model->forward(Tokens(tokens).subspan(12, 3), *restored, Logits::none);
    CHECK(loaded.model->draft(tokens[15], *restored).size() == vocabulary);
    // At the end of the context there is room for the guesses that rows are missing for, and then no more.
    loaded.model->forward(Tokens(tokens).subspan(15), *restored, Logits::none);
    int guesses = 0;
    while (!loaded.model->draft(7, *restored).empty())
        REQUIRE(++guesses <= 20);
    CHECK(guesses > 0);
    CHECK(restored->length() == 20);
}

TEST_CASE(
    "Without such a layer nothing is guessed, and a spoilt one is refused by name when it is asked for") {
    const Loaded plain{TinyModel(testing::tiny_spec("v3"))};
    CHECK_FALSE(plain.model->description().has_next_token_layer);
    const auto cache = plain.model->make_cache(10, Format::f16);
    CHECK_THROWS_WITH(plain.model->enable_drafts(*cache), Catch::Contains("no layer"));
    CHECK(plain.model->draft(1, *cache).empty());
    CHECK_THROWS_AS(Loaded{TinyModel(testing::tiny_spec("llama"))}.model->enable_drafts(*cache),
                    engine::Error);

    const TinyModel tiny(testing::tiny_spec("v3 with next-token head"));
    for (const std::string tensor :
         {"nextn.enorm", "nextn.hnorm", "nextn.shared_head_norm", "attn_kv_a_norm", "ffn_gate_inp"}) {
        const std::string name = "blk.3." + tensor + ".weight";
        auto writer = tiny.writer();
        writer.drop_tensor(name);
        const Loaded loaded(writer.build()); // it answers all the same
        CHECK(loaded.model->description().has_next_token_layer);
        const auto other = loaded.model->make_cache(10, Format::f16);
        CHECK_THROWS_WITH(loaded.model->enable_drafts(*other), Catch::Contains(name));
    }
    auto writer = tiny.writer();
    writer.tensor("blk.3.nextn.unheard_of.weight", {8}, Format::f32, std::vector<float>(8));
    const Loaded loaded(writer.build());
    const auto other = loaded.model->make_cache(10, Format::f16);
    CHECK_THROWS_WITH(loaded.model->enable_drafts(*other), Catch::Contains("unheard_of"));
}
