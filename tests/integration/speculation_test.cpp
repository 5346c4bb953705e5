// SPDX-License-Identifier: MIT
// Real models with drafts and without: the same events, and the same bytes in the KV cache. Tiny ones of
// every architecture, whose drafts are mostly wrong, and the starter, which copies well.
#include "engine/chat_template/chat_template.h"
#include "engine/session/responder.h"
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <limits>
#include <optional>

namespace engine = spoutnik::engine;
namespace kernels = spoutnik::kernels;
using engine::ChatRequest;
using engine::Speculation;
using spoutnik::testing::GgufWriter;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::tiny_spec;
using spoutnik::testing::TinyModel;
using spoutnik::testing::TinySpec;

namespace {

constexpr int never = std::numeric_limits<int>::max();

/// What can be seen of one answer.
struct Seen {
    std::string events; ///< kind and text of each
    engine::Finished finished;
    std::vector<std::byte> cache; ///< every row: other tokens leave other rows
};

/// A model file, and a responder around it.
class Bench {
  public:
    Bench(const std::filesystem::path& path, int threads, std::int64_t context)
        : file_(engine::gguf::File::open(path)), tokenizer_(engine::Tokenizer::load(*file_)),
          backend_(kernels::make_cpu_backend({.threads = threads})),
          model_(engine::load_model(file_, *backend_)), cache_(model_->make_cache(context)) {
        const std::string* source = file_->find_string("tokenizer.chat_template");
        prompts_.emplace(*tokenizer_,
                         source ? std::make_unique<const engine::ChatTemplate>(*source) : nullptr,
                         engine::special_texts(*file_));
        has_layer_ = model_->description().has_next_token_layer;
        if (has_layer_) model_->enable_drafts(*cache_);
        responder_.emplace(*model_, *tokenizer_, *prompts_, *cache_,
                           engine::Responder::Options{.has_next_token_layer = has_layer_});
    }

    bool has_layer() const { return has_layer_; }

    Seen respond(ChatRequest request, Speculation mode, int cancel_at = never) {
        request.speculation = mode;
        Seen seen;
        int asked = 0;
        const auto finished = responder_->respond(
            request, [&](const engine::EventBody& event) { seen.events += told(event); },
            [&] { return ++asked >= cancel_at; });
        seen.finished = finished;
        seen.cache.resize(cache_->layout().bytes_per_token() * static_cast<std::size_t>(cache_->length()));
        cache_->read_rows(0, cache_->length(), seen.cache);
        return seen;
    }

  private:
    static std::string told(const engine::EventBody& event) {
        if (const auto* text = std::get_if<engine::AnswerText>(&event)) return "A" + text->text;
        if (const auto* text = std::get_if<engine::ReasoningText>(&event)) return "R" + text->text;
        if (const auto* nearly = std::get_if<engine::ContextNearlyFull>(&event))
            return "N" + std::to_string(nearly->tokens_left);
        return std::to_string(event.index());
    }

    std::shared_ptr<const engine::gguf::File> file_;
    std::unique_ptr<const engine::Tokenizer> tokenizer_;
    std::optional<engine::PromptBuilder> prompts_;
    std::unique_ptr<kernels::Backend> backend_;
    std::unique_ptr<engine::Model> model_;
    std::unique_ptr<engine::KvCache> cache_;
    std::optional<engine::Responder> responder_;
    bool has_layer_ = false;
};

void check_same(const Seen& said, const Seen& expected) {
    CHECK(said.events == expected.events);
    CHECK(said.finished.reason == expected.finished.reason);
    CHECK(said.finished.answer_tokens == expected.finished.answer_tokens);
    CHECK(said.finished.reasoning_tokens == expected.finished.reasoning_tokens);
    CHECK(said.finished.context_used == expected.finished.context_used);
    CHECK((said.cache == expected.cache)); // not shown when they differ
}

ChatRequest question(const std::string& text, std::int64_t max_tokens) {
    ChatRequest request;
    request.messages = {{"user", text}};
    request.sampler.temperature = 0.0F;
    request.max_tokens = max_tokens;
    return request;
}

/// Greedy, and drawn with penalties.
std::vector<ChatRequest> both_ways(ChatRequest request) {
    std::vector<ChatRequest> requests{request};
    request.sampler.temperature = 0.8F;
    request.sampler.repetition_penalty = 1.1F;
    request.sampler.frequency_penalty = 0.1F;
    request.sampler.seed = 7;
    requests.push_back(std::move(request));
    return requests;
}

std::vector<Speculation> modes_of(const Bench& bench) {
    std::vector<Speculation> modes{Speculation::lookup, Speculation::automatic};
    if (bench.has_layer()) modes.push_back(Speculation::mtp);
    return modes;
}

const std::string verse = "the thin thing, the thick thing, the thin thing, the thick thing, ";

/// Whole answers, cancelled ones, answers to the end of the context, one after the other in one cache.
/// Drafts that were sent and that were right, all together.
std::pair<std::int64_t, std::int64_t> compare_all(const std::filesystem::path& path, const std::string& asked,
                                                  std::int64_t context, std::int64_t max_tokens) {
    std::int64_t drafted = 0;
    std::int64_t accepted = 0;
    for (const int threads : {1, 2}) {
        Bench plain(path, 1, context);
        Bench drafting(path, threads, context);
        for (const Speculation mode : modes_of(drafting))
            for (const ChatRequest& request : both_ways(question(asked, max_tokens))) {
                CAPTURE(threads, static_cast<int>(mode), request.sampler.temperature);
                const auto both = [&](const ChatRequest& same, int cancel_at = never) {
                    const Seen expected = plain.respond(same, Speculation::off, cancel_at);
                    const Seen said = drafting.respond(same, mode, cancel_at);
                    check_same(said, expected);
                    CHECK(expected.finished.drafted_tokens == 0);
                    if (mode != Speculation::automatic) drafted += said.finished.drafted_tokens;
                    accepted += said.finished.accepted_tokens;
                };
                both(request);
                both(request, 9);
                ChatRequest stopping = request;
                stopping.stop = {"th", "e "};
                both(stopping);
                ChatRequest endless = request;
                endless.max_tokens = 0;
                if (context <= 400) both(endless);
            }
    }
    return {drafted, accepted};
}

} // namespace

TEST_CASE("tiny models of every architecture say the same with drafts") {
    for (const std::string name : {"peer-v3-f32", "peer-v3-q4_K", "peer-v2-lite-q8_0", "peer-mixtral-f32",
                                   "peer-qwen3moe-f32", "peer-llama-q4_K", "peer-qwen2-f32"}) {
        CAPTURE(name);
        const TemporaryFolder folder;
        GgufWriter::save(folder / "model.gguf", TinyModel(tiny_spec(name)).gguf());
        const auto [drafted, accepted] = compare_all(folder / "model.gguf", verse + verse, 256, 40);
        CHECK(drafted > 0);
    }
}

TEST_CASE("tiny models with a next-token layer say the same with its drafts") {
    for (const std::string name : {"peer-v3-f32", "peer-v3-q4_K", "peer-v3-layout-a-f32"}) {
        CAPTURE(name);
        TinySpec spec = tiny_spec(name);
        spec.next_token_head = true;
        const TemporaryFolder folder;
        GgufWriter::save(folder / "model.gguf", TinyModel(spec).gguf());
        const auto [drafted, accepted] = compare_all(folder / "model.gguf", verse + verse, 256, 40);
        CHECK(drafted > 300); // three a pass, unlike those that must be found
    }
}

TEST_CASE("the starter says the same with drafts, and copies faster") {
    const std::string path = std::string(SPOUTNIK_SOURCE_DIR) + "/resources/starter/spoutnik-starter.gguf";
    if (!std::filesystem::exists(path)) {
        std::puts("skipped: the starter model is not in this tree");
        return;
    }
    const auto [drafted, accepted] =
        compare_all(path,
                    "Répète : le chat dort, le chien court, le chat dort, le chien court, le chat dort, le "
                    "chien court.",
                    512, 60);
    CHECK(drafted > 0);
    CHECK(accepted > 0);
}

TEST_CASE("the next-token layer is asked for by the session, and costs nothing where drafts are off") {
    const TemporaryFolder folder;
    TinySpec spec = tiny_spec("peer-v3-f32");
    GgufWriter::save(folder / "plain.gguf", TinyModel(spec).gguf());
    spec.next_token_head = true;
    GgufWriter::save(folder / "layer.gguf", TinyModel(spec).gguf());
    engine::SessionOptions options;
    options.context = 256;
    const auto bytes = [&](const char* file, Speculation speculation) {
        options.speculation = speculation;
        return engine::Session::open(folder / file, options, [](const auto&) {})->cache_bytes();
    };
    const std::size_t plain = bytes("plain.gguf", Speculation::automatic);
    CHECK(bytes("layer.gguf", Speculation::off) == plain);
    CHECK(bytes("layer.gguf", Speculation::lookup) == plain);
    CHECK(bytes("layer.gguf", Speculation::automatic) == plain + plain / 3); // a layer more than three
    CHECK(bytes("layer.gguf", Speculation::mtp) == plain + plain / 3);
    CHECK_THROWS_WITH(bytes("plain.gguf", Speculation::mtp), Catch::Contains("MTP"));

    // Spoilt, the layer is not missed unless it was asked for.
    auto spoilt = TinyModel(spec).writer();
    spoilt.drop_tensor("blk.3.nextn.enorm.weight");
    spoilt.write(folder / "spoilt.gguf");
    CHECK(bytes("spoilt.gguf", Speculation::automatic) == plain);
    CHECK_THROWS_WITH(bytes("spoilt.gguf", Speculation::mtp), Catch::Contains("enorm"));
}
