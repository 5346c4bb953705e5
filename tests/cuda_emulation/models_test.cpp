// SPDX-License-Identifier: MIT
// Whole tiny models through the CUDA backend on the emulated device, against the CPU backend: what the model
// says, that it depends on nothing it should not, and what goes as a graph.
#include "cuda_emulation/divergence.h"
#include "cuda_emulation/emulated_device.h"
#include "cuda_emulation/orders.h"
#include "engine/model/model.h"
#include "engine/session/placed_model.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/hybrid/hybrid_backend.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"
#include "tests/unit/placement/opened.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace spoutnik;
using engine::Logits;
using engine::WeightHomes;
using kernels::Format;
using kernels::cuda::CudaBackend;
using kernels::cuda::QueueOptions;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

constexpr std::int64_t vocabulary = 96;
constexpr WeightHomes all_on_device{};
/// The instruction set that attends in f32, whatever the cache's format.
const kernels::CpuOptions plain_cpu{.threads = 1, .isa = kernels::CpuIsa::reference};

constexpr WeightHomes experts_in_ram_from(std::int64_t block) {
    return {.embedding_on_host = true, .first_expert_block_on_host = block};
}

/// A model on the emulated device, with a CPU beside it for what `homes` leaves in RAM.
struct Placed {
    std::vector<std::byte> image;
    std::shared_ptr<CudaBackend> device;
    std::unique_ptr<kernels::HybridBackend> hybrid;
    std::unique_ptr<engine::Model> model;

    explicit Placed(const TinySpec& spec, const WeightHomes& homes = all_on_device,
                    const QueueOptions& options = {}, const kernels::CpuOptions& cpu = {.threads = 1})
        : image(TinyModel(spec).gguf()), device(std::make_shared<CudaBackend>(options)),
          hybrid(std::make_unique<kernels::HybridBackend>(
              device, std::shared_ptr<kernels::Backend>(kernels::make_cpu_backend(cpu)))),
          model(engine::load_model(engine::gguf::File::parse(image), *hybrid, {}, homes)) {}
};

std::vector<float> logits_of(engine::Model& model, std::span<const std::int32_t> tokens, std::size_t batch,
                             Format format) {
    const auto cache = model.make_cache(static_cast<std::int64_t>(tokens.size()), format);
    std::vector<float> all;
    for (std::size_t done = 0; done < tokens.size(); done += batch) {
        const auto part = tokens.subspan(done, std::min(batch, tokens.size() - done));
        const auto logits = model.forward(part, *cache, Logits::all);
        all.insert(all.end(), logits.begin(), logits.end());
    }
    return all;
}

double worst_divergence(const std::vector<float>& expected, const std::vector<float>& actual) {
    REQUIRE(expected.size() == actual.size());
    return std::ranges::max(
        cuda_emulation::divergences(expected, actual, static_cast<std::size_t>(vocabulary)));
}

/// The likeliest tokens, one after another.
std::vector<std::int32_t> continuation(engine::Model& model, std::span<const std::int32_t> prompt,
                                       std::int64_t count, Format format = Format::f16) {
    const auto cache = model.make_cache(static_cast<std::int64_t>(prompt.size()) + count, format);
    std::vector<std::int32_t> said;
    auto logits = model.forward(prompt, *cache, Logits::last);
    while (static_cast<std::int64_t>(said.size()) < count) {
        said.push_back(static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin()));
        logits = model.forward(std::span(said).last(1), *cache, Logits::last);
    }
    return said;
}

TinySpec spec_of(const std::string& name, Format format) {
    TinySpec spec = testing::tiny_spec(name);
    spec.format = format;
    return spec;
}

} // namespace

TEST_CASE("cuda: whole models say what they say on the CPU") {
    const auto tokens = testing::tiny_tokens(12, vocabulary);
    const auto check = [&](const std::string& name, Format weights, Format cache) {
        CAPTURE(name, kernels::traits_of(weights).name, kernels::traits_of(cache).name);
        const TinySpec spec = spec_of(name, weights);
        const auto expected = Loaded{TinyModel(spec), plain_cpu}.logits(tokens, cache);
        CHECK(worst_divergence(expected, logits_of(*Placed(spec).model, tokens, 64, cache)) < 1e-4);
    };
    for (const std::string name : {"v3", "v2-lite", "qwen3moe"})
        for (const Format cache : {Format::f32, Format::f16})
            check(name, Format::f32, cache);
    check("v3 fused gate and up", Format::f32, Format::f32);
    check("mixtral", Format::f32, Format::f32);
}

TEST_CASE(
    "cuda: a model's logits do not depend on how the text is cut, on graphs or on the order of threads") {
    const auto tokens = testing::tiny_tokens(16, vocabulary);
    for (const std::string name : {"v3", "v2-lite"}) {
        const TinySpec spec = spec_of(name, Format::q8_0);
        const auto expected =
            logits_of(*Placed(spec, all_on_device, {.shortest_graph = 0}).model, tokens, 64, Format::f16);
        cuda_emulation::for_each_order(2, [&] {
            const Placed cuda(spec);
            for (const std::size_t batch : {1U, 7U}) {
                CAPTURE(name, batch);
                CHECK(logits_of(*cuda.model, tokens, batch, Format::f16) == expected);
            }
            CHECK(cuda.device->counts().replays > 8);
        });
    }
}

TEST_CASE("cuda: a token of decode is one graph") {
    const Placed cuda(spec_of("v3", Format::q8_0));
    const auto cache = cuda.model->make_cache(64, Format::f16);
    cuda.model->forward(testing::tiny_tokens(5, vocabulary), *cache, Logits::last);
    const auto one = testing::tiny_tokens(1, vocabulary);
    cuda.model->forward(one, *cache, Logits::last); // its kernels are loaded
    cuda.model->forward(one, *cache, Logits::last); // it is recorded
    const kernels::cuda::QueueCounts before = cuda.device->counts();
    for (int i = 0; i < 10; ++i)
        cuda.model->forward(one, *cache, Logits::last);
    const kernels::cuda::QueueCounts after = cuda.device->counts();
    CHECK(after.replays == before.replays + 10);
    CHECK(after.lists == before.lists + 10);
    CHECK(after.graphs == before.graphs);
}

TEST_CASE("cuda: a device that makes no graphs does without") {
    cuda_emulation::emulated_device().makes_graphs = false;
    const TinySpec spec = spec_of("v2-lite", Format::q8_0);
    const auto prompt = testing::tiny_tokens(6, vocabulary);
    const Placed without(spec);
    const auto said = continuation(*without.model, prompt, 12);
    CHECK(without.device->counts().replays == 0);
    cuda_emulation::emulated_device().makes_graphs = true;
    const Placed with(spec);
    CHECK(continuation(*with.model, prompt, 12) == said);
    CHECK(with.device->counts().replays > 8);
}

/// With a cache in f32, which every instruction set and the device attend to in f32.
TEST_CASE("cuda: hybrid placement gives the tokens of the CPU alone, on every instruction set") {
    constexpr std::int64_t count = 8;
    const auto check = [&](const TinySpec& spec, kernels::CpuIsa isa, std::uint64_t seed) {
        const kernels::CpuOptions cpu{.threads = 1, .isa = isa};
        CAPTURE(spec.name, kernels::traits_of(spec.format).name, kernels::name_of(isa), seed);
        const auto prompt = testing::tiny_tokens(5, vocabulary, seed);
        const Loaded alone{TinyModel(spec), cpu};
        const auto expected = continuation(*alone.model, prompt, count, Format::f32);
        for (const WeightHomes& homes : {all_on_device, experts_in_ram_from(0), experts_in_ram_from(2)}) {
            CAPTURE(homes.first_expert_block_on_host);
            const Placed placed(spec, homes, {}, cpu);
            CHECK(continuation(*placed.model, prompt, count, Format::f32) == expected);
        }
    };
    for (const kernels::CpuIsa isa :
         {kernels::CpuIsa::reference, kernels::CpuIsa::avx2, kernels::CpuIsa::avx512, kernels::CpuIsa::amx}) {
        if (!kernels::cpu_supports(isa)) continue;
        for (const std::string name : {"v3", "v3 tied output", "v2-lite"})
            for (const Format weights : {Format::f32, Format::q8_0, Format::q4_0})
                check(spec_of(name, weights), isa, 7 + static_cast<std::uint64_t>(isa));
    }
}

/// In 16 bits the device rounds what the plain CPU does not (agreement_test.cpp). Where the weights are
/// floats that moves no token of these; where they are quantised it may, and then the placement still moves
/// nothing: experts in RAM have the bits of those on the device.
TEST_CASE(
    "cuda: with a cache in 16 bits hybrid placement gives the tokens of the CPU, or the device's bits") {
    const auto prompt = testing::tiny_tokens(5, vocabulary);
    for (const std::string name : {"v3", "v2-lite"}) {
        const TinySpec floats = spec_of(name, Format::f32);
        const auto said = continuation(*Loaded{TinyModel(floats), plain_cpu}.model, prompt, 12);
        const TinySpec whole_numbers = spec_of(name, Format::q8_0);
        const auto tokens = testing::tiny_tokens(16, vocabulary);
        const auto on_device = logits_of(*Placed(whole_numbers).model, tokens, 16, Format::f16);
        for (const WeightHomes& homes : {experts_in_ram_from(0), experts_in_ram_from(2)}) {
            CAPTURE(name, homes.first_expert_block_on_host);
            CHECK(continuation(*Placed(floats, homes).model, prompt, 12) == said);
            const Placed placed(whole_numbers, homes, {}, plain_cpu); // its exponential is the emulation's
            const bool same_at_once = logits_of(*placed.model, tokens, 16, Format::f16) == on_device;
            CHECK(same_at_once);
            const bool same_one_by_one = logits_of(*placed.model, tokens, 1, Format::f16) == on_device;
            CHECK(same_one_by_one);
        }
    }
}

/// As a session does it: planned, loaded, and answered to the end of the context.
TEST_CASE("cuda: a model takes no more than its plan, and too small a GPU is a sentence at loading") {
    const testing::OwnFolder folder;
    const auto path = folder.path() / "model.gguf";
    testing::GgufWriter::save(path, TinyModel(testing::tiny_spec("peer-v3-q8_0")).gguf());
    const auto file = engine::gguf::File::open(path);
    engine::PlacementWish wish;
    wish.request.context = 256;
    wish.request.prefill_batch = 128;
    wish.request.speculates = true;
    wish.request.gpu_reserve = 0;
    wish.cache_format = Format::f16;
    const auto converse = [](const engine::PlacedModel& placed) {
        const auto tokens = testing::tiny_tokens(128, 260);
        placed.model->forward(tokens, *placed.cache, Logits::none);
        return placed.model->forward(tokens, *placed.cache, Logits::last);
    };
    const auto load = [&](engine::Devices& devices) { return engine::load_placed(file, wish, devices); };
    const auto open = [] {
        return engine::Devices{.cpu = kernels::make_cpu_backend({.threads = 1}),
                               .gpu = std::make_shared<CudaBackend>()};
    };
    std::uint64_t planned = 0;
    std::size_t used = 0;
    {
        engine::Devices devices = open();
        const std::size_t before = cuda_emulation::device_bytes_in_use();
        const engine::PlacedModel placed = load(devices);
        REQUIRE(placed.plan.uses_gpu());
        planned = placed.plan.devices.front().total();
        used = cuda_emulation::device_bytes_in_use() - before;
        CHECK(used <= planned);
        converse(placed);
        CHECK(cuda_emulation::device_bytes_in_use() - before == used);
    }
    // A device that says it has room and has not: whatever is left, the model answers, on the GPU or beside.
    std::int64_t with_notes = 0;
    std::int64_t without_gpu = 0;
    for (const std::size_t missing : {std::size_t{1}, used / 8, used / 4, used / 2, used}) {
        engine::Devices devices = open();
        cuda_emulation::emulated_device().real_bytes = cuda_emulation::device_bytes_in_use() + used - missing;
        const engine::PlacedModel placed = load(devices);
        CAPTURE(missing);
        for (const std::string& note : placed.notes)
            CHECK(note.find("The GPU had") == 0);
        with_notes += placed.notes.empty() ? 0 : 1;
        without_gpu += placed.plan.uses_gpu() ? 0 : 1;
        CHECK(converse(placed).size() == 260);
    }
    CHECK(with_notes >= 3); // a little less scratch memory than usual is had without a word
    CHECK(without_gpu > 0);
    cuda_emulation::emulated_device().real_bytes = cuda_emulation::emulated_device().total_bytes;
}

TEST_CASE("cuda: experts in RAM take nothing of the device, and nothing large crosses for a token") {
    const TinySpec spec = spec_of("v3", Format::q8_0);
    const std::size_t before = cuda_emulation::device_bytes_in_use();
    std::size_t whole = 0;
    {
        const Placed all(spec);
        whole = cuda_emulation::device_bytes_in_use() - before;
    }
    const Placed shared(spec, experts_in_ram_from(0));
    CHECK(cuda_emulation::device_bytes_in_use() - before < whole);
    const auto cache = shared.model->make_cache(16, Format::f16);
    shared.model->forward(testing::tiny_tokens(3, vocabulary), *cache, Logits::last);
    const std::uint64_t down = cuda_emulation::bytes_to_host();
    shared.model->forward(testing::tiny_tokens(1, vocabulary), *cache, Logits::last);
    const std::int64_t expert_layers = spec.layers - spec.dense_layers;
    CHECK(cuda_emulation::bytes_to_host() - down ==
          sizeof(float) * static_cast<std::uint64_t>(
                              expert_layers * (2 * spec.hidden + 2 * spec.experts_used) + vocabulary));
}

TEST_CASE("cuda: the largest logits are those of all, and nothing else leaves the device") {
    const TinySpec spec = spec_of("v3", Format::q8_0);
    const Placed placed(spec);
    const auto tokens = testing::tiny_tokens(9, vocabulary);
    const auto all = logits_of(*placed.model, tokens, 9, Format::f16);
    const auto cache = placed.model->make_cache(16, Format::f16);
    placed.model->reserve(*cache, 9, 9);
    constexpr std::int64_t k = 7;
    constexpr std::int64_t among = 90; // the others have no text
    const std::uint64_t before = cuda_emulation::bytes_to_host();
    const auto top = placed.model->forward_top(tokens, *cache, Logits::all, k, among);
    CHECK(cuda_emulation::bytes_to_host() - before == 9 * k * (sizeof(float) + sizeof(std::int32_t)));
    const auto expected = engine::top_of(all, vocabulary, k, among);
    CHECK(top.tokens == expected.tokens);
    CHECK(top.values == expected.values);
    CHECK_THROWS_AS(placed.model->forward_top(tokens, *cache, Logits::all, 91, 90), engine::Error);
    CHECK_THROWS_AS(placed.model->forward_top(tokens, *cache, Logits::all, 1, 97), engine::Error);
}

TEST_CASE("cuda: what was reserved at loading is enough for a whole conversation") {
    for (const std::string name : {"v3", "v2-lite", "qwen3moe", "v3 with next-token head"})
        for (const WeightHomes& homes : {all_on_device, experts_in_ram_from(2)}) {
            CAPTURE(name, homes.first_expert_block_on_host);
            const Placed placed(spec_of(name, Format::q8_0), homes);
            constexpr std::int64_t context = 304;
            constexpr std::int64_t batch = 64;
            const auto cache = placed.model->make_cache(context, Format::f16);
            placed.model->reserve(*cache, batch, 9);
            if (name == "v3 with next-token head") placed.model->enable_drafts(*cache);
            const std::uint64_t allocations = cuda_emulation::device_allocations();
            const auto text = testing::tiny_tokens(batch, vocabulary);
            for (const std::int64_t count :
                 {batch, batch, std::int64_t{9}, std::int64_t{1}, std::int64_t{33}})
                placed.model->forward(std::span(text).first(static_cast<std::size_t>(count)), *cache,
                                      Logits::last);
            placed.model->forward_top(std::span(text).first(9), *cache, Logits::all, 40, vocabulary);
            if (name == "v3 with next-token head") {
                placed.model->draft(3, *cache);
                placed.model->draft(4, *cache);
            }
            while (cache->length() < context - batch)
                placed.model->forward(std::span(text).first(30), *cache, Logits::none);
            placed.model->forward(text, *cache, Logits::last);
            CHECK(cache->length() == context);
            CHECK(cuda_emulation::device_allocations() == allocations);
        }
}

TEST_CASE("cuda: drafts of the next-token layer and restored rows") {
    const TinySpec spec = spec_of("v3 with next-token head", Format::f32);
    const Loaded cpu{TinyModel(spec), plain_cpu};
    const Placed cuda(spec);
    const auto tokens = testing::tiny_tokens(20, vocabulary);
    const auto guess = [&](engine::Model& model) {
        const auto cache = model.make_cache(64, Format::f16);
        model.enable_drafts(*cache);
        model.forward(std::span(tokens).first(9), *cache, Logits::none);
        std::vector<float> all = model.draft(tokens[9], *cache);
        const auto next = model.draft(tokens[10], *cache);
        all.insert(all.end(), next.begin(), next.end());
        return all;
    };
    CHECK(worst_divergence(guess(*cpu.model), guess(*cuda.model)) < 1e-4);

    const auto cache = cuda.model->make_cache(64, Format::f16);
    cuda.model->forward(tokens, *cache, Logits::none);
    std::vector<std::byte> rows(tokens.size() * cache->layout().bytes_per_token());
    cache->read_rows(0, static_cast<std::int64_t>(tokens.size()), rows);
    const auto restored = cuda.model->make_cache(64, Format::f16);
    restored->append_rows(rows, static_cast<std::int64_t>(tokens.size()), 0,
                          static_cast<std::int64_t>(tokens.size()));
    const auto more = testing::tiny_tokens(3, vocabulary, 9);
    CHECK(cuda.model->forward(more, *restored, Logits::all) ==
          cuda.model->forward(more, *cache, Logits::all));
}

TEST_CASE("cuda: whichever allocation on the device fails, it is said and nothing is left behind") {
    const TinySpec spec = spec_of("v3 with next-token head, layout A", Format::q8_0);
    const auto tokens = testing::tiny_tokens(12, vocabulary);
    const auto live_once = [&] {
        const Placed placed(spec, experts_in_ram_from(2));
        const auto cache = placed.model->make_cache(32, Format::f16);
        placed.model->enable_drafts(*cache);
        return placed.model->forward(tokens, *cache, Logits::last);
    };
    const std::uint64_t before = cuda_emulation::device_allocations();
    const auto expected = live_once();
    const std::uint64_t allocations = cuda_emulation::device_allocations() - before;
    REQUIRE(allocations > 30);
    std::uint64_t refused = 0;
    std::uint64_t steps = 0;
    for (std::uint64_t n = 0; n < allocations; n += 5) {
        CAPTURE(n);
        cuda_emulation::fail_allocation_after(n);
        ++steps;
        std::vector<float> got;
        try {
            got = live_once();
        } catch (const kernels::OutOfMemory&) {
            ++refused;
            got = expected;
        }
        CHECK(got == expected); // scratch memory may be had in a smaller piece, or be done without
        CHECK(cuda_emulation::device_bytes_in_use() == 0);
    }
    CHECK(refused > steps / 2);
    CHECK(live_once() == expected);
}
