// SPDX-License-Identifier: MIT
// What a token is made of, what is made of its measured pieces, and that they can be measured.
#include "engine/placement/decode_cost.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spoutnik;
using engine::DecodeCost;
using engine::ExpertShape;
using engine::predict_decode;
using engine::ProductShape;
using engine::TokenWork;
using kernels::Format;

namespace {

TokenWork work_of(const std::string& name) {
    const auto image = testing::TinyModel(testing::tiny_spec(name)).gguf();
    const auto file = engine::gguf::File::parse(image);
    return engine::make_plan(*file, {}, "cpu", {}).work;
}

/// Weights in all products and chosen experts.
std::int64_t values_in(const TokenWork& work) {
    std::int64_t sum = 0;
    for (const auto& [shape, times] : work.products)
        sum += times * shape.rows * shape.cols * shape.count;
    for (const auto& [shape, times] : work.routed)
        sum += times * work.experts_used * 3 * shape.ff * work.hidden;
    return sum;
}

/// The same from the file: every matrix but the embedding's, of the experts the chosen ones.
std::int64_t matrix_values_of(const std::string& name) {
    const auto image = testing::TinyModel(testing::tiny_spec(name)).gguf();
    const auto file = engine::gguf::File::parse(image);
    const engine::ModelDescription d = engine::describe_model(*file);
    std::int64_t sum = 0;
    for (const auto& info : file->tensors()) {
        if (info.dim_count < 2 || info.name == "token_embd.weight") continue;
        const bool routed = info.name.find("_exps.") != std::string::npos;
        sum += routed ? info.values() / d.experts * d.experts_used : info.values();
    }
    return sum + (file->find_tensor("output.weight") == nullptr ? d.vocabulary * d.hidden : 0);
}

} // namespace

TEST_CASE("a token's work holds every weight that it meets, once") {
    for (const std::string name : {"v3", "v2-lite", "v3 layout A", "v2-lite layout A", "qwen2", "qwen3moe"}) {
        INFO(name);
        const TokenWork work = work_of(name);
        CHECK(values_in(work) == matrix_values_of(name));
        CHECK(work.attention.heads > 0);
        CHECK((work.attention.kv_heads == 0) == (name[0] == 'v'));
    }
}

TEST_CASE("a token takes as long as its pieces together") {
    DecodeCost cost;
    CHECK(predict_decode(cost, 0) == 0);
    cost.products = 0.010;
    cost.routed_experts = 0.005;
    cost.attention = 0.002;
    cost.small_operations = 0.003;
    CHECK(predict_decode(cost, 0) == Approx(50));
    CHECK(predict_decode(cost, 5000) == Approx(50));
    cost.attention_a_row = 4e-6;
    CHECK(predict_decode(cost, 0) == Approx(50));
    CHECK(predict_decode(cost, 5000) == Approx(25));
}

TEST_CASE("every piece of a model can be measured") {
    for (const std::string name : {"v3", "v2-lite layout A", "qwen2", "qwen3moe"})
        for (const Format format : {Format::f32, Format::f16, Format::bf16}) {
            INFO(name);
            const auto backend = kernels::make_cpu_backend({.threads = 2});
            const auto image = testing::TinyModel(testing::tiny_spec(name)).gguf();
            const auto plan =
                engine::make_plan(*engine::gguf::File::parse(image), {.cache_format = format}, *backend);
            const DecodeCost cost = engine::measure_decode(*backend, plan, std::chrono::milliseconds(1));
            CHECK(cost.products > 0);
            CHECK((cost.routed_experts > 0) == (plan.work.experts > 0));
            CHECK(cost.attention > 0);
            CHECK(cost.attention_a_row > 0);
            CHECK(cost.small_operations > 0);
            CHECK(cost.memory_bytes_per_second > 0);
            CHECK(predict_decode(cost, 0) > predict_decode(cost, 100'000));
        }
}

TEST_CASE("pieces larger than the memory lent are cut and measured all the same") {
    const auto backend = kernels::make_cpu_backend({.threads = 2});
    engine::Plan plan;
    plan.work.layers = 1;
    plan.work.hidden = 4096;
    plan.work.vocabulary = 1000;
    plan.work.experts = 8;
    plan.work.experts_used = 2;
    plan.work.attention = {.heads = 4, .kv_heads = 2, .key_width = 64, .value_width = 64};
    const std::int64_t rows = 16384; // 64 MB in f32, and an expert three times that
    plan.work.products[{Format::f32, rows, 4096}] = 1;
    plan.work.routed[{Format::f32, Format::f32, Format::f32, rows}] = 1;
    const DecodeCost cost = engine::measure_decode(*backend, plan, std::chrono::milliseconds(1));
    // How the two compare is for bench/: a busy machine says anything.
    CHECK(cost.products > 0);
    CHECK(cost.routed_experts > 0);
    CHECK(std::isfinite(cost.products + cost.routed_experts));
}
