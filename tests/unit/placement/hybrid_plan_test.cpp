// SPDX-License-Identifier: MIT
// Plans for a GPU beside RAM: what goes where on the shapes of published models, with the most on the GPU
// that fits there, and the sentences.
#include "engine/placement/decode_cost.h"
#include "engine/placement/devices.h"
#include "tests/support/fenced_backend.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/placement/opened.h"

#include <catch2/catch.hpp>

using namespace spoutnik;
using engine::DevicePlan;
using engine::Machine;
using engine::make_plan;
using engine::Plan;
using engine::PlanRequest;
using kernels::Format;
using testing::Opened;

namespace {

constexpr std::uint64_t gb = 1'000'000'000;

kernels::MemoryInfo free_of(std::uint64_t bytes) {
    return {.free_bytes = bytes, .total_bytes = bytes + gb};
}

Machine machine(std::uint64_t gpu_free, std::uint64_t ram_free) {
    return {.ram = {"cpu", free_of(ram_free)}, .gpu = engine::DeviceMemory{"cuda", free_of(gpu_free)}};
}

const DevicePlan& gpu_of(const Plan& plan) {
    REQUIRE(plan.devices.size() == 2);
    REQUIRE(plan.devices.front().is_gpu());
    return plan.devices.front();
}

const DevicePlan& ram_of(const Plan& plan) {
    REQUIRE(plan.devices.size() == 2);
    REQUIRE_FALSE(plan.devices.back().is_gpu());
    return plan.devices.back();
}

} // namespace

TEST_CASE("what fits on the GPU is there altogether") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const Plan alone = lite.plan(64 * gb);
    const Plan plan = make_plan(*lite.file, {}, machine(80 * gb, 64 * gb));
    CHECK(plan.fits());
    CHECK(plan.uses_gpu());
    CHECK_FALSE(plan.homes.anything_on_host());
    CHECK(plan.expert_layers == 26);
    CHECK(plan.gpu_expert_layers == 26);
    CHECK(gpu_of(plan).weights == alone.devices.front().weights);
    CHECK(gpu_of(plan).cache == alone.devices.front().cache);
    CHECK(ram_of(plan).weights == 0);
    CHECK(ram_of(plan).total() < 100'000'000);
    CHECK(plan.placement() == "Everything is on the GPU.");
    CHECK(plan.work.routed_in_ram.empty());
    // RAM that holds next to nothing is no reason against it.
    CHECK(make_plan(*lite.file, {}, machine(80 * gb, gb)).gpu_expert_layers == 26);
    // The last byte counts, the reserve included; then the embedding table goes first.
    const std::uint64_t enough = gpu_of(plan).total() + gpu_of(plan).reserve;
    CHECK_FALSE(make_plan(*lite.file, {}, machine(enough, 64 * gb)).homes.anything_on_host());
    const Plan without_table = make_plan(*lite.file, {}, machine(enough - 1, 64 * gb));
    CHECK(without_table.homes.embedding_on_host);
    CHECK(without_table.gpu_expert_layers == 26);
    CHECK(without_table.placement() == "Everything but the embedding table is on the GPU.");
    CHECK(ram_of(without_table).weights == std::uint64_t{102400} * 2048 * 34 / 32);
}

TEST_CASE("experts go to RAM layer by layer, no more of them than must be") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const std::uint64_t experts_of_a_layer = std::uint64_t{64} * 3 * 2048 * 1408 * 34 / 32;
    const std::uint64_t all = lite.plan(64 * gb).devices.front().weights;
    std::int64_t before = 26;
    for (const std::uint64_t free_gb : {16, 14, 12, 9, 6, 4, 3}) {
        CAPTURE(free_gb);
        const Plan plan = make_plan(*lite.file, {}, machine(free_gb * gb, 64 * gb));
        REQUIRE(plan.fits());
        CHECK(plan.gpu_expert_layers < before);
        before = plan.gpu_expert_layers;
        CHECK(gpu_of(plan).weights + ram_of(plan).weights == all);
        CHECK(gpu_of(plan).cache == std::uint64_t{27} * 576 * 2 * 8192);
        CHECK(ram_of(plan).cache == 0);
        CHECK(gpu_of(plan).total() + gpu_of(plan).reserve <= free_gb * gb);
        CHECK(gpu_of(plan).total() + gpu_of(plan).reserve + experts_of_a_layer > free_gb * gb);
        // Block 0 is dense: the first layers' experts stay on the GPU.
        CHECK(plan.homes.first_expert_block_on_host == plan.gpu_expert_layers + 1);
        CHECK(plan.homes.of("blk.1.attn_output.weight") == kernels::Home::device);
        CHECK(plan.homes.of("blk.26.ffn_gate_shexp.weight") == kernels::Home::device);
        CHECK(plan.homes.of("blk.26.ffn_gate_inp.weight") == kernels::Home::device);
        CHECK(plan.homes.of("blk.26.ffn_gate_exps.weight") == kernels::Home::host);
        CHECK(plan.work.routed.size() + plan.work.routed_in_ram.size() >= 1);
        std::int64_t in_ram = 0;
        for (const auto& [shape, layers] : plan.work.routed_in_ram)
            in_ram += layers;
        CHECK(in_ram == 26 - plan.gpu_expert_layers);
    }
    const Plan least = make_plan(*lite.file, {}, machine(5 * gb / 2, 64 * gb));
    CHECK(least.gpu_expert_layers == 0);
    CHECK_THAT(least.placement(), Catch::StartsWith("On the GPU all but the routed experts and the"));
    CHECK_THAT(make_plan(*lite.file, {}, machine(9 * gb, 64 * gb)).placement(),
               Catch::Contains("of 26 and the embedding table; the CPU computes these experts"));
}

TEST_CASE("where the GPU cannot hold even what every token needs, the CPU is alone") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const Plan plan = make_plan(*lite.file, {}, machine(gb, 64 * gb));
    CHECK(plan.fits());
    CHECK_FALSE(plan.uses_gpu());
    REQUIRE(plan.devices.size() == 1);
    CHECK_THAT(plan.placement(), Catch::Contains("The CPU computes everything") &&
                                     Catch::Contains("8192 tokens") && Catch::Contains("1.00 GB are free"));
    // A smaller context may bring the GPU back, one that is too large loses it.
    CHECK(make_plan(*lite.file, {.context = 8192}, machine(3 * gb, 64 * gb)).uses_gpu());
    CHECK_FALSE(make_plan(*lite.file, {.context = 160000}, machine(3 * gb, 64 * gb)).uses_gpu());
    // The person's word.
    CHECK_FALSE(make_plan(*lite.file, {.cpu_only = true}, machine(80 * gb, 64 * gb)).uses_gpu());
    CHECK(make_plan(*lite.file, {.cpu_only = true}, machine(80 * gb, 64 * gb)).placement().empty());
}

TEST_CASE("V3 with a GPU of 80 GB and RAM of 512") {
    const Opened v3(testing::sparse_deepseek(testing::deepseek_v3, Format::q4_0));
    const Plan plan = make_plan(*v3.file, {.context = 32768}, machine(80 * gb, 400 * gb));
    CHECK(plan.fits());
    CHECK(plan.expert_layers == 58);
    CHECK(plan.gpu_expert_layers == 10); // 6.34 GB each, beside 13 GB of all the rest
    CHECK(gpu_of(plan).cache == std::uint64_t{61} * 576 * 2 * 32768);
    // Without the GPU's part it would not have fitted.
    CHECK_FALSE(make_plan(*v3.file, {.context = 32768, .cpu_only = true}, machine(80 * gb, 360 * gb)).fits());
    CHECK(make_plan(*v3.file, {.context = 32768}, machine(80 * gb, 360 * gb)).fits());

    const Plan refused = make_plan(*v3.file, {}, machine(24 * gb, 64 * gb));
    CHECK_FALSE(refused.fits());
    CHECK_THAT(refused.refusal(), Catch::Contains("24.0 GB are free on the GPU and 64.0 GB in RAM.") &&
                                      Catch::Contains("fewer parameters would fit"));
    CHECK_THROWS_AS(engine::require_fit(refused), engine::DoesNotFit);
    CHECK_THAT(make_plan(*v3.file, {}, machine(80 * gb, 240 * gb)).refusal(), Catch::Contains("Q2_K"));
    CHECK_THAT(make_plan(*v3.file, {.context = 163840}, machine(20 * gb, 370 * gb)).refusal(),
               Catch::Contains("With a context of "));
}

TEST_CASE("as many layers' experts on the GPU as the person says") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const Machine large = machine(80 * gb, 64 * gb);
    for (const std::int64_t layers : {0, 5, 26}) {
        const Plan plan = make_plan(*lite.file, {.gpu_expert_layers = layers}, large);
        CHECK(plan.fits());
        CHECK(plan.gpu_expert_layers == layers);
        CHECK(gpu_of(plan).reserve == 0);
    }
    CHECK(make_plan(*lite.file, {.gpu_expert_layers = 1000}, large).gpu_expert_layers == 26);
    CHECK(make_plan(*lite.file, {.most_gpu_expert_layers = 7}, large).gpu_expert_layers == 7);
    // More than fit: refused, not changed behind the person's back.
    const Plan tight = make_plan(*lite.file, {.gpu_expert_layers = 26}, machine(9 * gb, 64 * gb));
    CHECK_FALSE(tight.fits());
    CHECK_THAT(tight.refusal(), Catch::Contains("with the routed experts of 26 layers on the GPU"));
}

TEST_CASE("the longest context counts experts that can make room") {
    const Opened lite(testing::sparse_deepseek(testing::deepseek_v2_lite, Format::q8_0));
    const Plan plan = make_plan(*lite.file, {}, machine(9 * gb, 64 * gb));
    const std::int64_t longest = plan.longest_context();
    CHECK(longest > 150'000);
    CHECK(make_plan(*lite.file, {.context = longest - 10'000}, machine(9 * gb, 64 * gb)).uses_gpu());
    // RAM that is nearly full takes none of them.
    const std::uint64_t full = ram_of(plan).total() + gb / 100;
    CHECK(make_plan(*lite.file, {}, machine(9 * gb, full)).longest_context() < 50'000);
}

TEST_CASE("a table that is the output head too stays with it; a dense model has nothing else to give") {
    for (const std::string name : {"v3 tied output", "llama, all the extras"}) {
        const auto image = testing::TinyModel(testing::tiny_spec(name)).gguf();
        const auto file = engine::gguf::File::parse(image);
        const Plan roomy = make_plan(*file, {}, machine(80 * gb, gb));
        const Plan tight =
            make_plan(*file, {}, machine(gpu_of(roomy).total() + gpu_of(roomy).reserve - 1, gb));
        CHECK_FALSE(tight.homes.embedding_on_host);
        CHECK(tight.uses_gpu() == (tight.expert_layers > 0));
    }
    const auto image = testing::TinyModel(testing::tiny_spec("qwen2")).gguf();
    const auto file = engine::gguf::File::parse(image);
    const Plan roomy = make_plan(*file, {}, machine(80 * gb, gb));
    const std::uint64_t enough = gpu_of(roomy).total() + gpu_of(roomy).reserve;
    const Plan tight = make_plan(*file, {}, machine(enough - 1, gb));
    CHECK(tight.homes.embedding_on_host);
    CHECK(tight.placement() == "Everything but the embedding table is on the GPU.");
}

TEST_CASE("what a token costs where a GPU and RAM share it is measured piece by piece") {
    for (const std::string name : {"v3", "qwen3moe"}) {
        CAPTURE(name);
        const auto image = testing::TinyModel(testing::tiny_spec(name)).gguf();
        const auto file = engine::gguf::File::parse(image);
        const engine::Devices devices{.cpu = kernels::make_cpu_backend({.threads = 2}),
                                      .gpu =
                                          std::make_shared<testing::FencedBackend>(std::size_t{200} << 20U)};
        for (const std::int64_t layers : {0, 1, 100}) {
            const Plan plan = engine::plan_for(*file, {.gpu_expert_layers = layers}, devices);
            const auto backend = engine::backend_for(plan, devices);
            CHECK((backend->name() == "fenced") == !plan.homes.anything_on_host());
            const auto cost = engine::measure_decode(*backend, plan, std::chrono::milliseconds(1));
            CHECK(cost.products > 0);
            CHECK((cost.routed_experts > 0) == (plan.gpu_expert_layers > 0));
            CHECK((cost.experts_in_ram > 0) == (plan.gpu_expert_layers < plan.expert_layers));
            CHECK((cost.ram_bytes_per_second > 0) == (plan.gpu_expert_layers < plan.expert_layers));
            CHECK(cost.memory_bytes_per_second > 0);
            CHECK(cost.seconds_at(0) == Approx(cost.products + cost.routed_experts + cost.experts_in_ram +
                                               cost.attention + cost.small_operations));
        }
    }
}
