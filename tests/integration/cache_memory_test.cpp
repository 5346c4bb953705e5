// SPDX-License-Identifier: MIT
// What the latent cache saves, in memory that the system counts: DeepSeek-V2-Lite's attention and number of
// layers, everything else small.
#include "engine/model/cache.h"
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_model.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include <malloc.h>

namespace engine = spoutnik::engine;
namespace kernels = spoutnik::kernels;
using spoutnik::testing::GgufWriter;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::TinyModel;
using spoutnik::testing::TinySpec;

namespace {

TinySpec v2_lite_attention() {
    TinySpec s;
    s.name = "V2-Lite's attention";
    s.layers = 27;
    s.heads = 16;
    s.query_rank = 0;
    s.latent = 512;
    s.content = 128;
    s.position = 64;
    s.value = 128;
    s.experts = 0;
    s.dense_ff = 64;
    s.format = kernels::Format::q8_0;
    return s;
}

/// Bytes of this process in physical memory, without pages of mapped files: those come and go.
double resident_bytes() {
    std::ifstream status("/proc/self/status");
    std::string word;
    double kib = 0;
    while (kib == 0 && status >> word)
        if (word == "RssAnon:") status >> kib;
    REQUIRE(kib > 0);
    return kib * 1024;
}

} // namespace

TEST_CASE("the cache of V2-Lite's shape takes 8.9 times less memory than full heads would") {
    // Large blocks come from the system and not from what was freed before, so that they are counted.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    const TemporaryFolder folder;
    const auto path = folder / "model.gguf";
    GgufWriter::save(path, TinyModel(v2_lite_attention()).gguf());
    const auto backend = kernels::make_cpu_backend({.threads = 2});
    const auto model = engine::load_model(engine::gguf::File::open(path), *backend);
    CHECK(model->description().cache_values_per_token == 27 * 576);
    CHECK(model->description().full_heads_values_per_token == 27 * 5120);

    constexpr std::int64_t positions = 6144;
    constexpr std::int64_t computed = 64;
    const std::vector<std::int32_t> tokens = spoutnik::testing::tiny_tokens(computed + 1, 96);
    {
        const auto warm = model->make_cache(computed); // scratch memory is taken at the first pass
        model->forward(std::span(tokens).first(computed), *warm, engine::Logits::none);
    }
    ::malloc_trim(0); // nor may it shrink by what was freed before
    // Before it is made: where the system hands out huge pages, the first touch takes a part of it.
    const double empty = resident_bytes();
    const auto cache = model->make_cache(positions);
    // The first positions by the model, the others copied from them: attention over thousands of positions
    // in 27 layers would take minutes, and memory does not know the difference.
    model->forward(std::span(tokens).first(computed), *cache, engine::Logits::none);
    std::vector<std::byte> block(computed * cache->layout().bytes_per_token());
    cache->read_rows(0, computed, block);
    while (cache->length() + 1 < positions)
        cache->append_rows(block, computed, 0, std::min(computed, positions - 1 - cache->length()));
    const double grown = resident_bytes() - empty - static_cast<double>(block.size());

    const auto filled = static_cast<double>(cache->length());
    const double full_heads = filled * 27 * 5120 * 2; // bytes in f16, which this cache is too
    std::printf("KV cache of %.0f positions: %.1f MB resident; full heads %.1f MB, %.2f times as much\n",
                filled, grown / 1e6, full_heads / 1e6, full_heads / grown);
    CHECK(filled >= 4096);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr double tolerance = 0.5; // shadow memory grows too
#else
    constexpr double tolerance = 0.03;
#endif
    CHECK(full_heads / grown == Approx(8.89).epsilon(tolerance));
    CHECK(model->forward(std::span(tokens).last(1), *cache, engine::Logits::last).size() == 96);
}
