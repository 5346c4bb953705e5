// SPDX-License-Identifier: MIT
// Whole requests through the engine thread, with a model that says what it is told to.
#include "tests/unit/session/fakes.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>

using spoutnik::engine::ChatMessage;
using spoutnik::engine::ChatRequest;
using spoutnik::engine::FinishReason;
using spoutnik::engine::Session;
using spoutnik::engine::SessionOptions;
using spoutnik::engine::SessionParts;
using spoutnik::testing::ask;
using spoutnik::testing::ByteTokenizer;
using spoutnik::testing::Outcome;
using spoutnik::testing::outcome_of;
using spoutnik::testing::plain_template;
using spoutnik::testing::Recorder;
using spoutnik::testing::says;
using spoutnik::testing::ScriptedModel;

namespace {

/// A session with a scripted model, and what it said.
struct Talk {
    explicit Talk(const std::string& reply, std::int64_t context = 1000,
                  const std::string& source = plain_template, const std::string& prompt_tail = {},
                  SessionOptions options = {}) {
        auto owned_tokenizer = spoutnik::testing::plain_tokenizer();
        tokenizer = owned_tokenizer.get();
        auto owned_model =
            std::make_unique<ScriptedModel>(tokenizer->size(), context, says(*tokenizer, reply, prompt_tail));
        model = owned_model.get();
        SessionParts parts;
        parts.prompts = spoutnik::testing::prompt_builder(*tokenizer, source);
        parts.model = std::move(owned_model);
        parts.tokenizer = std::move(owned_tokenizer);
        options.event_interval = std::chrono::milliseconds(interval_ms);
        session = spoutnik::engine::make_session(std::move(parts), options, recorder.sink());
    }
    Outcome send(const ChatRequest& request) { return outcome_of(recorder.wait(session->submit(request))); }
    Outcome say(std::vector<ChatMessage> messages) { return send(ask(std::move(messages))); }

    static constexpr int interval_ms = 0;
    Recorder recorder;
    const ByteTokenizer* tokenizer = nullptr;
    ScriptedModel* model = nullptr; ///< touch only while no request runs
    std::unique_ptr<Session> session;
};

} // namespace

TEST_CASE("a question is answered") {
    Talk talk("Bonjour, ça va ?");
    const Outcome said = talk.say({{"user", "Salut"}});
    CHECK(said.failure.empty());
    CHECK(said.answer == "Bonjour, ça va ?");
    CHECK(said.reasoning.empty());
    CHECK(said.finished.reason == FinishReason::end_of_turn);
    CHECK(said.finished.prompt_tokens == 8); // <bos> <user> 5 <assistant>
    CHECK(said.finished.answer_tokens == 17);
    REQUIRE(said.finished.tokens.size() == 17 + 1);
    CHECK(talk.tokenizer->ends_turn(said.finished.tokens.back()));
    CHECK(said.finished.reasoning_tokens == 0);
    CHECK(said.finished.seed != 0);
    CHECK(said.finished.context_used == 8 + 17);
    CHECK(said.finished.context_capacity == talk.session->context_capacity());
    CHECK(talk.session->context_capacity() == 1000);
    CHECK(talk.session->cache_bytes() == 4000);
    CHECK(talk.session->can_think());
    REQUIRE_FALSE(said.progress.empty());
    CHECK(said.progress.front().done == 0);
    CHECK(said.progress.back().done == 8);
    CHECK(said.progress.back().total == 8);
}

TEST_CASE("ids beyond the vocabulary are never said, though the output matrix is padded") {
    auto tokenizer = spoutnik::testing::plain_tokenizer();
    SessionParts parts;
    parts.prompts = spoutnik::testing::prompt_builder(*tokenizer);
    const auto beyond = static_cast<spoutnik::engine::Token>(tokenizer->size() + 3);
    parts.model = std::make_unique<ScriptedModel>(
        tokenizer->size() + 8, 500, [beyond](std::span<const spoutnik::engine::Token>) { return beyond; });
    parts.tokenizer = std::move(tokenizer);
    Recorder recorder;
    const auto session = spoutnik::engine::make_session(std::move(parts), {}, recorder.sink());
    ChatRequest request = ask({{"user", "q"}});
    request.max_tokens = 5;
    CHECK(outcome_of(recorder.wait(session->submit(request))).failure.empty());
}

TEST_CASE("no event holds half a character") {
    Talk talk("é漢😀\xF0\x9F\x98"); // the last one is never finished
    const auto events = talk.recorder.wait(talk.session->submit(ask({{"user", "q"}})));
    std::string whole;
    for (const auto& event : events)
        if (const auto* text = std::get_if<spoutnik::engine::AnswerText>(&event)) {
            CHECK((static_cast<unsigned char>(text->text.front()) & 0xC0U) != 0x80U);
            whole += text->text;
        }
    CHECK(whole.starts_with("é漢😀"));
    CHECK(whole.ends_with("\uFFFD"));
}

TEST_CASE("reasoning comes apart from the answer") {
    SECTION("with tags of its own") {
        Talk talk("<think>\n17 + 25 = 42\n</think>\n\n42");
        const Outcome said = talk.say({{"user", "17 + 25 ?"}});
        CHECK(said.reasoning == "17 + 25 = 42");
        CHECK(said.answer == "42");
        CHECK(said.finished.reasoning_tokens == 16);
        CHECK(said.finished.answer_tokens == 4); // two line ends and two digits
    }
    SECTION("opened by the template") {
        Talk talk("17 + 25 = 42</think>42", 1000, std::string(plain_template) + "<think>{{ '\n' }}",
                  "<think>\n");
        const Outcome said = talk.say({{"user", "17 + 25 ?"}});
        CHECK(said.reasoning == "17 + 25 = 42");
        CHECK(said.answer == "42");
    }
    SECTION("closed, but never opened") {
        Talk talk("Hm.\n</think>\n\n42");
        const Outcome said = talk.say({{"user", "17 + 25 ?"}});
        CHECK(said.reclassified);
        CHECK(said.reasoning == "Hm.\n");
        CHECK(said.answer == "42");
        CHECK(said.finished.reasoning_tokens == 5);
    }
    SECTION("tags spelt in single bytes") {
        auto tokenizer =
            std::make_unique<ByteTokenizer>(std::vector<std::string>{"<bos>", "<eos>"},
                                            std::vector<std::string>{"<user>", "<assistant>"}, true);
        const ByteTokenizer& names = *tokenizer;
        SessionParts parts;
        parts.prompts = spoutnik::testing::prompt_builder(names);
        parts.model = std::make_unique<ScriptedModel>(names.size(), 500, says(names, "<think>a</think>b"));
        parts.tokenizer = std::move(tokenizer);
        Recorder recorder;
        const auto session = spoutnik::engine::make_session(std::move(parts), {}, recorder.sink());
        const Outcome said = outcome_of(recorder.wait(session->submit(ask({{"user", "q"}}))));
        CHECK(said.reasoning == "a");
        CHECK(said.answer == "b");
    }
    SECTION("tags that are control tokens, of which the decoder is silent") {
        auto tokenizer =
            std::make_unique<ByteTokenizer>(std::vector<std::string>{"<bos>", "<eos>", "<think>", "</think>"},
                                            std::vector<std::string>{"<user>", "<assistant>"}, true);
        const ByteTokenizer& names = *tokenizer;
        SessionParts parts;
        parts.prompts = spoutnik::testing::prompt_builder(names);
        parts.model = std::make_unique<ScriptedModel>(names.size(), 500, says(names, "<think>a</think>b"));
        parts.tokenizer = std::move(tokenizer);
        Recorder recorder;
        const auto session = spoutnik::engine::make_session(std::move(parts), {}, recorder.sink());
        const Outcome said = outcome_of(recorder.wait(session->submit(ask({{"user", "q"}}))));
        CHECK(said.reasoning == "a");
        CHECK(said.answer == "b");
    }
}

TEST_CASE("an answer ends at stop strings, at the number of tokens, at the end of the context") {
    Talk talk("one two three four", 100);
    ChatRequest request = ask({{"user", "count"}});
    SECTION("stop string") {
        request.stop = {"three", "never"};
        const Outcome said = talk.send(request);
        CHECK(said.answer == "one two ");
        CHECK(said.finished.reason == FinishReason::stop_string);
    }
    SECTION("a stop string that never completes is shown") {
        request.stop = {"fourth"};
        const Outcome said = talk.send(request);
        CHECK(said.answer == "one two three four");
        CHECK(said.finished.reason == FinishReason::end_of_turn);
    }
    SECTION("max_tokens") {
        request.max_tokens = 7;
        const Outcome said = talk.send(request);
        CHECK(said.answer == "one two");
        CHECK(said.finished.reason == FinishReason::max_tokens);
        CHECK(said.finished.answer_tokens == 7);
    }
    SECTION("context") {
        Talk small(std::string(200, 'x'), 100);
        const Outcome said = small.say({{"user", "count"}});
        CHECK(said.finished.reason == FinishReason::context_full);
        CHECK(said.finished.prompt_tokens == 8);
        CHECK(said.finished.answer_tokens == 93); // the last one needs no room
        CHECK(said.finished.context_used == 100);
        CHECK(said.warnings == std::vector<std::int64_t>{16});
    }
}

TEST_CASE("the cache keeps what prompts have in common") {
    Talk talk("ok");
    const Outcome first = talk.say({{"user", "hello"}});
    CHECK(first.finished.reused_tokens == 0);
    const Outcome second = talk.say({{"user", "hello"}, {"assistant", "ok"}, {"user", "more"}});
    CHECK(second.finished.reused_tokens == 8 + 2); // the first prompt and its answer
    CHECK(second.progress.front().reused == 10);
    CHECK(second.answer == "ok");

    SECTION("after an edit of the last question") {
        const Outcome edited = talk.say({{"user", "hello"}, {"assistant", "ok"}, {"user", "moon"}});
        CHECK(edited.finished.reused_tokens == 10 + 2 + 2); // <eos> <user> m o
        CHECK(edited.answer == "ok");
    }
    SECTION("after an edit of the first") {
        const Outcome edited = talk.say({{"user", "help"}});
        CHECK(edited.finished.reused_tokens == 2 + 3);
        CHECK(talk.tokenizer->show(talk.model->sequence) == "[<bos>][<user>]help[<assistant>]ok");
    }
    SECTION("a request can have its prompt read anew") {
        ChatRequest anew = ask({{"user", "hello"}, {"assistant", "ok"}, {"user", "more"}});
        anew.reads_anew = true;
        const Outcome said = talk.send(anew);
        CHECK(said.finished.reused_tokens == 0);
        CHECK(said.answer == "ok");
    }
    SECTION("the same question again: its last token is read again") {
        const Outcome again = talk.say({{"user", "hello"}, {"assistant", "ok"}, {"user", "more"}});
        CHECK(again.finished.reused_tokens == again.finished.prompt_tokens - 1);
        CHECK(again.answer == "ok");
    }
}

TEST_CASE("the answer depends neither on the batches of the prompt nor on what the cache held") {
    const std::vector<ChatMessage> question{{"system", "s"},
                                            {"user", "a question of some length, and then more"}};
    std::string expected;
    for (const std::int64_t batch : {1, 7, 64, 512}) {
        SessionOptions options;
        options.prefill_batch = batch;
        Talk talk("", 300, plain_template, {}, options);
        talk.model->favourite = 0.0F; // nothing is favoured: the draw depends on every logit
        ChatRequest request = ask(question);
        request.sampler.temperature = 1.0F;
        request.sampler.seed = 99;
        request.max_tokens = 50;
        const Outcome fresh = talk.send(request);
        if (expected.empty()) expected = fresh.answer + fresh.reasoning;
        CHECK(fresh.answer + fresh.reasoning == expected);
        CHECK(fresh.finished.seed == 99);
        for (const std::size_t pass : talk.model->passes)
            CHECK(std::cmp_less_equal(pass, batch));
        talk.say({{"system", "s"}, {"user", "a question of another kind"}});
        const Outcome reused = talk.send(request);
        CHECK(reused.finished.reused_tokens > 10);
        CHECK(reused.answer + reused.reasoning == expected);
    }
    CHECK_FALSE(expected.empty());
}

TEST_CASE("the oldest turns leave a full context, and it is said") {
    Talk talk("fine", 200);
    std::vector<ChatMessage> messages{{"system", "S"}};
    for (int turn = 0; turn < 6; ++turn) {
        messages.push_back({"user", std::string(20, 'q')});
        messages.push_back({"assistant", std::string(20, 'a')});
    }
    messages.push_back({"user", "now"});
    const Outcome said = talk.say(messages);
    CHECK(said.left_out > 0);
    CHECK(said.left_out % 2 == 0);
    CHECK(said.answer == "fine");
    CHECK(talk.tokenizer->show(talk.model->sequence).starts_with("[<bos>][<system>]S[<user>]q"));
    const Outcome failed = talk.say({{"user", std::string(500, 'q')}});
    CHECK_THAT(failed.failure, Catch::Contains("too long"));
    CHECK(talk.say({{"user", "short"}}).answer == "fine");
}

TEST_CASE("cancel stops within one token, also while the prompt is read") {
    SessionOptions options;
    options.prefill_batch = 4;
    options.speculation = spoutnik::engine::Speculation::off; // passes are counted
    Talk talk(std::string(500, 'x'), 1000, plain_template, {}, options);
    std::promise<void> reached;
    std::promise<void> go_on;
    std::atomic<int> passes{0};
    const int stop_at = GENERATE(1, 2, 30);
    talk.model->before_forward = [&](std::span<const spoutnik::engine::Token>) {
        if (++passes != stop_at) return;
        reached.set_value();
        go_on.get_future().wait();
    };
    const auto id = talk.session->submit(ask({{"user", "a question"}})); // 13 tokens: 4 batches
    reached.get_future().wait();
    talk.session->cancel(id);
    go_on.set_value();
    const Outcome said = outcome_of(talk.recorder.wait(id));
    CHECK(said.finished.reason == FinishReason::cancelled);
    CHECK(passes == stop_at);
    CHECK(said.answer.size() == (stop_at > 4 ? static_cast<std::size_t>(stop_at - 4) : 0));
    // What was read is not lost, and the session goes on.
    talk.model->before_forward = nullptr;
    ChatRequest next = ask({{"user", "a question"}});
    next.max_tokens = 3;
    const Outcome after = talk.send(next);
    CHECK(after.answer == "xxx");
    CHECK(after.finished.reused_tokens == std::min(12, (stop_at - 1) * 4));
}

TEST_CASE("cancel stops a long pass over a prompt between two layers") {
    Talk talk("an answer", 2000);
    std::promise<void> reached;
    std::promise<void> go_on;
    std::int64_t layers = 0;
    talk.model->after_layer = [&](std::int64_t layer) {
        ++layers;
        if (layer != 2 || talk.model->passes.empty()) return; // in the second pass
        reached.set_value();
        go_on.get_future().wait();
    };
    const std::string question(700, 'q'); // two passes
    const auto id = talk.session->submit(ask({{"user", question}}));
    reached.get_future().wait();
    talk.session->cancel(id);
    go_on.set_value();
    const Outcome said = outcome_of(talk.recorder.wait(id));
    CHECK(said.finished.reason == FinishReason::cancelled);
    CHECK(layers == 4 + 2);
    CHECK(said.answer.empty());
    // The first pass is kept, the second leaves nothing behind.
    talk.model->after_layer = nullptr;
    const Outcome after = talk.say({{"user", question}});
    CHECK(after.answer == "an answer");
    CHECK(after.finished.reused_tokens == 512);
}

TEST_CASE("requests wait for their turn, and can be cancelled while they wait") {
    Talk talk("yes");
    std::promise<void> reached;
    std::promise<void> go_on;
    bool first = true;
    talk.model->before_forward = [&](std::span<const spoutnik::engine::Token>) {
        if (!std::exchange(first, false)) return;
        reached.set_value();
        go_on.get_future().wait();
    };
    const auto a = talk.session->submit(ask({{"user", "a"}}));
    reached.get_future().wait();
    const auto b = talk.session->submit(ask({{"user", "b"}}));
    const auto c = talk.session->submit(ask({{"user", "c"}}));
    CHECK(a != b);
    talk.session->cancel(b);
    talk.session->cancel(12345); // never heard of
    go_on.set_value();
    CHECK(outcome_of(talk.recorder.wait(b)).finished.reason == FinishReason::cancelled);
    CHECK(outcome_of(talk.recorder.wait(a)).answer == "yes");
    CHECK(outcome_of(talk.recorder.wait(c)).answer == "yes");
    talk.session->cancel(a); // over
    CHECK(talk.say({{"user", "d"}}).answer == "yes");
}

TEST_CASE("a session that goes ends what runs and what waits") {
    Talk talk(std::string(100000, 'x'), 1000000);
    const auto running = talk.session->submit(ask({{"user", "a"}}));
    const auto waiting = talk.session->submit(ask({{"user", "b"}}));
    talk.session.reset();
    CHECK(outcome_of(talk.recorder.wait(running)).finished.reason == FinishReason::cancelled);
    CHECK(outcome_of(talk.recorder.wait(waiting)).finished.reason == FinishReason::cancelled);
}

TEST_CASE("what fails is said in a sentence, and the session lives on") {
    Talk talk("fine");
    SECTION("in the model") {
        talk.model->before_forward = [](std::span<const spoutnik::engine::Token>) {
            throw spoutnik::kernels::OutOfMemory("12 bytes");
        };
        CHECK(talk.say({{"user", "q"}}).failure == "there is not enough memory to go on");
        talk.model->before_forward = nullptr;
    }
    SECTION("in the middle of an answer: nothing of a cache that may be damaged is used again") {
        int passes = 0;
        talk.model->before_forward = [&](std::span<const spoutnik::engine::Token>) {
            if (++passes == 3) throw spoutnik::engine::Error("broken");
        };
        const Outcome broken = talk.say({{"user", "q"}});
        CHECK(broken.failure == "broken");
        CHECK(broken.answer == "fi");
        talk.model->before_forward = nullptr;
        CHECK(talk.say({{"user", "q"}}).finished.reused_tokens == 0);
    }
    SECTION("in the template") {
        Talk strict("fine", 1000,
                    "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
                    "{{ messages[0].content }}<assistant>");
        CHECK_THAT(strict.say({{"system", "s"}, {"user", "q"}}).failure, Catch::Contains("no system here"));
        CHECK(strict.say({{"user", "q"}}).answer == "fine");
    }
    SECTION("without a message") {
        CHECK_THAT(talk.say(std::vector<ChatMessage>{}).failure, Catch::Contains("no message"));
    }
    CHECK(talk.say({{"user", "q"}}).answer == "fine");
}

TEST_CASE("text that comes fast is sent in few batches") {
    auto tokenizer = spoutnik::testing::plain_tokenizer();
    SessionParts parts;
    parts.prompts = spoutnik::testing::prompt_builder(*tokenizer);
    parts.model =
        std::make_unique<ScriptedModel>(tokenizer->size(), 5000, says(*tokenizer, std::string(2000, 'x')));
    parts.tokenizer = std::move(tokenizer);
    SessionOptions options;
    options.event_interval = std::chrono::hours(1);
    Recorder recorder;
    const auto session = spoutnik::engine::make_session(std::move(parts), options, recorder.sink());
    const auto events = recorder.wait(session->submit(ask({{"user", "q"}})));
    CHECK(outcome_of(events).answer.size() == 2000);
    CHECK(recorder.batches() <= 3);
    CHECK(events.size() <= 6);
}

TEST_CASE("the context is the model's, up to 8192 unless asked otherwise") {
    const auto capacity = [](std::int64_t of_model, std::int64_t asked) {
        SessionOptions options;
        options.context = asked;
        return Talk("", of_model, plain_template, {}, options).session->context_capacity();
    };
    CHECK(capacity(163840, 0) == 8192);
    CHECK(capacity(4096, 0) == 4096);
    CHECK(capacity(163840, 20000) == 20000);
    CHECK(capacity(4096, 20000) == 4096);
    CHECK(capacity(4096, 1) == 64);
    CHECK(capacity(0, 0) == 8192);
}
