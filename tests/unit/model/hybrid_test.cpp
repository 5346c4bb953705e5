// SPDX-License-Identifier: MIT
// Models on a device with memory of its own, with some or all routed experts in RAM: the logits of a CPU
// alone to the bit, activations the only thing that crosses, and no failed allocation that leaves a trace.
#include "engine/model/describe.h"
#include "kernels/hybrid/hybrid_backend.h"
#include "tests/support/fenced_backend.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::Logits;
using engine::WeightHomes;
using kernels::Format;
using testing::FencedBackend;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

constexpr std::int64_t vocabulary = 96;
constexpr WeightHomes all_on_device{};
constexpr WeightHomes embedding_in_ram{.embedding_on_host = true};

constexpr WeightHomes experts_in_ram_from(std::int64_t block) {
    return {.embedding_on_host = true, .first_expert_block_on_host = block};
}

/// A model over a fenced device and a CPU.
struct Placed {
    std::vector<std::byte> image;
    std::shared_ptr<FencedBackend> device;
    std::shared_ptr<kernels::Backend> host = kernels::make_cpu_backend({.threads = 1});
    std::unique_ptr<kernels::HybridBackend> hybrid;
    std::unique_ptr<engine::Model> model;

    Placed(const TinySpec& spec, const WeightHomes& homes)
        : Placed(spec, homes, std::make_shared<FencedBackend>()) {}
    Placed(const TinySpec& spec, const WeightHomes& homes, std::shared_ptr<FencedBackend> on)
        : image(TinyModel(spec).gguf()), device(std::move(on)),
          hybrid(std::make_unique<kernels::HybridBackend>(device, host)),
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

/// Of the tensors that `homes` leaves in RAM.
std::uint64_t bytes_in_ram(const std::vector<std::byte>& image, const WeightHomes& homes) {
    std::uint64_t bytes = 0;
    const auto file = engine::gguf::File::parse(image);
    for (const auto& info : file->tensors())
        if (homes.of(info.name) == kernels::Home::host) bytes += info.bytes.size();
    return bytes;
}

} // namespace

TEST_CASE("Hybrid placement gives the logits of the CPU alone, to the bit") {
    for (const std::string name :
         {"v3", "v3 layout A", "v3 fused gate and up", "v3 tied output", "v2-lite", "v2-lite layout A",
          "mixtral", "mixtral, old tensors", "qwen3moe", "llama", "qwen2"})
        for (const Format weights : {Format::f32, Format::q8_0}) {
            TinySpec spec = testing::tiny_spec(name);
            spec.format = weights;
            const Loaded alone{TinyModel(spec)};
            const auto tokens = testing::tiny_tokens(40, vocabulary);
            for (const WeightHomes& homes : {all_on_device, embedding_in_ram, experts_in_ram_from(0),
                                             experts_in_ram_from(1), experts_in_ram_from(2)}) {
                CAPTURE(name, homes.embedding_on_host, homes.first_expert_block_on_host);
                const Placed placed(spec, homes);
                for (const std::size_t batch : {1U, 7U, 64U})
                    CHECK(logits_of(*placed.model, tokens, batch, Format::f16) ==
                          logits_of(*alone.model, tokens, batch, Format::f16));
            }
        }
}

TEST_CASE("Weights in RAM are used where they lie and take nothing of the device") {
    for (const std::string name : {"v3", "v2-lite", "qwen3moe"}) {
        const TinySpec& spec = testing::tiny_spec(name);
        const Placed whole(spec, all_on_device);
        for (const WeightHomes& homes : {embedding_in_ram, experts_in_ram_from(0), experts_in_ram_from(2)}) {
            const Placed placed(spec, homes);
            const std::uint64_t in_ram = bytes_in_ram(placed.image, homes);
            CHECK(in_ram > 0);
            CHECK(placed.device->adopted_bytes() == whole.device->adopted_bytes() - in_ram);
        }
    }
}

TEST_CASE("Of a hybrid model only activations cross, and only where experts are in RAM") {
    for (const std::string name : {"v3", "v2-lite", "qwen3moe"}) {
        const TinySpec& spec = testing::tiny_spec(name);
        const std::int64_t layers_with_experts =
            spec.is_deepseek() ? spec.layers - spec.dense_layers : spec.layers;
        const std::int64_t first = spec.layers - layers_with_experts;
        const std::int64_t turned = spec.is_deepseek() ? spec.position : spec.head;
        for (const std::int64_t on_device : {std::int64_t{0}, std::int64_t{1}, layers_with_experts})
            for (const std::int64_t count : {1, 9}) {
                CAPTURE(name, on_device, count);
                WeightHomes homes = experts_in_ram_from(first + on_device);
                homes.embedding_on_host = count == 9;
                const Placed placed(spec, homes);
                const auto cache = placed.model->make_cache(32, Format::f16);
                const auto tokens = testing::tiny_tokens(count, vocabulary);
                placed.device->forget_crossed();
                placed.model->forward(tokens, *cache, Logits::last);
                // In floats: what a token's experts take, and the sum before and after them. The last layer
                // works out the last token only.
                std::int64_t rows = 0;
                for (std::int64_t layer = on_device; layer < layers_with_experts; ++layer)
                    rows += layer + 1 == layers_with_experts ? 1 : count;
                const std::int64_t down = rows * (2 * spec.hidden + 2 * spec.experts_used) + vocabulary;
                const std::int64_t up =
                    rows * spec.hidden + count * turned + (homes.embedding_on_host ? count * spec.hidden : 0);
                const testing::Crossed crossed = placed.device->crossed();
                CHECK(crossed.down == static_cast<std::uint64_t>(down) * sizeof(float));
                CHECK(crossed.up == static_cast<std::uint64_t>(up) * sizeof(float));
            }
    }
}

TEST_CASE("Drafts of the next-token layer are the same with its experts in RAM") {
    for (const std::string name : {"v3 with next-token head", "v3 with next-token head, layout A"}) {
        const TinySpec& spec = testing::tiny_spec(name);
        const Loaded alone{TinyModel(spec)};
        const auto tokens = testing::tiny_tokens(30, vocabulary);
        const auto guesses = [&](engine::Model& model) {
            std::vector<std::vector<float>> all;
            const auto cache = model.make_cache(64, Format::f16);
            model.enable_drafts(*cache);
            for (std::size_t done = 0; done + 5 < tokens.size(); done += 5) {
                model.forward(std::span(tokens).subspan(done, 5), *cache, Logits::none);
                all.push_back(model.draft(tokens[done + 5], *cache));
                all.push_back(model.draft(7, *cache));
            }
            return all;
        };
        const auto expected = guesses(*alone.model);
        for (const WeightHomes& homes : {all_on_device, experts_in_ram_from(2), experts_in_ram_from(3)}) {
            CAPTURE(name, homes.first_expert_block_on_host);
            CHECK(guesses(*Placed(spec, homes).model) == expected);
        }
    }
}

TEST_CASE("Rows of a device's cache go to host memory and back") {
    const TinySpec& spec = testing::tiny_spec("v2-lite");
    const Placed placed(spec, experts_in_ram_from(2));
    const auto tokens = testing::tiny_tokens(20, vocabulary);
    const auto cache = placed.model->make_cache(32, Format::f16);
    placed.model->forward(tokens, *cache, Logits::none);
    std::vector<std::byte> rows(20 * cache->layout().bytes_per_token());
    cache->read_rows(0, 20, rows);

    const auto restored = placed.model->make_cache(32, Format::f16);
    restored->append_rows(rows, 20, 0, 20);
    const auto next = testing::tiny_tokens(5, vocabulary, 9);
    CHECK(placed.model->forward(next, *restored, Logits::all) ==
          placed.model->forward(next, *cache, Logits::all));
}

TEST_CASE("Whichever allocation on the device fails, it is said and nothing is left behind") {
    for (const std::string name : {"v3 with next-token head, layout A", "mixtral, old tensors"}) {
        const TinySpec& spec = testing::tiny_spec(name);
        const auto tokens = testing::tiny_tokens(12, vocabulary);
        const auto device = std::make_shared<FencedBackend>();
        const auto live_once = [&] {
            const Placed placed(spec, experts_in_ram_from(2), device);
            const auto cache = placed.model->make_cache(32, Format::f16);
            if (placed.model->description().has_next_token_layer) placed.model->enable_drafts(*cache);
            return placed.model->forward(tokens, *cache, Logits::last);
        };
        const auto expected = live_once();
        const std::uint64_t allocations = device->allocations();
        REQUIRE(allocations > 30);
        for (std::uint64_t n = 0; n < allocations; ++n) {
            CAPTURE(name, n);
            device->fail_after(n);
            CHECK_THROWS_AS(live_once(), kernels::OutOfMemory);
            CHECK(device->bytes_in_use() == 0);
        }
        CHECK(live_once() == expected);
    }
}

TEST_CASE("After a pass that found no memory the model goes on") {
    const TinySpec& spec = testing::tiny_spec("v3");
    const Placed placed(spec, experts_in_ram_from(2));
    const auto tokens = testing::tiny_tokens(40, vocabulary);
    const auto cache = placed.model->make_cache(64, Format::f16);
    placed.model->forward(std::span(tokens).first(4), *cache, Logits::none);
    for (const std::uint64_t n : {0U, 3U, 9U}) {
        placed.device->fail_after(n);
        CHECK_THROWS_AS(placed.model->forward(std::span(tokens).subspan(4), *cache, Logits::last),
                        kernels::OutOfMemory);
        CHECK(cache->length() == 4);
    }
    const auto whole = Loaded(TinyModel(spec)).logits(tokens, Format::f16);
    const auto last = placed.model->forward(std::span(tokens).subspan(4), *cache, Logits::last);
    CHECK(last == std::vector<float>(whole.end() - vocabulary, whole.end()));
}

TEST_CASE("The fence finds what it is there for") {
    FencedBackend device(4096);
    const auto buffer = device.allocate(64);
    auto* floats = reinterpret_cast<float*>(buffer->data());
    std::vector<float> own(16, 1.0F);
    const kernels::Tensor on_device{floats, 1, 16, 16};
    CHECK_NOTHROW(device.add(on_device, on_device));
    CHECK_THROWS_AS(device.add({own.data(), 1, 16, 16}, on_device), std::logic_error);
    CHECK_THROWS_AS(device.add({floats + 1, 1, 16, 16}, {floats + 1, 1, 16, 16}), std::logic_error);
    CHECK_THROWS_AS(device.allocate(4096), kernels::OutOfMemory);
    CHECK(device.memory().free_bytes == 4096 - 64);
}
