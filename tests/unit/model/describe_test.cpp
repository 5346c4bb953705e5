// SPDX-License-Identifier: MIT
#include "engine/model/transformer.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::ModelDescription;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

ModelDescription describe(const std::vector<std::byte>& image) {
    return engine::describe_model(*engine::gguf::File::parse(image));
}

std::int64_t values_of(const TinyModel& tiny, const std::string& part) {
    std::int64_t sum = 0;
    for (const auto& [name, tensor] : tiny.tensors)
        if (name.find(part) != std::string::npos) sum += static_cast<std::int64_t>(tensor.values.size());
    return sum;
}

} // namespace

TEST_CASE("A description tells a DeepSeek file's sizes without loading it") {
    const TinyModel tiny(testing::tiny_spec("v3"));
    const ModelDescription d = describe(tiny.gguf());
    CHECK(d.architecture == "deepseek2");
    CHECK(d.name == "v3");
    CHECK(d.layers == 3);
    CHECK(d.hidden == 64);
    CHECK(d.vocabulary == 96);
    CHECK(d.context_length == 16384);
    CHECK(d.experts == 16);
    CHECK(d.experts_used == 4);
    CHECK(d.cache_values_per_token == 3 * (32 + 8));
    CHECK(d.full_heads_values_per_token == 3 * 4 * (24 + 24));
    const std::int64_t all = values_of(tiny, "");
    CHECK(d.parameters_total == all);
    CHECK(d.parameters_active == all - values_of(tiny, "_exps.") * 3 / 4);
}

TEST_CASE("Parameters are counted once, whatever the layout") {
    for (const char* family : {"v3", "v2-lite"}) {
        const std::string name = family;
        const auto split = describe(TinyModel(testing::tiny_spec(name)).gguf());
        const auto whole = describe(TinyModel(testing::tiny_spec(name + " layout A")).gguf());
        const auto both = describe(TinyModel(testing::tiny_spec(name + " layout B")).gguf());
        CHECK(whole.parameters_total == split.parameters_total);
        CHECK(both.parameters_total == split.parameters_total);
        CHECK(both.parameters_active == split.parameters_active);
        CHECK(whole.cache_values_per_token == split.cache_values_per_token);
        CHECK(whole.full_heads_values_per_token == split.full_heads_values_per_token);
    }
}

TEST_CASE("A next-token head is neither counted nor run") {
    const auto with = describe(TinyModel(testing::tiny_spec("v3 with next-token head")).gguf());
    const auto without = describe(TinyModel(testing::tiny_spec("v3")).gguf());
    CHECK(with.layers == without.layers);
    CHECK(with.parameters_total == without.parameters_total);
    CHECK(with.cache_values_per_token == without.cache_values_per_token);
}

TEST_CASE("A next-token head that the converter announced and left out is no layer missing") {
    auto writer = TinyModel(testing::tiny_spec("v3")).writer();
    writer.reset("deepseek2.block_count", std::uint32_t{4})
        .set("deepseek2.nextn_predict_layers", std::uint32_t{1});
    CHECK(describe(writer.build()).layers == 3);
    CHECK(Loaded(writer.build()).model->description().layers == 3);

    // Announced, but not counted: the last block is a layer like the others.
    writer.reset("deepseek2.block_count", std::uint32_t{3});
    CHECK(describe(writer.build()).layers == 3);
}

TEST_CASE("Old Mixtral files count their experts too") {
    const TinyModel tiny(testing::tiny_spec("mixtral, old tensors"));
    const auto d = describe(tiny.gguf());
    const std::int64_t experts = 3 * 4 * 3 * 64 * 32; // layers, experts, matrices
    CHECK(d.parameters_total == values_of(tiny, ""));
    CHECK(d.parameters_active == d.parameters_total - experts / 2);
    CHECK(d.full_heads_values_per_token == 3 * 2 * 8 * 16);
    CHECK(d.cache_values_per_token == 3 * 2 * 2 * 16); // grouped: two heads kept of eight
}

TEST_CASE("Loading tells its progress and can be given up") {
    const auto image = TinyModel(testing::tiny_spec("v3")).gguf();
    const auto backend = kernels::make_cpu_backend({.threads = 1});
    std::size_t last = 0;
    std::size_t total = 0;
    bool grows = true;
    const auto model = engine::load_model(engine::gguf::File::parse(image), *backend,
                                          [&](std::size_t done, std::size_t all) {
                                              grows = grows && done >= last && done <= all;
                                              last = done;
                                              total = all;
                                              return true;
                                          });
    CHECK(grows);
    CHECK(last == total);
    CHECK(total > 0);
    int calls = 0;
    const auto give_up = [&](std::size_t, std::size_t) { return ++calls < 5; };
    CHECK_THROWS_AS(engine::load_model(engine::gguf::File::parse(image), *backend, give_up), engine::Error);
    CHECK(calls == 5);
}

TEST_CASE("A cache's bytes are those of its rows, 8.9 times fewer than full heads at V2-Lite's shape") {
    TinySpec lite = testing::tiny_spec("v2-lite");
    lite.layers = 2;
    lite.heads = 16;
    lite.latent = 512;
    lite.content = 128;
    lite.position = 64;
    lite.value = 128;
    const Loaded loaded{TinyModel(lite)};
    const auto& d = loaded.model->description();
    CHECK(d.cache_values_per_token == 2 * 576);
    CHECK(d.full_heads_values_per_token == 2 * 5120);
    const auto cache = loaded.model->make_cache(100, kernels::Format::f16);
    CHECK(cache->bytes() == 100U * 2U * 576U * 2U);
    CHECK(cache->capacity() == 100);
    CHECK(cache->length() == 0);
    CHECK(loaded.model->make_cache(100, kernels::Format::f32)->bytes() == 2 * cache->bytes());
}

TEST_CASE("A description promises the scratch memory that the model then asks for") {
    for (const auto* zoo : {&testing::tiny_zoo(), &testing::peer_zoo()})
        for (const TinySpec& spec : *zoo) {
            CAPTURE(spec.name);
            const Loaded loaded{TinyModel(spec)};
            const auto* transformer = dynamic_cast<const engine::Transformer*>(loaded.model.get());
            REQUIRE(transformer != nullptr);
            CHECK(transformer->workspace_values_per_token() ==
                  loaded.model->description().workspace_values_per_token);
        }
}
