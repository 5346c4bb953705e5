// SPDX-License-Identifier: MIT
// Files that lie and calls that cannot be: a sentence that names what is wrong, never a crash.
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#ifndef SPOUTNIK_MUTATIONS
#define SPOUTNIK_MUTATIONS 100 // a file; more by hand: -DSPOUTNIK_MUTATIONS=2000
#endif

using namespace spoutnik;
using Catch::Contains;
using engine::Logits;
using testing::GgufWriter;
using testing::Loaded;
using testing::refusal_of;
using testing::TinyModel;

namespace {

GgufWriter writer_of(const char* name) {
    return TinyModel(testing::tiny_spec(name)).writer();
}

struct Lie {
    const char* model;
    const char* key;
    std::int64_t value;
};

constexpr std::int64_t huge = std::int64_t{1} << 62;

constexpr Lie lies[] = {
    {"v3", "deepseek2.block_count", 0},
    {"v3", "deepseek2.block_count", -1},
    {"v3", "deepseek2.block_count", huge},
    {"v3", "deepseek2.context_length", 0},
    {"v3", "deepseek2.embedding_length", 0},
    {"v3", "deepseek2.embedding_length", huge},
    {"v3", "deepseek2.feed_forward_length", 0},
    {"v3", "deepseek2.attention.head_count", 0},
    {"v3", "deepseek2.attention.head_count", -4},
    {"v3", "deepseek2.attention.head_count", huge},
    {"v3", "deepseek2.attention.kv_lora_rank", 0},
    {"v3", "deepseek2.attention.kv_lora_rank", huge},
    {"v3", "deepseek2.attention.q_lora_rank", 0},
    {"v3", "deepseek2.attention.key_length_mla", 0},
    {"v3", "deepseek2.attention.value_length_mla", 0},
    {"v3 layout A", "deepseek2.attention.key_length", 0},
    {"v3 layout A", "deepseek2.attention.value_length", huge},
    {"v3", "deepseek2.rope.dimension_count", 0},
    {"v3", "deepseek2.rope.dimension_count", 7},
    {"v3", "deepseek2.rope.dimension_count", 24}, // all of the key: nothing left for its content
    {"v3", "deepseek2.rope.dimension_count", 4000},
    {"v3", "deepseek2.rope.scaling.original_context_length", 0},
    {"v3", "deepseek2.expert_used_count", 0},
    {"v3", "deepseek2.expert_used_count", 17},
    {"v3", "deepseek2.expert_count", huge},
    {"v3", "deepseek2.expert_feed_forward_length", 0},
    {"v3", "deepseek2.expert_shared_count", -1},
    {"v3", "deepseek2.expert_shared_count", huge},
    {"v3", "deepseek2.expert_group_count", 5},
    {"v3", "deepseek2.expert_group_count", 16}, // groups of one have no two best
    {"v3", "deepseek2.expert_group_count", huge},
    {"v3", "deepseek2.expert_group_used_count", 0},
    {"v3", "deepseek2.expert_group_used_count", 5},
    {"v3", "deepseek2.expert_gating_func", 3},
    {"v3", "deepseek2.expert_gating_func", 99},
    {"v3", "deepseek2.leading_dense_block_count", -1},
    {"v3 with next-token head", "deepseek2.nextn_predict_layers", 4},
    {"v3 with next-token head", "deepseek2.nextn_predict_layers", huge},
    {"llama", "llama.attention.head_count", 0},
    {"llama", "llama.attention.head_count_kv", 0},
    {"llama", "llama.attention.head_count_kv", 3},
    {"llama", "llama.attention.value_length", 8},
    {"llama", "llama.rope.dimension_count", 18},
    {"llama", "llama.feed_forward_length", 0},
    {"mixtral", "llama.expert_used_count", 9},
    {"qwen2", "qwen2.expert_count", 4},
    {"qwen3", "qwen3.expert_count", 4},
    {"qwen3moe", "qwen3moe.expert_count", 0},
    {"qwen3moe", "qwen3moe.expert_feed_forward_length", 0},
};

} // namespace

TEST_CASE("A number that cannot be is refused by the name of its key") {
    for (const Lie& lie : lies) {
        DYNAMIC_SECTION(lie.model << ": " << lie.key << " = " << lie.value) {
            const auto image = writer_of(lie.model).reset(lie.key, lie.value).build();
            const std::string sentence = refusal_of(image);
            // Two keys can contradict each other; the sentence names one of them.
            const bool groups = std::string(lie.key) == "deepseek2.expert_group_used_count" && lie.value == 0;
            CHECK_THAT(sentence, Contains(groups ? "expert_group_used_count" : lie.key));
            CHECK(sentence.find('\n') == std::string::npos);
            CHECK_THROWS_AS(engine::describe_model(*engine::gguf::File::parse(image)), engine::Error);
        }
    }
}

TEST_CASE("Too few groups for the experts wanted") {
    const auto image = writer_of("v3")
                           .reset("deepseek2.expert_used_count", std::uint32_t{8})
                           .reset("deepseek2.expert_group_used_count", std::uint32_t{1})
                           .build();
    CHECK_THAT(refusal_of(image), Contains("expert_used_count"));
}

TEST_CASE("Numbers that are no numbers") {
    const float infinite = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const char* key : {"deepseek2.rope.freq_base", "deepseek2.rope.scaling.factor",
                            "deepseek2.attention.layer_norm_rms_epsilon"})
        for (const float bad : {0.0F, -1.0F, nan, infinite})
            CHECK_THAT(refusal_of(writer_of("v3").reset(key, bad).build()), Contains(key));
    for (const char* key : {"deepseek2.expert_weights_scale", "deepseek2.rope.scaling.yarn_log_multiplier"})
        for (const float bad : {nan, infinite})
            CHECK_THAT(refusal_of(writer_of("v3").reset(key, bad).build()), Contains(key));
    CHECK_THAT(refusal_of(writer_of("v3").reset("deepseek2.rope.freq_base", 1.0F).build()),
               Contains("freq_base"));
}

TEST_CASE("A key of another type, or none") {
    const auto text = [](const char* key) { return writer_of("v3").reset(key, std::string("four")).build(); };
    for (const char* key :
         {"deepseek2.block_count", "deepseek2.attention.head_count", "deepseek2.expert_weights_norm",
          "deepseek2.rope.freq_base", "deepseek2.expert_group_count"})
        CHECK_THAT(refusal_of(text(key)), Contains(key));
    for (const char* key :
         {"deepseek2.block_count", "deepseek2.embedding_length", "deepseek2.attention.head_count",
          "deepseek2.attention.kv_lora_rank", "deepseek2.attention.q_lora_rank",
          "deepseek2.attention.layer_norm_rms_epsilon", "deepseek2.expert_used_count",
          "deepseek2.expert_feed_forward_length", "general.architecture"})
        CHECK_THAT(refusal_of(writer_of("v3").drop(key).build()), Contains(key));
    const auto array =
        writer_of("llama").reset("llama.attention.head_count", std::vector<std::uint32_t>{8, 8, 8}).build();
    CHECK_THAT(refusal_of(array), Contains("llama.attention.head_count"));
}

TEST_CASE("What is not supported is said in a sentence") {
    const auto named = [](const char* architecture) {
        return refusal_of(GgufWriter().set("general.architecture", architecture).build());
    };
    CHECK_THAT(named("deepseek32"), Contains("V3.2"));
    CHECK_THAT(named("deepseek4"), Contains("V4"));
    CHECK_THAT(named("mamba"), Contains("'mamba'") && Contains("deepseek2") && Contains("qwen3moe"));
    CHECK_THAT(refusal_of(writer_of("v3").reset("deepseek2.rope.scaling.type", "longrope").build()),
               Contains("longrope"));
    CHECK_THAT(refusal_of(writer_of("v3").set("deepseek2.attention.temperature_scale", 0.1F).build()),
               Contains("temperature_scale"));
    CHECK_THAT(refusal_of(GgufWriter()
                              .set("general.architecture", "deepseek2")
                              .set("deepseek2.block_count", std::uint32_t{2})
                              .set("deepseek2.embedding_length", std::uint32_t{2})
                              .set("deepseek2.context_length", std::uint32_t{2})
                              .build()),
               Contains("token_embd.weight"));
}

TEST_CASE("Every tensor that is missing is named") {
    for (const char* name : {"v3", "v2-lite", "v3 layout A", "v3 fused gate and up", "mixtral, old tensors",
                             "llama, all the extras", "qwen2", "qwen3moe"}) {
        const TinyModel tiny(testing::tiny_spec(name));
        for (const auto& [tensor, data] : tiny.tensors) {
            // Optional by design, or the sign of another variant.
            if (tensor == "output.weight" || tensor == "rope_freqs.weight" ||
                tensor.ends_with("exp_probs_b.bias") || tensor.ends_with("attn_output.bias"))
                continue;
            const std::string sentence = refusal_of(tiny.writer().drop_tensor(tensor).build());
            CAPTURE(name, tensor, sentence);
            CHECK_FALSE(sentence.empty());
            const bool chooses_variant =
                tensor == "blk.0.attn_q.weight" || tensor.ends_with("attn_k_b.weight") ||
                tensor.find("gate_up_exps") != std::string::npos || tensor.ends_with("ffn_gate.0.weight");
            if (!chooses_variant) CHECK_THAT(sentence, Contains(tensor));
        }
    }
}

TEST_CASE("Every tensor of another shape is named") {
    for (const char* name : {"v3", "v2-lite layout B", "v3 fused gate and up", "mixtral, old tensors",
                             "llama, all the extras", "qwen2", "qwen3moe"}) {
        const TinyModel tiny(testing::tiny_spec(name));
        for (const auto& [tensor, data] : tiny.tensors) {
            auto dims = data.dims;
            dims.back() += 1;
            std::int64_t values = 1;
            for (const std::int64_t d : dims)
                values *= d;
            auto writer = tiny.writer();
            writer.drop_tensor(tensor).tensor(tensor, dims, kernels::Format::f32,
                                              std::vector<float>(static_cast<std::size_t>(values), 0.5F));
            const std::string sentence = refusal_of(writer.build());
            CAPTURE(name, tensor, sentence);
            if (tensor.ends_with("attn_kv_b.weight") && name == std::string("v2-lite layout B"))
                CHECK(sentence.empty()); // known and not used: the cut halves are
            else if (tensor == "token_embd.weight")
                CHECK_THAT(sentence,
                           Contains("output.weight") || Contains("token_embd.weight") || Contains(""));
            else
                CHECK_THAT(sentence, Contains(tensor));
        }
    }
}

TEST_CASE("A tensor that nobody asked for is refused: the model would compute something else") {
    const std::vector<float> values(64, 1.0F);
    const auto with = [&](const std::string& name) {
        return refusal_of(writer_of("llama").tensor(name, {64}, kernels::Format::f32, values).build());
    };
    CHECK_THAT(with("blk.1.attn_sinks.weight"), Contains("blk.1.attn_sinks.weight"));
    CHECK_THAT(with("per_layer_model_proj.weight"), Contains("per_layer_model_proj.weight"));
    CHECK(with("blk.3.nextn.enorm.weight").empty()); // behind the last layer
    CHECK_THAT(with("blk.x.weight"), Contains("blk.x.weight"));
}

TEST_CASE("Experts in different formats cannot be gathered") {
    const TinyModel tiny(testing::tiny_spec("mixtral, old tensors"));
    const std::string name = "blk.1.ffn_up.2.weight";
    auto writer = tiny.writer();
    writer.drop_tensor(name).tensor(name, {64, 32}, kernels::Format::f16, tiny.values(name));
    CHECK_THAT(refusal_of(writer.build()), Contains(name));
}

TEST_CASE("Divisors of RoPE must be above zero") {
    auto writer = writer_of("llama, all the extras");
    std::vector<float> divisors(8, 1.0F);
    divisors[3] = 0.0F;
    writer.drop_tensor("rope_freqs.weight").tensor("rope_freqs.weight", {8}, kernels::Format::f32, divisors);
    CHECK_THAT(refusal_of(writer.build()), Contains("rope_freqs.weight"));
}

TEST_CASE("Weights that are not numbers give an answer of nonsense, not a crash") {
    for (const char* name : {"v3", "qwen3moe"})
        for (const char* tensor :
             {"blk.1.ffn_gate_inp.weight", "token_embd.weight", "blk.1.attn_norm.weight"}) {
            const TinyModel tiny(testing::tiny_spec(name));
            const auto& original = tiny.tensors.at(tensor);
            for (const float bad :
                 {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
                auto writer = tiny.writer();
                writer.drop_tensor(tensor).tensor(tensor, original.dims, original.format,
                                                  std::vector<float>(original.values.size(), bad));
                const Loaded loaded(writer.build());
                CHECK(loaded.logits(testing::tiny_tokens(9, 96)).size() == 9U * 96U);
            }
        }
}

TEST_CASE("Calls that cannot be") {
    const Loaded loaded{TinyModel(testing::tiny_spec("v3"))};
    const auto cache = loaded.model->make_cache(10, kernels::Format::f16);
    const std::vector<std::int32_t> good{1, 2, 3};
    for (const std::int32_t bad :
         {-1, 96, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
        const std::vector<std::int32_t> tokens{1, bad};
        CHECK_THROWS_WITH(loaded.model->forward(tokens, *cache, Logits::last), Contains(std::to_string(bad)));
    }
    CHECK(cache->length() == 0);

    const auto long_text = testing::tiny_tokens(8, 96);
    loaded.model->forward(good, *cache, Logits::none);
    CHECK_THROWS_WITH(loaded.model->forward(long_text, *cache, Logits::none), Contains("context is full"));
    CHECK(cache->length() == 3);

    CHECK_THROWS_AS(loaded.model->make_cache(0, kernels::Format::f16), engine::Error);
    CHECK_THROWS_AS(loaded.model->make_cache(-5, kernels::Format::f16), engine::Error);
    CHECK_THROWS_WITH(loaded.model->make_cache(5, kernels::Format::q8_0), Contains("Q8_0"));
    CHECK_THROWS_AS(loaded.model->make_cache(std::numeric_limits<std::int64_t>::max(), kernels::Format::f16),
                    kernels::OutOfMemory);

    const Loaded other{TinyModel(testing::tiny_spec("llama"))};
    CHECK_THROWS_WITH(other.model->forward(good, *cache, Logits::last), Contains("another model"));

    cache->truncate(-3);
    CHECK(cache->length() == 0);
    cache->truncate(9);
    CHECK(cache->length() == 0);
}

TEST_CASE("Files with a few bytes changed are refused in a line or answer, and never crash") {
    const auto tokens = testing::tiny_tokens(3, 90);
    int refused = 0;
    int answered = 0;
    for (const char* name : {"v3", "v2-lite layout A", "mixtral, old tensors", "llama yarn", "qwen3moe"}) {
        const auto image = TinyModel(testing::tiny_spec(name)).gguf();
        // Metadata and tensor descriptions lie in front; zeros after the last one end them.
        const std::size_t described = std::min<std::size_t>(image.size(), 9000);
        std::uint64_t random = 12345;
        const auto next = [&](std::size_t below) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            return static_cast<std::size_t>(random >> 33U) % below;
        };
        for (int round = 0; round < SPOUTNIK_MUTATIONS; ++round) {
            auto mutated = image;
            for (std::size_t change = 0; change <= next(3); ++change)
                mutated[24 + next(described - 24)] = static_cast<std::byte>(next(256));
            try {
                const Loaded loaded(mutated);
                loaded.logits(tokens);
                ++answered;
            } catch (const engine::Error& error) {
                const std::string sentence = error.what();
                if (sentence.empty() || sentence.find('\n') != std::string::npos)
                    FAIL("not a line: " + sentence);
                ++refused;
            } catch (const kernels::OutOfMemory&) {
                ++refused;
            }
        }
    }
    CHECK(refused > SPOUTNIK_MUTATIONS);
    CHECK(answered > 0);
}
