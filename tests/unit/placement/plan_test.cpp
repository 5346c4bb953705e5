// SPDX-License-Identifier: MIT
// The arithmetic of a plan on the shapes of published models, and the words in which it refuses.
#include "engine/placement/plan.h"
#include "engine/session/session.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/placement/opened.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::make_plan;
using engine::Plan;
using engine::PlanRequest;
using kernels::Format;
using testing::Opened;
using testing::SparseModel;

namespace {

constexpr std::uint64_t gb = 1'000'000'000;

std::uint64_t read_in(const Plan& plan, Format format) {
    const auto found = plan.read_per_token.find(format);
    return found == plan.read_per_token.end() ? 0 : found->second;
}

} // namespace

TEST_CASE("V3's plan: 671 billion weights, 37 billion of them a token, latents only") {
    const Opened v3(testing::sparse_deepseek(testing::deepseek_v3, Format::q4_0));
    const Plan plan = v3.plan(100 * gb);
    CHECK(plan.parameters == Approx(671.03e9).epsilon(0.001));
    REQUIRE(plan.devices.size() == 1);
    const auto& cpu = plan.devices.front();
    // Q4_0: 18 bytes for 32 values.
    CHECK(static_cast<double>(cpu.weights) == Approx(671.03e9 * 18 / 32).epsilon(0.002));
    CHECK(cpu.copies == 0);
    CHECK(plan.cache_bytes_per_token == 61 * 576 * 2);
    CHECK(cpu.cache == std::uint64_t{61} * 576 * 2 * 8192);
    // Attention's heads in the latents' space are the most of it: 128 x (576 + 512) floats for 512 tokens.
    CHECK(cpu.workspace > 512ULL * 4 * 128 * (576 + 512));
    CHECK(cpu.workspace < 800'000'000);
    CHECK(cpu.total() == cpu.weights + cpu.cache + cpu.workspace);

    // One token: everything but the embedding table and the experts that are not chosen.
    const double attention = 61.0 * (7168.0 * 1536 + 1536.0 * 128 * 192 + 7168.0 * 576 +
                                     128.0 * 512 * (128 + 128) + 128.0 * 128 * 7168);
    const double experts = 58.0 * (8 + 1) * 3 * 7168.0 * 2048;
    const double dense = 3.0 * 3 * 7168.0 * 18432;
    const double matrices = attention + experts + dense + 7168.0 * 129280 + 7168;
    CHECK(static_cast<double>(read_in(plan, Format::q4_0)) == Approx(matrices * 18 / 32).epsilon(1e-4));
    const double vectors = 61.0 * (2 * 7168 + 1536 + 512) + 7168 + 58.0 * 256 * 7168;
    CHECK(static_cast<double>(read_in(plan, Format::f32)) == Approx(vectors * 4).epsilon(1e-4));
    CHECK(plan.bytes_read_at(1000) - plan.bytes_read_at(0) == 1000ULL * 61 * 576 * 2);

    CHECK_FALSE(plan.fits());
    CHECK(plan.longest_context() == 0);
    CHECK_THAT(plan.refusal(), Catch::Contains("needs 379.0 GB") && Catch::Contains("100.0 GB are free") &&
                                   Catch::Contains("fewer parameters"));
    CHECK_THAT(v3.plan(300 * gb).refusal(), Catch::Contains("Q2_K, about 251.6 GB"));
    CHECK(v3.plan(400 * gb).fits());
    CHECK(v3.plan(400 * gb).refusal().empty());
    // 163,840 tokens of latents are 11.5 GB; full heads would be 819 GB.
    CHECK(v3.plan(400 * gb, 163840).fits());
}

TEST_CASE("V2-Lite's plan") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const Plan plan = lite.plan(24 * gb);
    CHECK(plan.parameters == Approx(15.7e9).epsilon(0.005));
    CHECK(plan.fits());
    const auto& cpu = plan.devices.front();
    CHECK(cpu.cache == std::uint64_t{27} * 576 * 2 * 8192);
    CHECK(static_cast<double>(cpu.weights) == Approx(15.7e9 * 34 / 32).epsilon(0.005));
    const double attention =
        27.0 * (2048.0 * 16 * 192 + 2048.0 * 576 + 16.0 * 512 * (128 + 128) + 16.0 * 128 * 2048);
    const double experts = 26.0 * (6 + 2) * 3 * 2048.0 * 1408;
    const double matrices = attention + experts + 3 * 2048.0 * 10944 + 2048.0 * 102400 + 2048;
    CHECK(static_cast<double>(read_in(plan, Format::q8_0)) == Approx(matrices * 34 / 32).epsilon(1e-4));

    // The weights fit, the context does not: the largest that does is named, in whole thousands.
    const std::uint64_t beside = cpu.total() - cpu.cache;
    const std::uint64_t each = plan.cache_bytes_per_token;
    const Plan tight = lite.plan(beside + each * 5000, 32768);
    CHECK_FALSE(tight.fits());
    CHECK(tight.longest_context() == 5000);
    CHECK_THAT(tight.refusal(), Catch::Contains("a context of 32768 tokens") &&
                                    Catch::Contains("With a context of 4096 tokens it would fit."));
    CHECK(lite.plan(beside + each * 5000, 4096).fits());
    CHECK(lite.plan(beside + each * 8192).fits());
    CHECK_FALSE(lite.plan(beside + each * 8192 - 1).fits());
    // Not even a small context: a smaller file.
    CHECK_THAT(lite.plan(11 * gb).refusal(), Catch::Contains("Q4_K, about 9.62 GB"));
    CHECK_THAT(lite.plan(gb / 20).refusal(), Catch::Contains("not enough for any quantisation"));
    // A memory that is not known refuses nothing.
    CHECK(make_plan(*lite.file, {}, "cpu", {}).fits());
}

TEST_CASE("a dense model's plan: every weight for every token") {
    // Qwen2.5-7B's shape, which DeepSeek-R1-Distill-Qwen-7B has.
    constexpr std::int64_t layers = 28, hidden = 3584, heads = 28, kv = 4, head = 128, ff = 18944,
                           words = 152064;
    for (const bool tied : {false, true}) {
        SparseModel m("qwen2");
        m.size("block_count", layers).size("context_length", 131072).size("embedding_length", hidden);
        m.size("feed_forward_length", ff).size("attention.head_count", heads);
        m.size("attention.head_count_kv", kv).key("attention.layer_norm_rms_epsilon", 1e-6F);
        m.tensor("token_embd.weight", {hidden, words}, Format::f16)
            .tensor("output_norm.weight", {hidden}, Format::f32);
        if (!tied) m.tensor("output.weight", {hidden, words}, Format::f16);
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::string b = "blk." + std::to_string(i) + ".";
            m.tensor(b + "attn_norm.weight", {hidden}, Format::f32);
            m.tensor(b + "ffn_norm.weight", {hidden}, Format::f32);
            m.tensor(b + "attn_q.weight", {hidden, heads * head}, Format::f16);
            m.tensor(b + "attn_k.weight", {hidden, kv * head}, Format::f16);
            m.tensor(b + "attn_v.weight", {hidden, kv * head}, Format::f16);
            m.tensor(b + "attn_output.weight", {heads * head, hidden}, Format::f16);
            m.tensor(b + "ffn_gate.weight", {hidden, ff}, Format::f16);
            m.tensor(b + "ffn_up.weight", {hidden, ff}, Format::f16);
            m.tensor(b + "ffn_down.weight", {ff, hidden}, Format::f16);
        }
        const Opened dense(m);
        const Plan plan = dense.plan(32 * gb);
        CHECK(plan.devices.front().weights <= m.tensor_bytes());
        CHECK(plan.devices.front().weights > m.tensor_bytes() - 32 * layers * 9);
        CHECK(plan.cache_bytes_per_token == 2 * layers * kv * head * 2);
        // All but the embedding, of which one row is read, unless it is the output head too.
        const std::uint64_t table = 2ULL * hidden * words;
        CHECK(plan.bytes_read_at(0) == plan.devices.front().weights - (tied ? 0 : table - 2 * hidden));
        CHECK(dense.plan(12 * gb).fits() == false);
    }
}

TEST_CASE("an up-projection that comes whole is counted with its turned copy") {
    for (const std::string family : {"v3", "v2-lite"}) {
        const auto image = testing::TinyModel(testing::tiny_spec(family + " layout A")).gguf();
        const auto file = engine::gguf::File::parse(image);
        // [heads 4][latent 32][content 16] in F32, three layers
        CHECK(make_plan(*file, {}, "cpu", {}).devices.front().copies == 3 * 4 * 32 * 16 * 4);
        const auto both = testing::TinyModel(testing::tiny_spec(family + " layout B")).gguf();
        const Plan plan = make_plan(*engine::gguf::File::parse(both), {}, "cpu", {});
        const auto split = testing::TinyModel(testing::tiny_spec(family)).gguf();
        CHECK(plan.devices.front().copies == 0);
        CHECK(plan.devices.front().weights ==
              make_plan(*engine::gguf::File::parse(split), {}, "cpu", {}).devices.front().weights);
    }
}

TEST_CASE("a next-token layer is counted where it is used") {
    const auto image = testing::TinyModel(testing::tiny_spec("v3 with next-token head, layout A")).gguf();
    const auto file = engine::gguf::File::parse(image);
    const auto devices = [&](bool used) {
        engine::PlanRequest request;
        request.speculates = request.next_token_layer = used;
        return make_plan(*file, request, "cpu", {}).devices.front();
    };
    const auto without = devices(false);
    const auto with = devices(true);
    std::uint64_t layer = 0;
    for (const auto& tensor : file->tensors())
        if (tensor.name.starts_with("blk.3.")) layer += tensor.bytes.size();
    CHECK(with.weights == without.weights + layer);
    CHECK(with.copies == without.copies + 4 * 32 * 16 * 4); // its turned keys
    CHECK(with.cache == without.cache + without.cache / 3); // a layer more than three
    CHECK(with.workspace > without.workspace);
}

TEST_CASE("a session refuses what does not fit before it loads") {
    // 380 GB of holes: reading them would take an hour, refusing takes none of it.
    const Opened v3(testing::sparse_deepseek(testing::deepseek_v3, Format::q4_0));
    const auto backend = kernels::make_cpu_backend({.threads = 1});
    if (backend->memory().free_bytes > 370 * gb) return; // what a machine
    CHECK_THROWS_AS(engine::require_fit(make_plan(*v3.file, {}, *backend)), engine::DoesNotFit);
    try {
        engine::require_fit(make_plan(*v3.file, {.context = 4096}, *backend));
    } catch (const engine::DoesNotFit& refused) {
        CHECK(refused.plan().request.context == 4096);
        CHECK(std::string(refused.what()) == refused.plan().refusal());
    }
}
