// SPDX-License-Identifier: MIT
// What keeping the KV cache in fewer bits does to a whole model: probabilities beside those over an f32
// cache, the memory it takes, and that nothing depends on how a text is cut.
#include "engine/model/cache.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

using namespace spoutnik;
using engine::Logits;
using kernels::Format;
using testing::Loaded;
using testing::TinyModel;
using testing::TinySpec;

namespace {

/// With heads and latents of whole blocks.
TinySpec in_blocks(const char* family) {
    TinySpec s = testing::tiny_spec(family);
    s.latent = 64;
    s.position = 32;
    s.head = 32;
    s.rope_dims = 0;
    return s;
}

double sum_of_exp(std::span<const float> logits, double largest) {
    double sum = 0;
    for (const float logit : logits)
        sum += std::exp(logit - largest);
    return sum;
}

/// Kullback-Leibler divergence of softmax(other) from softmax(logits), in nats.
double divergence(std::span<const float> logits, std::span<const float> other) {
    const double top = *std::ranges::max_element(logits);
    const double other_top = *std::ranges::max_element(other);
    const double sum = sum_of_exp(logits, top);
    const double other_sum = sum_of_exp(other, other_top);
    double kl = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double log_p = logits[i] - top - std::log(sum);
        const double log_q = other[i] - other_top - std::log(other_sum);
        kl += std::exp(log_p) * (log_p - log_q);
    }
    return kl;
}

struct Divergence {
    double mean = 0;
    double largest = 0;
};

Divergence divergence_of(const engine::Model& model, const std::vector<float>& exact,
                         const std::vector<float>& other) {
    const auto width = static_cast<std::size_t>(model.description().vocabulary);
    const std::size_t rows = exact.size() / width;
    Divergence result;
    for (std::size_t r = 0; r < rows; ++r) {
        const double kl = divergence(std::span(exact).subspan(r * width, width),
                                     std::span(other).subspan(r * width, width));
        result.mean += kl / static_cast<double>(rows);
        result.largest = std::max(result.largest, kl);
    }
    return result;
}

/// Mean divergence over a text from the same model with an f32 cache.
double report(const Loaded& loaded, const std::string& name, std::span<const std::int32_t> tokens,
              Format format) {
    const Divergence kl =
        divergence_of(*loaded.model, loaded.logits(tokens, Format::f32), loaded.logits(tokens, format));
    std::printf("KL of a %s cache from an f32 one, %s: %.2g mean, %.2g at most, over %zu positions\n",
                std::string(kernels::traits_of(format).name).c_str(), name.c_str(), kl.mean, kl.largest,
                tokens.size());
    return kl.mean;
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
    std::vector<std::byte> bytes(std::filesystem::file_size(path));
    std::FILE* in = std::fopen(path.c_str(), "rb");
    REQUIRE(in != nullptr);
    const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), in);
    std::fclose(in);
    REQUIRE(got == bytes.size());
    return bytes;
}

} // namespace

TEST_CASE("a cache in Q8_0 changes probabilities by next to nothing") {
    for (const char* family : {"llama", "qwen2"}) {
        const TinySpec spec = in_blocks(family);
        const Loaded loaded{TinyModel(spec)};
        const auto tokens = testing::tiny_tokens(200, spec.vocabulary);
        CHECK(report(loaded, family, tokens, Format::f16) < 1e-5);
        CHECK(report(loaded, family, tokens, Format::q8_0) < 1e-4);
    }
}

TEST_CASE("a cache in Q8_0 changes a mixture by little more than one in 16 bits does") {
    // The experts of random weights are nearly as good as each other: now and then two change places, with a
    // cache in 16 bits too, and that position says something else.
    for (const char* family : {"v3", "v2-lite", "qwen3moe"}) {
        const TinySpec spec = in_blocks(family);
        const Loaded loaded{TinyModel(spec)};
        const auto tokens = testing::tiny_tokens(200, spec.vocabulary);
        CHECK(report(loaded, family, tokens, Format::f16) < 0.02);
        CHECK(report(loaded, family, tokens, Format::q8_0) < 0.03);
    }
}

TEST_CASE("the starter model says the same over a cache in Q8_0") {
    const std::filesystem::path path =
        std::string(SPOUTNIK_SOURCE_DIR) + "/resources/starter/spoutnik-starter.gguf";
    if (!std::filesystem::exists(path)) {
        std::puts("skipped: the starter model is not in this tree");
        return;
    }
    const Loaded loaded(read_bytes(path), {.threads = 2});
    if (!engine::can_be_cached_in(Format::q8_0, loaded.model->description().attention)) {
        std::puts("skipped: the starter's heads are not whole blocks of 32");
        return;
    }
    // What it knows: a question as it would be asked, with the answer it gives.
    const auto tokens =
        engine::Tokenizer::load(*engine::gguf::File::parse(loaded.image))
            ->encode("<｜User｜>What is 17 + 25?<｜Assistant｜><think>\nThis is an addition: 17 + 25."
                     "\nUnits: 7 + 5 = 12, write 2, carry 1.\nTens: 1 + 2 + 1 = 4.\n</think>\n\n"
                     "17 + 25 = 42<｜end▁of▁sentence｜>",
                     engine::Tokenizer::Special::as_token);
    // One position where an expert changes places makes most of either figure; which format has it depends on
    // the instruction set.
    CHECK(report(loaded, "starter", tokens, Format::f16) < 1e-2);
    CHECK(report(loaded, "starter", tokens, Format::q8_0) < 1e-2);
}

TEST_CASE("over a cache in Q8_0 too, logits depend neither on batches nor on threads") {
    for (const char* family : {"v3", "qwen3moe"}) {
        const TinySpec spec = in_blocks(family);
        const auto tokens = testing::tiny_tokens(130, spec.vocabulary);
        const std::vector<float> whole = Loaded(TinyModel(spec)).logits(tokens, Format::q8_0);
        for (const int threads : {1, 3}) {
            const Loaded loaded(TinyModel(spec), {.threads = threads});
            for (const std::size_t batch : {1U, 7U, 64U}) {
                INFO(family << ", " << threads << " threads, batches of " << batch);
                const auto cache =
                    loaded.model->make_cache(static_cast<std::int64_t>(tokens.size()), Format::q8_0);
                std::vector<float> all;
                for (std::size_t done = 0; done < tokens.size(); done += batch) {
                    const auto part = std::span(tokens).subspan(done, std::min(batch, tokens.size() - done));
                    const auto logits = loaded.model->forward(part, *cache, Logits::all);
                    all.insert(all.end(), logits.begin(), logits.end());
                }
                CHECK(all == whole);
            }
        }
    }
}

TEST_CASE("a cache in Q8_0 takes 34 bytes for 32 values") {
    const TinySpec spec = in_blocks("v3");
    const Loaded loaded{TinyModel(spec)};
    const auto cache = loaded.model->make_cache(100, Format::q8_0);
    CHECK(cache->bytes() == static_cast<std::size_t>(100 * spec.layers * (64 + 32) / 32 * 34));
    CHECK(cache->layout() == engine::CacheLayout{spec.layers, 96 / 32 * 34, Format::q8_0});
}

TEST_CASE("a model whose heads are not whole blocks is refused Q8_0 in a sentence") {
    for (const char* family : {"v3", "qwen3moe"}) {
        TinySpec spec = in_blocks(family);
        spec.position = 16; // rows of 80
        spec.head = 24;
        const Loaded loaded{TinyModel(spec)};
        CHECK_FALSE(engine::can_be_cached_in(Format::q8_0, loaded.model->description().attention));
        CHECK_THROWS_WITH(
            loaded.model->make_cache(10, Format::q8_0),
            Catch::Contains("cannot be kept in Q8_0") && Catch::Contains("blocks of 32") &&
                Catch::Contains(loaded.model->description().attention.kv_heads == 0 ? "80" : "24"));
        CHECK_THROWS_WITH(loaded.model->make_cache(10, Format::q4_0), Catch::Contains("not Q4_0"));
        CHECK(loaded.model->make_cache(10, Format::f16)->bytes() > 0);
    }
}
