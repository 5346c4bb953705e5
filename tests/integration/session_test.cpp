// SPDX-License-Identifier: MIT
// Sessions on the real engine, from a file on disk: the same greedy answer with every number of threads,
// every batch of the prompt, a fresh and a reused cache.
#include "engine/session/session.h"
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>

namespace engine = spoutnik::engine;
using spoutnik::testing::GgufWriter;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::tiny_spec;
using spoutnik::testing::TinyModel;

namespace {

struct Said {
    std::string text, failure;
    engine::Finished finished;
};

/// An open session, asked one question at a time.
class Talk {
  public:
    Talk(const std::filesystem::path& model, const engine::SessionOptions& options)
        : session_(engine::Session::open(model, options, [this](const std::vector<engine::Event>& events) {
              const std::lock_guard lock(mutex_);
              for (const engine::Event& event : events)
                  take(event.body);
              arrived_.notify_all();
          })) {}

    Said ask(std::vector<engine::ChatMessage> messages, std::int64_t max_tokens,
             const std::string& conversation = {}) {
        engine::ChatRequest request;
        request.conversation = conversation;
        request.messages = std::move(messages);
        request.max_tokens = max_tokens;
        request.sampler.temperature = 0.0F;
        {
            const std::lock_guard lock(mutex_);
            said_ = {};
            over_ = false;
        }
        session_->submit(std::move(request));
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return over_; });
        return said_;
    }
    const engine::Session& session() const { return *session_; }

  private:
    void take(const engine::EventBody& body) {
        if (const auto* answer = std::get_if<engine::AnswerText>(&body)) said_.text += answer->text;
        if (const auto* reasoning = std::get_if<engine::ReasoningText>(&body)) said_.text += reasoning->text;
        if (const auto* failed = std::get_if<engine::Failed>(&body)) said_.failure = failed->message;
        if (const auto* finished = std::get_if<engine::Finished>(&body)) said_.finished = *finished;
        over_ = over_ || std::holds_alternative<engine::Failed>(body) ||
                std::holds_alternative<engine::Finished>(body);
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    Said said_;
    bool over_ = false;
    std::unique_ptr<engine::Session> session_; ///< last: its thread uses the others
};

const std::string long_question =
    "The answer must not depend on how this question is cut into batches, nor on how many "
    "threads read it, nor on what was asked before it.";

} // namespace

TEST_CASE("the same greedy answer, whatever the threads, the batches and the cache") {
    for (const std::string name :
         {"peer-v3-f32", "peer-v2-lite-q8_0", "peer-qwen3moe-f32", "peer-llama-q4_K"}) {
        CAPTURE(name);
        const TemporaryFolder folder;
        const auto path = folder / "model.gguf";
        GgufWriter::save(path, TinyModel(tiny_spec(name)).gguf());
        // Passes of many tokens have a form of latent attention that rounds otherwise: in f32 it takes more
        // than that to change an answer, where activations are rounded to 8 bits it does not.
        const bool is_touchy = name == "peer-v2-lite-q8_0";
        std::string expected_of_form[2];
        for (const int threads : {1, 2})
            for (const std::int64_t batch : {1, 7, 64, 512}) {
                CAPTURE(threads, batch);
                std::string& expected = expected_of_form[is_touchy && batch == 512 ? 1 : 0];
                engine::SessionOptions options;
                options.threads = threads;
                options.prefill_batch = batch;
                options.context = 512;
                Talk talk(path, options);
                const Said fresh = talk.ask({{"user", long_question}}, 24);
                REQUIRE(fresh.failure.empty());
                REQUIRE(fresh.finished.reused_tokens == 0);
                if (expected.empty()) expected = fresh.text;
                CHECK(fresh.text == expected);
                if (batch != 7) continue;
                talk.ask({{"user", long_question.substr(0, 50) + " Something else."}}, 5);
                const Said reused = talk.ask({{"user", long_question}}, 24);
                CHECK(reused.finished.reused_tokens >= 40);
                CHECK(reused.text == expected);
            }
        CHECK_FALSE(expected_of_form[0].empty());
    }
}

TEST_CASE("the same greedy answer from a cache that was on disk") {
    for (const std::string name :
         {"peer-v3-f32", "peer-v2-lite-q8_0", "peer-qwen3moe-f32", "peer-llama-q4_K"})
        for (const auto format : {spoutnik::kernels::Format::f16, spoutnik::kernels::Format::f32,
                                  spoutnik::kernels::Format::q8_0}) {
            CAPTURE(name, format);
            const bool whole_blocks =
                name == "peer-llama-q4_K"; // heads of 32; see the refusals in unit/model
            if (format == spoutnik::kernels::Format::q8_0 && !whole_blocks) continue;
            const TemporaryFolder folder;
            const auto path = folder / "model.gguf";
            GgufWriter::save(path, TinyModel(tiny_spec(name)).gguf());
            engine::SessionOptions options;
            options.context = 512;
            options.prefill_batch = 128; // one form of attention, however much of the prompt is known
            options.cache_format = format;
            const std::vector<engine::ChatMessage> first{{"user", long_question}};
            std::vector<engine::ChatMessage> second = first;
            std::string expected;
            {
                Talk talk(path, options);
                second.push_back({"assistant", talk.ask(first, 12).text});
                second.push_back({"user", "And then?"});
            }
            {
                Talk talk(path, options);
                expected = talk.ask(second, 24).text;
            }
            options.cache_folder = folder / "cache";
            {
                Talk talk(path, options);
                talk.ask(first, 12, "1");
                talk.ask({{"user", "Something else altogether, of another conversation."}}, 5, "2");
                const Said said = talk.ask(second, 24, "1");
                CHECK(said.finished.restored_tokens >= 100);
                CHECK(said.text == expected);
            }
            Talk talk(path, options); // after a restart
            const Said said = talk.ask(second, 24, "1");
            CHECK(said.failure.empty());
            CHECK(said.finished.restored_tokens >= 200);
            CHECK(said.text == expected);
        }
}

TEST_CASE("a cache on disk in one format is not taken for one in another") {
    using spoutnik::kernels::Format;
    const TemporaryFolder folder;
    const auto path = folder / "model.gguf";
    GgufWriter::save(path, TinyModel(tiny_spec("peer-llama-q4_K")).gguf());
    engine::SessionOptions options;
    options.context = 512;
    options.cache_folder = folder / "cache";
    for (const Format format : {Format::q8_0, Format::f16, Format::bf16, Format::q8_0}) {
        CAPTURE(format);
        options.cache_format = format;
        Talk talk(path, options);
        const Said said = talk.ask({{"user", long_question}}, 8, "1");
        CHECK(said.failure.empty());
        CHECK(said.finished.restored_tokens == 0);
    }
    Talk talk(path, options); // q8_0 once more, and that is what lies there now
    CHECK(talk.ask({{"user", long_question}}, 8, "1").finished.restored_tokens > 0);
}

TEST_CASE("another model of the same shape does not take a cache for its own") {
    const TemporaryFolder folder;
    const auto path = folder / "model.gguf";
    auto spec = tiny_spec("peer-v3-f32");
    engine::SessionOptions options;
    options.context = 512;
    options.cache_folder = folder / "cache";
    for (const std::uint64_t seed : {1, 2, 1}) {
        spec.seed = seed; // other weights, everything else the same
        GgufWriter::save(path, TinyModel(spec).gguf());
        Talk talk(path, options);
        CHECK(talk.ask({{"user", long_question}}, 8, "1").finished.restored_tokens == 0);
    }
    Talk talk(path, options);
    CHECK(talk.ask({{"user", long_question}}, 8, "1").finished.restored_tokens > 100);
}

TEST_CASE("a session tells what it holds") {
    const TemporaryFolder folder;
    const auto path = folder / "model.gguf";
    const auto& spec = tiny_spec("peer-v3-f32");
    GgufWriter::save(path, TinyModel(spec).gguf());
    engine::SessionOptions options;
    options.context = 256;
    Talk talk(path, options);
    CHECK(talk.session().description().architecture == "deepseek2");
    CHECK(talk.session().context_capacity() == 256);
    // Latents only: not the full heads.
    const auto latents = static_cast<std::size_t>(256 * spec.layers * (spec.latent + spec.position) * 2);
    CHECK(talk.session().cache_bytes() >= latents);
    CHECK(talk.session().cache_bytes() < latents + latents / 8);
}

TEST_CASE("a model whose template cannot be read is refused by name") {
    const TemporaryFolder folder;
    const auto path = folder / "model.gguf";
    TinyModel(tiny_spec("peer-v3-f32")).writer().set("tokenizer.chat_template", "{% for %}").write(path);
    CHECK_THROWS_WITH(engine::Session::open(path, {}, {}), Catch::Contains("tokenizer.chat_template"));
}
