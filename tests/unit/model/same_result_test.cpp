// SPDX-License-Identifier: MIT
// The same logits, to the bit, however a text is cut into calls of one form of attention, with any number of
// threads, and after the cache has been used and cut back.
#include "tests/support/naive_forward.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::Logits;
using testing::Loaded;
using testing::TinyModel;

namespace {

constexpr std::int64_t vocabulary = 96;
const char* const families[] = {"v3", "v2-lite", "llama", "mixtral", "qwen2", "qwen3moe"};

/// Logits of every position, `batch` tokens a call.
std::vector<float> in_batches(const Loaded& loaded, std::span<const std::int32_t> tokens, std::size_t batch,
                              kernels::Format format = kernels::Format::f16) {
    const auto cache = loaded.model->make_cache(static_cast<std::int64_t>(tokens.size()), format);
    std::vector<float> all;
    for (std::size_t done = 0; done < tokens.size(); done += batch) {
        const auto part = tokens.subspan(done, std::min(batch, tokens.size() - done));
        const auto logits = loaded.model->forward(part, *cache, Logits::all);
        all.insert(all.end(), logits.begin(), logits.end());
    }
    return all;
}

std::vector<double> doubles(const std::vector<float>& values) {
    return {values.begin(), values.end()};
}

std::vector<float> last_row(const std::vector<float>& logits) {
    return {logits.end() - vocabulary, logits.end()};
}

} // namespace

TEST_CASE("Logits do not depend on the size of the batches") {
    for (const char* family : families) {
        DYNAMIC_SECTION(family) {
            const Loaded loaded{TinyModel(testing::tiny_spec(family))};
            const auto tokens = testing::tiny_tokens(130, vocabulary);
            const auto whole = in_batches(loaded, tokens, 512);
            for (const std::size_t batch : {1U, 7U, 64U})
                CHECK(in_batches(loaded, tokens, batch) == whole);
        }
    }
}

TEST_CASE("A prompt longer than one pass equals the same prompt in small calls") {
    for (const char* family : {"v3", "qwen3moe"}) {
        CAPTURE(family);
        const Loaded loaded{TinyModel(testing::tiny_spec(family))};
        const auto tokens = testing::tiny_tokens(loaded.model->max_batch() + 70, vocabulary);
        const auto whole = in_batches(loaded, tokens, 4096);
        CHECK(in_batches(loaded, tokens, 512) == whole);
        const auto small = in_batches(loaded, tokens, 64);
        CHECK(in_batches(loaded, tokens, 71) == small);
        // Long passes work keys out from the latents, short ones absorb them: other roundings of the same
        // size. What either does to a tiny model is mostly that a token here and there chooses another
        // expert.
        if (family == std::string("v3")) {
            const auto exact = doubles(in_batches(loaded, tokens, 64, kernels::Format::f32));
            CHECK(testing::nmse(whole, exact) <= 4 * testing::nmse(small, exact));
        } else {
            CHECK(small == whole);
        }
    }
}

TEST_CASE("Both forms of latent attention give the same logits but for the rounding of f32") {
    for (const char* family : {"v3", "v2-lite", "v3 layout A"}) {
        CAPTURE(family);
        const Loaded loaded{TinyModel(testing::tiny_spec(family))};
        const std::int64_t pays_from = loaded.backend->decompression_pays_from().value();
        const auto tokens = testing::tiny_tokens(pays_from + 90, vocabulary);
        const auto decompressed = in_batches(loaded, tokens, tokens.size(), kernels::Format::f32);
        const auto absorbed =
            in_batches(loaded, tokens, static_cast<std::size_t>(pays_from) - 1, kernels::Format::f32);
        CHECK(decompressed != absorbed); // that both were there
        CHECK(testing::nmse(decompressed, doubles(absorbed)) <= 1e-9);
        CHECK(testing::nmse(decompressed,
                            testing::naive_forward(TinyModel(testing::tiny_spec(family)), tokens)) <= 1e-9);
    }
}

TEST_CASE("A pass can be given up between layers, and leaves the cache as it was") {
    for (const char* family : {"v3", "llama"}) {
        CAPTURE(family);
        const Loaded loaded{TinyModel(testing::tiny_spec(family))};
        const auto tokens = testing::tiny_tokens(60, vocabulary);
        const auto cache = loaded.model->make_cache(60, kernels::Format::f16);
        loaded.model->forward(std::span(tokens).first(20), *cache, Logits::none);
        const std::int64_t layers = loaded.model->description().layers;
        std::int64_t asked = 0;
        loaded.model->watch([&](std::int64_t done, std::int64_t all) {
            CHECK(done == ++asked);
            CHECK(all == layers);
            return asked < 2;
        });
        const auto rest = std::span(tokens).subspan(20);
        CHECK_THROWS_AS(loaded.model->forward(rest, *cache, Logits::all), engine::GivenUp);
        CHECK(asked == 2);
        CHECK(cache->length() == 20);
        loaded.model->watch({});
        const auto after = loaded.model->forward(rest, *cache, Logits::all);
        const auto whole = in_batches(loaded, tokens, 60);
        CHECK(after == std::vector<float>(whole.begin() + 20 * vocabulary, whole.end()));
    }
}

TEST_CASE("Logits do not depend on the number of threads") {
    for (const char* family : families) {
        DYNAMIC_SECTION(family) {
            const TinyModel tiny(testing::tiny_spec(family));
            const auto tokens = testing::tiny_tokens(70, vocabulary);
            const auto one = in_batches(Loaded(tiny, {.threads = 1}), tokens, 64);
            CHECK(in_batches(Loaded(tiny, {.threads = 2}), tokens, 64) == one);
            CHECK(in_batches(Loaded(tiny, {.threads = 3}), tokens, 1) == one);
        }
    }
}

TEST_CASE("A cache that was used and cut back is as good as a fresh one") {
    for (const char* family : families) {
        DYNAMIC_SECTION(family) {
            const Loaded loaded{TinyModel(testing::tiny_spec(family))};
            const auto kept = testing::tiny_tokens(20, vocabulary, 1);
            const auto dropped = testing::tiny_tokens(30, vocabulary, 2);
            const auto next = testing::tiny_tokens(25, vocabulary, 3);
            const auto used = loaded.model->make_cache(64, kernels::Format::f16);
            loaded.model->forward(kept, *used, Logits::none);
            loaded.model->forward(dropped, *used, Logits::last);
            used->truncate(20);
            REQUIRE(used->length() == 20);
            const auto reused = loaded.model->forward(next, *used, Logits::all);
            CHECK(used->length() == 45);

            const auto fresh = loaded.model->make_cache(45, kernels::Format::f16);
            loaded.model->forward(kept, *fresh, Logits::none);
            CHECK(loaded.model->forward(next, *fresh, Logits::all) == reused);
        }
    }
}

TEST_CASE("The logits of the last token are those of the last row") {
    const Loaded loaded{TinyModel(testing::tiny_spec("v3"))};
    const auto tokens = testing::tiny_tokens(50, vocabulary);
    const auto cache = loaded.model->make_cache(50, kernels::Format::f32);
    const auto last = loaded.model->forward(tokens, *cache, Logits::last);
    CHECK(last == last_row(loaded.logits(tokens)));
    cache->truncate(0);
    CHECK(loaded.model->forward(tokens, *cache, Logits::none).empty());
    CHECK(loaded.model->forward({}, *cache, Logits::all).empty());
    CHECK(loaded.model->forward({}, *cache, Logits::last).empty());
    CHECK(cache->length() == 50);
}

TEST_CASE("Two caches of one model do not meet") {
    const Loaded loaded{TinyModel(testing::tiny_spec("qwen3moe"))};
    const auto a = testing::tiny_tokens(10, vocabulary, 1);
    const auto b = testing::tiny_tokens(10, vocabulary, 2);
    const auto cache_a = loaded.model->make_cache(20, kernels::Format::f32);
    const auto cache_b = loaded.model->make_cache(20, kernels::Format::f32);
    std::vector<float> last_a;
    for (std::size_t i = 0; i < 10; ++i) {
        last_a = loaded.model->forward(std::span(a).subspan(i, 1), *cache_a, Logits::last);
        loaded.model->forward(std::span(b).subspan(i, 1), *cache_b, Logits::last);
    }
    CHECK(last_a == last_row(loaded.logits(a)));
}

TEST_CASE("Every instruction set of this machine agrees with the naive pass") {
    using kernels::CpuIsa;
    for (const CpuIsa isa : {CpuIsa::reference, CpuIsa::avx2, CpuIsa::avx512, CpuIsa::amx}) {
        if (!kernels::cpu_supports(isa)) {
            WARN("this machine cannot run " << kernels::name_of(isa));
            continue;
        }
        for (const char* family : families) {
            DYNAMIC_SECTION(kernels::name_of(isa) << ", " << family) {
                const TinyModel tiny(testing::tiny_spec(family));
                const auto tokens = testing::tiny_tokens(40, vocabulary);
                const Loaded loaded(tiny, {.threads = 1, .isa = isa});
                CHECK(testing::nmse(loaded.logits(tokens), testing::naive_forward(tiny, tokens)) <= 1e-9);
            }
        }
    }
}
