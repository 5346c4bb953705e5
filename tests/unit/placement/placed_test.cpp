// SPDX-License-Identifier: MIT
// Loading and answering where the plan puts things: the same tokens wherever that is, less on the device
// when it has less room than it said, and caches that go to disk and back.
#include "engine/session/engine_session.h"
#include "engine/session/placed_model.h"
#include "tests/support/fenced_backend.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/placement/opened.h"

#include <catch2/catch.hpp>

#include <future>

using namespace spoutnik;
using engine::Devices;
using engine::Logits;
using engine::PlacedModel;
using engine::PlacementWish;
using testing::FencedBackend;
using testing::TinyModel;

namespace {

constexpr std::uint64_t reserve = engine::PlanRequest{}.gpu_reserve;

struct Bench {
    explicit Bench(std::size_t gpu_bytes = FencedBackend::no_limit)
        : gpu(std::make_shared<FencedBackend>(gpu_bytes)), devices{.cpu = kernels::make_cpu_backend(
                                                                       {.threads = 2}),
                                                                   .gpu = gpu} {}
    std::shared_ptr<FencedBackend> gpu;
    Devices devices;
};

/// Tokens of one answer, and what was restored from disk for it.
engine::Finished answer(engine::Session& session, std::future<engine::Finished>& finished,
                        const std::string& conversation = {}) {
    engine::ChatRequest request;
    request.messages = {{"user", "The moon, the sea and the spoutnik above them both."}};
    request.sampler.temperature = 0.8F;
    request.sampler.seed = 7;
    request.max_tokens = 24;
    request.conversation = conversation;
    session.submit(request);
    return finished.get();
}

struct Opening {
    explicit Opening(const std::filesystem::path& path, const Devices& devices,
                     const engine::SessionOptions& options)
        : session(
              engine::open_session(path, devices, options, [this](const std::vector<engine::Event>& events) {
                  for (const engine::Event& event : events) {
                      if (const auto* done = std::get_if<engine::Finished>(&event.body))
                          said.set_value(*done);
                      if (std::holds_alternative<engine::Failed>(event.body))
                          said.set_exception(
                              std::make_exception_ptr(std::runtime_error("the session failed")));
                  }
              })) {}
    std::promise<engine::Finished> said;
    std::future<engine::Finished> finished = said.get_future();
    std::unique_ptr<engine::Session> session;
};

std::vector<float> some_logits(const PlacedModel& placed) {
    const auto tokens = testing::tiny_tokens(20, 96);
    placed.cache->truncate(0);
    return placed.model->forward(tokens, *placed.cache, Logits::last);
}

} // namespace

TEST_CASE("A session gives the same tokens on the CPU, on a device and on both") {
    for (const std::string name : {"peer-v3-q4_K", "peer-v2-lite-q8_0", "peer-qwen3moe-f32"}) {
        CAPTURE(name);
        const testing::OwnFolder folder;
        const auto path = folder.path() / "model.gguf";
        testing::GgufWriter::save(path, TinyModel(testing::tiny_spec(name)).gguf());
        engine::SessionOptions options;
        options.context = 256;
        options.device = engine::DeviceChoice::cpu;
        const Bench bench;
        Opening alone(path, bench.devices, options);
        const auto expected = answer(*alone.session, alone.finished).tokens;
        REQUIRE(expected.size() > 4);
        CHECK(bench.gpu->allocations() == 0);
        CHECK(alone.session->placement().words.empty());

        options.device = engine::DeviceChoice::automatic;
        for (const std::optional<std::int64_t> layers :
             {std::optional<std::int64_t>{}, std::optional<std::int64_t>{0},
              std::optional<std::int64_t>{1}}) {
            options.gpu_expert_layers = layers;
            Opening placed(path, bench.devices, options);
            const engine::SessionPlacement where = placed.session->placement();
            CHECK(where.gpu_expert_layers == layers.value_or(where.expert_layers));
            REQUIRE(where.devices.size() == 2);
            CHECK(where.devices[0].device == "fenced");
            CHECK(where.notes.empty());
            CHECK(answer(*placed.session, placed.finished).tokens == expected);
        }
        CHECK(bench.gpu->bytes_in_use() == 0);
    }
}

TEST_CASE("A conversation's cache is saved from the device and restored to it") {
    const testing::OwnFolder folder;
    const auto path = folder.path() / "model.gguf";
    testing::GgufWriter::save(path, TinyModel(testing::tiny_spec("peer-v2-lite-q8_0")).gguf());
    const Bench bench;
    engine::SessionOptions options;
    options.context = 256;
    options.gpu_expert_layers = 3;
    options.cache_folder = folder.path() / "caches";
    std::filesystem::create_directory(options.cache_folder);
    std::vector<std::int32_t> first;
    {
        Opening opening(path, bench.devices, options);
        const auto finished = answer(*opening.session, opening.finished, "one");
        CHECK(finished.restored_tokens == 0);
        first = finished.tokens;
    }
    Opening again(path, bench.devices, options);
    const auto finished = answer(*again.session, again.finished, "one");
    CHECK(finished.restored_tokens > 8);
    CHECK(finished.tokens == first);
}

TEST_CASE("What the device has no room for in truth is loaded with less on it") {
    const auto image = TinyModel(testing::tiny_spec("v3")).gguf();
    const auto file = engine::gguf::File::parse(image);
    PlacementWish wish;
    wish.request.context = 64;
    const Bench bench;
    wish.request.cpu_only = true;
    const auto expected = some_logits(engine::load_placed(file, wish, bench.devices));
    wish.request.cpu_only = false;

    std::uint64_t allocations = 0;
    {
        const PlacedModel placed = engine::load_placed(file, wish, bench.devices);
        allocations = bench.gpu->allocations();
        CHECK(placed.backend->name() == "fenced");
        CHECK(placed.notes.empty());
        CHECK(some_logits(placed) == expected);
        CHECK(bench.gpu->allocations() == allocations); // all was taken at loading
    }
    for (std::uint64_t n = 0; n < allocations; ++n) {
        CAPTURE(n);
        bench.gpu->fail_after(n);
        const PlacedModel placed = engine::load_placed(file, wish, bench.devices);
        REQUIRE(placed.notes.size() == 1);
        CHECK(placed.notes.front() ==
              "The GPU had no room for the routed experts of 2 layers; those of 1 are there.");
        CHECK(placed.plan.gpu_expert_layers == 1);
        CHECK(placed.backend->name() == "fenced+cpu");
        CHECK(some_logits(placed) == expected);
    }
    bench.gpu->mend();
}

TEST_CASE("A device that goes on failing is given up for the CPU") {
    for (const std::string name : {"v3", "qwen2"}) {
        const auto image = TinyModel(testing::tiny_spec(name)).gguf();
        const auto file = engine::gguf::File::parse(image);
        PlacementWish wish;
        wish.request.context = 64;
        for (const std::uint64_t n : {0U, 1U, 7U, 20U}) {
            CAPTURE(name, n);
            const Bench bench;
            bench.gpu->fail_after(n, true);
            const PlacedModel placed = engine::load_placed(file, wish, bench.devices);
            CHECK(placed.backend->name() == "cpu");
            CHECK(bench.gpu->bytes_in_use() == 0);
            REQUIRE_FALSE(placed.notes.empty());
            CHECK_THAT(placed.notes.back(), Catch::EndsWith("; the CPU computes everything."));
            CHECK(some_logits(placed).size() == 96);
        }
    }
}

TEST_CASE("A device that is too small from the start is left alone, and the plan says so") {
    const auto image = TinyModel(testing::tiny_spec("v3")).gguf();
    const auto file = engine::gguf::File::parse(image);
    const Bench bench(reserve + 1000);
    PlacementWish wish;
    wish.request.context = 64;
    const PlacedModel placed = engine::load_placed(file, wish, bench.devices);
    CHECK(placed.backend->name() == "cpu");
    CHECK(bench.gpu->allocations() == 0);
    CHECK_THAT(placed.plan.placement(), Catch::StartsWith("The CPU computes everything"));
}

TEST_CASE("The next-token layer is used where it takes no place from the experts") {
    const auto image = TinyModel(testing::tiny_spec("v3 with next-token head")).gguf();
    const auto file = engine::gguf::File::parse(image);
    PlacementWish wish;
    wish.request.context = 64;
    wish.next_token_layer_if_free = true;
    const Bench roomy;
    const engine::Plan with = engine::plan_placement(*file, wish, roomy.devices);
    CHECK(with.request.next_token_layer);
    CHECK_FALSE(with.homes.anything_on_host());

    wish.next_token_layer_if_free = false;
    const engine::Plan without = engine::plan_placement(*file, wish, roomy.devices);
    const Bench tight(without.devices.front().total() + reserve);
    wish.next_token_layer_if_free = true;
    const engine::Plan plan = engine::plan_placement(*file, wish, tight.devices);
    CHECK_FALSE(plan.request.next_token_layer);
    CHECK_FALSE(plan.homes.anything_on_host());
}
