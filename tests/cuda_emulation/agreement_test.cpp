// SPDX-License-Identifier: MIT
// How near whole models on the device are to the CPU, in every weight format, and what the distance comes
// from. kernels/cuda/README.md tells what was found.
#include "cuda_emulation/divergence.h"
#include "cuda_emulation/mixed_backend.h"
#include "engine/model/model.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/hybrid/hybrid_backend.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

using namespace spoutnik;
using cuda_emulation::Attention;
using cuda_emulation::MixedBackend;
using cuda_emulation::Mixture;
using kernels::Format;
using kernels::cuda::CudaBackend;
using testing::TinyModel;
using testing::TinySpec;

namespace {

constexpr std::int64_t vocabulary = 96;
const std::vector<std::string> models{"v3", "v3 tied output", "v2-lite"};
constexpr kernels::CpuIsa plain_isa = kernels::CpuIsa::reference; // attends in f32, whatever the cache

/// With rows that every format's blocks fit into, and small in all else.
TinySpec wide_spec(const std::string& name, Format format) {
    TinySpec spec = testing::tiny_spec(name);
    spec.format = format;
    spec.layers = 2;
    spec.hidden = spec.dense_ff = spec.expert_ff = 256;
    spec.experts = 8;
    return spec;
}

TinySpec narrow_spec(const std::string& name, Format format) {
    TinySpec spec = testing::tiny_spec(name);
    spec.format = format;
    return spec;
}

std::vector<float> logits_on(kernels::Backend& backend, const std::vector<std::byte>& image, Format cache,
                             std::int64_t tokens) {
    const auto model = engine::load_model(engine::gguf::File::parse(image), backend);
    const auto memory = model->make_cache(tokens, cache);
    return model->forward(testing::tiny_tokens(tokens, vocabulary), *memory, engine::Logits::all);
}

std::vector<float> logits_on(const Mixture& mixture, const std::vector<std::byte>& image, Format cache,
                             std::int64_t tokens, kernels::Backend* device = nullptr) {
    MixedBackend backend(mixture, device);
    return logits_on(backend, image, cache, tokens);
}

double worst(const std::vector<float>& expected, const std::vector<float>& actual) {
    REQUIRE(expected.size() == actual.size());
    return std::ranges::max(cuda_emulation::divergences(expected, actual, vocabulary));
}

double mean(const std::vector<float>& expected, const std::vector<float>& actual) {
    REQUIRE(expected.size() == actual.size());
    const auto all = cuda_emulation::divergences(expected, actual, vocabulary);
    return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

} // namespace

TEST_CASE("cuda: V2 and V3 models in every weight format say what they say on the CPU") {
    CudaBackend device;
    for (const std::string& name : models)
        for (const kernels::FormatTraits& weights : kernels::all_formats()) {
            CAPTURE(name, weights.name);
            const auto image = TinyModel(wide_spec(name, weights.format)).gguf();
            const auto expected = logits_on({.isa = plain_isa}, image, Format::f32, 8);
            CHECK(worst(expected, logits_on(device, image, Format::f32, 8)) < 1e-4);
        }
}

/// Where the floats and the attention are the device's, nothing is left that could differ: quantised products
/// and networks of experts, embeddings and rows of the cache have the CPU's bits in whole models too.
TEST_CASE("cuda: whole models in every quantised format differ from the CPU by their floats alone") {
    CudaBackend device;
    constexpr Mixture floats_of_device{
        .isa = plain_isa, .attention = Attention::device, .floats_on_device = true};
    for (const std::string& name : models)
        for (const kernels::FormatTraits& weights : kernels::all_formats()) {
            const auto image = TinyModel(wide_spec(name, weights.format)).gguf();
            for (const Format cache : {Format::f16, Format::bf16}) {
                CAPTURE(name, weights.name, kernels::traits_of(cache).name);
                const auto actual = logits_on(device, image, cache, 6);
                const auto mixed = logits_on(floats_of_device, image, cache, 6, &device);
                const bool has_same_bits = actual == mixed;
                CAPTURE(worst(mixed, actual));
                CHECK(has_same_bits);
            }
        }
}

TEST_CASE("cuda: what attention loses to 16 bits is the rounding of queries and weights, nothing else") {
    CudaBackend device;
    for (const std::string name : {"v3", "v3 tied output", "v2-lite", "qwen3moe"})
        for (const Format cache : {Format::f16, Format::bf16}) {
            CAPTURE(name, kernels::traits_of(cache).name);
            const auto image = TinyModel(narrow_spec(name, Format::f32)).gguf();
            const auto actual = logits_on(device, image, cache, 24);
            const auto plain = logits_on({.isa = plain_isa}, image, cache, 24);
            const auto rounded = logits_on({.attention = Attention::rounded}, image, cache, 24);
            CHECK(worst(plain, actual) < 1e-4 * (cache == Format::f16 ? 1 : 16));
            CHECK(mean(rounded, actual) < mean(plain, actual) / 2);
        }
}

/// Rounding activations to 8 bits makes steps of the last differences of a sum, and where a step decides
/// between two experts, of a token. These models of a few thousand weights even out none of it; a CPU that
/// rounds no more than the device does in attention is moved as far.
TEST_CASE("cuda: with quantised weights and 16 bits of cache no further from the CPU than its own rounding") {
    CudaBackend device;
    constexpr double factor = 2;
    double of_device = 0;
    double of_rounding = 0;
    double of_avx512 = 0;
    for (const std::string& name : models)
        for (const Format weights : {Format::q8_0, Format::q5_1, Format::q4_0, Format::mxfp4}) {
            const auto image = TinyModel(narrow_spec(name, weights)).gguf();
            const auto plain = logits_on({.isa = plain_isa}, image, Format::f16, 24);
            const auto compare = [&](const std::vector<float>& logits) { return mean(plain, logits); };
            of_device += compare(logits_on(device, image, Format::f16, 24));
            of_rounding += compare(logits_on({.attention = Attention::rounded}, image, Format::f16, 24));
            if (__builtin_cpu_supports("avx512bf16"))
                of_avx512 += compare(logits_on({.isa = kernels::CpuIsa::avx512}, image, Format::f16, 24));
        }
    CAPTURE(of_device, of_rounding, of_avx512);
    CHECK(of_rounding > 0);
    CHECK(of_device < factor * of_rounding);
    if (of_avx512 > 0) CHECK(of_device < factor * of_avx512);
}

/// Token by token along what the CPU says, experts in RAM: how often is another token the likeliest?
TEST_CASE("cuda: with quantised weights hybrid placement changes no more tokens than its rounding would") {
    constexpr std::size_t prompt = 5;
    constexpr std::size_t count = 20;
    const auto follow = [](kernels::Backend& backend, const std::vector<std::byte>& image,
                           std::vector<std::int32_t> text, const engine::WeightHomes& homes) {
        const auto model = engine::load_model(engine::gguf::File::parse(image), backend, {}, homes);
        const auto cache = model->make_cache(prompt + count, Format::f16);
        const bool leads = text.size() == prompt;
        std::vector<std::int32_t> likeliest;
        auto logits = model->forward(std::span(text).first(prompt), *cache, engine::Logits::last);
        for (std::size_t i = 0; i < count; ++i) {
            likeliest.push_back(static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin()));
            if (leads) text.push_back(likeliest.back());
            logits = model->forward(std::span(text).subspan(prompt + i, 1), *cache, engine::Logits::last);
        }
        return likeliest;
    };
    const auto changed = [](const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            sum += a[i] != b[i] ? 1 : 0;
        return sum;
    };
    std::int64_t by_device = 0;
    std::int64_t by_rounding = 0;
    for (const std::string& name : models)
        for (const Format weights : {Format::q8_0, Format::q4_0})
            for (const std::uint64_t seed : {7U, 8U, 9U}) {
                const auto image = TinyModel(narrow_spec(name, weights)).gguf();
                auto text = testing::tiny_tokens(prompt, vocabulary, seed);
                MixedBackend plain({.isa = plain_isa}, nullptr);
                const auto said = follow(plain, image, text, {});
                text.insert(text.end(), said.begin(), said.end());
                kernels::HybridBackend hybrid(
                    std::make_shared<CudaBackend>(),
                    std::shared_ptr<kernels::Backend>(kernels::make_cpu_backend({.threads = 1})));
                by_device +=
                    changed(said, follow(hybrid, image, text,
                                         {.embedding_on_host = true, .first_expert_block_on_host = 0}));
                MixedBackend rounded({.attention = Attention::rounded}, nullptr);
                by_rounding += changed(said, follow(rounded, image, text, {}));
            }
    CAPTURE(by_device, by_rounding);
    CHECK(by_rounding > 0);
    CHECK(by_device <= by_rounding);
}
