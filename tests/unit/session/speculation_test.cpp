// SPDX-License-Identifier: MIT
// The same events with and without drafts, for everything that can end or turn an answer.
#include "engine/session/responder.h"
#include "tests/unit/session/fakes.h"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

namespace engine = spoutnik::engine;
using engine::ChatRequest;
using engine::FinishReason;
using engine::Speculation;
using engine::Token;
using spoutnik::testing::ask;
using spoutnik::testing::Outcome;
using spoutnik::testing::outcome_of;
using spoutnik::testing::plain_template;
using spoutnik::testing::says;
using spoutnik::testing::ScriptedModel;
using spoutnik::testing::TokenCache;

namespace {

constexpr int never = std::numeric_limits<int>::max();

/// A model that says a reply, the responder around it, and a layer that is right but for every fifth guess.
struct Scene {
    explicit Scene(const std::string& reply, std::int64_t context = 1000,
                   const std::string& source = plain_template, const std::string& prompt_tail = {})
        : tokenizer(spoutnik::testing::plain_tokenizer()),
          prompts(spoutnik::testing::prompt_builder(*tokenizer, source)),
          model(tokenizer->size(), context, says(*tokenizer, reply, prompt_tail)), cache(context) {
        model.layer = [right = says(*tokenizer, reply, prompt_tail)](std::span<const Token> seen) {
            return seen.size() % 5 == 0 ? Token{'?'} : right(seen);
        };
    }

    Outcome respond(ChatRequest request, Speculation mode, int cancel_at = never) {
        request.speculation = mode;
        if (!responder)
            responder.emplace(
                model, *tokenizer, *prompts, cache,
                engine::Responder::Options{.speculation = Speculation::off, .has_next_token_layer = true});
        std::vector<engine::EventBody> events;
        int asked = 0;
        const auto finished = responder->respond(
            request, [&](engine::EventBody event) { events.push_back(std::move(event)); },
            [&] { return ++asked >= cancel_at; });
        events.emplace_back(finished);
        CHECK(cache.length() == finished.context_used); // no draft is left
        return outcome_of(events);
    }

    std::unique_ptr<const spoutnik::testing::ByteTokenizer> tokenizer;
    std::unique_ptr<const engine::PromptBuilder> prompts;
    ScriptedModel model;
    TokenCache cache;
    std::optional<engine::Responder> responder;
};

void check_same(const Outcome& a, const Outcome& b) {
    CHECK(a.answer == b.answer);
    CHECK(a.reasoning == b.reasoning);
    CHECK(a.reclassified == b.reclassified);
    CHECK(a.warnings == b.warnings);
    CHECK(a.finished.reason == b.finished.reason);
    CHECK(a.finished.answer_tokens == b.finished.answer_tokens);
    CHECK(a.finished.reasoning_tokens == b.finished.reasoning_tokens);
    CHECK(a.finished.context_used == b.finished.context_used);
}

const std::string verse = "roses are red, violets are blue, roses are red, violets are bluer, roses are red.";

} // namespace

TEST_CASE("drafts come in fewer passes and say the same") {
    for (const Speculation mode : {Speculation::lookup, Speculation::mtp}) {
        Scene plain(verse);
        Scene drafting(verse);
        const auto expected = plain.respond(ask({{"user", verse}}), Speculation::off);
        const auto said = drafting.respond(ask({{"user", verse}}), mode);
        REQUIRE(expected.answer == verse);
        check_same(said, expected);
        CHECK(drafting.cache.tokens == plain.cache.tokens);
        CHECK(expected.finished.drafted_tokens == 0);
        CHECK(said.finished.accepted_tokens > 30);
        CHECK(said.finished.drafted_tokens >= said.finished.accepted_tokens);
        CHECK(drafting.model.passes.size() < plain.model.passes.size() / 2);
    }
}

TEST_CASE("with random choices and penalties, drafts say the same") {
    for (const Speculation mode : {Speculation::lookup, Speculation::mtp, Speculation::automatic})
        for (const std::uint64_t seed : {1, 2, 3}) {
            ChatRequest request = ask({{"user", verse + verse}});
            request.sampler.temperature = 0.8F;
            request.sampler.repetition_penalty = 1.1F;
            request.sampler.frequency_penalty = 0.2F;
            request.sampler.presence_penalty = 0.1F;
            request.sampler.seed = seed;
            request.max_tokens = 150;
            Scene plain(verse);
            Scene drafting(verse);
            // As likely as the others together, or not favoured at all: most drafts are wrong then.
            plain.model.favourite = drafting.model.favourite = seed == 3 ? 0.0F : 3.5F;
            check_same(drafting.respond(request, mode), plain.respond(request, Speculation::off));
            CHECK(drafting.cache.tokens == plain.cache.tokens);
        }
}

TEST_CASE("wherever an answer ends, drafts end with it") {
    const Speculation mode = GENERATE(Speculation::lookup, Speculation::mtp);
    const auto same = [&](const std::string& reply, const ChatRequest& request, std::int64_t context = 1000,
                          const std::string& source = plain_template, const std::string& tail = {}) {
        Scene plain(reply, context, source, tail);
        Scene drafting(reply, context, source, tail);
        const Outcome expected = plain.respond(request, Speculation::off);
        check_same(drafting.respond(request, mode), expected);
        CHECK(drafting.cache.tokens == plain.cache.tokens);
        return expected.finished.reason;
    };
    ChatRequest request = ask({{"user", verse}});
    SECTION("at every number of tokens") {
        for (std::int64_t most = 1; most < 40; ++most) {
            request.max_tokens = most;
            CHECK(same(verse, request) == FinishReason::max_tokens);
        }
    }
    SECTION("at stop strings, also within a draft") {
        for (const std::string stop : {"violets are bluer", "ed, v", "e blue, r", "never"}) {
            request.stop = {stop};
            same(verse, request);
        }
    }
    SECTION("at the end of the context") {
        for (std::int64_t context = 100; context < 140; ++context)
            same(verse, request, context);
        CHECK(same(verse, request, 130) == FinishReason::context_full);
    }
    SECTION("with reasoning") {
        same("<think>\n" + verse + "\n</think>\n\n" + verse, request);
        same(verse + "\n</think>\n\n" + verse, request);
        same(verse + "</think>" + verse, request, 1000, std::string(plain_template) + "<think>{{ '\n' }}",
             "<think>\n");
    }
    SECTION("when it is cancelled, and the next request finds a whole cache") {
        for (int at = 2; at < 60; at += 7) {
            Scene plain(verse);
            Scene drafting(verse);
            const Outcome expected = plain.respond(request, Speculation::off, at);
            CHECK(expected.finished.reason == FinishReason::cancelled);
            check_same(drafting.respond(request, mode, at), expected);
            CHECK(drafting.cache.tokens == plain.cache.tokens);
            check_same(drafting.respond(ask({{"user", verse}}), mode),
                       plain.respond(ask({{"user", verse}}), Speculation::off));
        }
    }
}

TEST_CASE("an error in the middle of drafts leaves an empty cache, and the next request is answered") {
    Scene scene(verse);
    int passes = 0;
    scene.model.before_forward = [&](std::span<const Token>) {
        if (++passes == 6) throw engine::Error("broken");
    };
    CHECK_THROWS_WITH(scene.respond(ask({{"user", verse}}), Speculation::mtp), "broken");
    CHECK(scene.cache.length() == 0);
    CHECK(scene.respond(ask({{"user", verse}}), Speculation::mtp).answer == verse);
}

TEST_CASE("a layer that is not there is said to be missing, where it was asked for") {
    Scene scene(verse);
    scene.responder.emplace(scene.model, *scene.tokenizer, *scene.prompts, scene.cache,
                            engine::Responder::Options{});
    CHECK_THROWS_WITH(scene.respond(ask({{"user", "q"}}), Speculation::mtp), Catch::Contains("layer"));
    CHECK(scene.respond(ask({{"user", "q"}}), Speculation::automatic).answer == verse);
}

namespace {

double now = 0; ///< of the clock below, seconds
double told_now() {
    return now;
}

/// An answer of a thousand tokens, most of them seen before, on a machine whose passes take what `seconds`
/// says.
engine::Finished timed(const std::function<double(std::size_t)>& seconds, double guess_seconds) {
    std::string reply;
    for (int i = 0; i < 12; ++i)
        reply += verse;
    Scene scene(reply, 4000);
    scene.model.before_forward = [&](std::span<const Token> tokens) { now += seconds(tokens.size()); };
    scene.model.layer = [guess_seconds, right = scene.model.layer](std::span<const Token> seen) {
        now += guess_seconds;
        return right(seen);
    };
    scene.responder.emplace(
        scene.model, *scene.tokenizer, *scene.prompts, scene.cache,
        engine::Responder::Options{.has_next_token_layer = guess_seconds > 0, .pass_clock = &told_now});
    const Outcome said = scene.respond(ask({{"user", verse}}), Speculation::automatic);
    CHECK(said.answer == reply);
    return said.finished;
}

} // namespace

TEST_CASE("automatic drafts where it is faster, and almost nothing where it is not") {
    const auto flat = [](std::size_t) { return 0.02; };
    const auto by_token = [](std::size_t tokens) { return 0.02 * static_cast<double>(tokens); };
    const auto half = [](std::size_t tokens) { return 0.01 + 0.01 * static_cast<double>(tokens); };
    CHECK(timed(flat, 0).accepted_tokens > 700);
    CHECK(timed(half, 0).accepted_tokens > 500);
    CHECK(timed(by_token, 0).drafted_tokens < 50);
    CHECK(timed(by_token, 0.002).drafted_tokens < 60);
    CHECK(timed(flat, 0.1).accepted_tokens > 700); // from the text, since the layer is slow
}

TEST_CASE("a good layer is used although it sees the whole prompt first and a second token is dear") {
    std::string reply; // nothing to copy from
    for (unsigned i = 0, letter = 1; i < 600; ++i, letter = letter * 75 % 65537)
        reply += static_cast<char>('!' + letter % 90);
    Scene scene(reply, 4000);
    scene.model.before_forward = [](std::span<const Token> tokens) {
        now += tokens.size() == 1 ? 0.02 : 0.02 * (1.05 + 0.3 * static_cast<double>(tokens.size()));
    };
    scene.model.layer = [guesses = 0,
                         right = says(*scene.tokenizer, reply)](std::span<const Token> seen) mutable {
        now += ++guesses == 1 ? 0.1 : 0.005;
        return guesses % 20 == 0 ? Token{'?'} : right(seen);
    };
    scene.responder.emplace(
        scene.model, *scene.tokenizer, *scene.prompts, scene.cache,
        engine::Responder::Options{.has_next_token_layer = true, .pass_clock = &told_now});
    const Outcome said = scene.respond(ask({{"user", verse}}), Speculation::automatic);
    CHECK(said.answer == reply);
    CHECK(said.finished.accepted_tokens > 350);
    CHECK(said.finished.accepted_tokens > said.finished.drafted_tokens * 4 / 5);
}
