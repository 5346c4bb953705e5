// SPDX-License-Identifier: MIT
// The real module on the GPU of this machine against the CPU: a program of its own (spoutnik_gpu_check), for
// bench/gpu.sh. It speaks to the module through the program's loader, as the program does. Where there is no
// GPU it says so and ends with 77.
#include "cuda_emulation/gpu_check.h"
#include "engine/model/model.h"
#include "engine/placement/gpu_module.h"
#include "kernels/cuda/module_loader.h"
#include "tests/support/tiny_zoo.h"
#include "tests/unit/model/loaded.h"
#include "unit/kernels/support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

using namespace spoutnik;
using kernels::Backend;
using kernels::Format;
using kernels::Matrix;
using test::difference;
using test::OnDevice;
using test::Random;
using test::RandomWeights;
using test::report;

namespace {

/// Products in every format, of few and many tokens, odd sizes: whole-number ones to the bit.
void check_products(Backend& gpu, Backend& cpu) {
    Random random(4);
    for (const kernels::FormatTraits& traits : kernels::all_formats()) {
        const std::int64_t block = traits.values_per_block;
        const std::int64_t cols = (300 + block - 1) / block * block;
        const RandomWeights weights(traits.format, 77, cols, 6);
        const std::size_t bytes = 77 * kernels::bytes_of(traits.format, cols);
        const OnDevice weight(gpu, std::span(weights.matrix().data, bytes));
        Matrix there = weights.matrix();
        there.data = weight.buffer->data();
        double worst = 0;
        for (const std::int64_t tokens : {1, 5, 70}) {
            const std::vector<float> x = random.floats(tokens * cols);
            std::vector<float> expected(static_cast<std::size_t>(tokens * 77));
            cpu.matmul(weights.matrix(), {x.data(), tokens, cols, cols}, {expected.data(), tokens, 77, 77});
            const OnDevice in(gpu, x);
            const OnDevice out(gpu, std::vector<float>(expected.size(), 1e9F));
            gpu.matmul(there, {in.floats(), tokens, cols, cols}, {out.floats(), tokens, 77, 77});
            worst = std::max(worst, difference(expected, out.get()));
        }
        const bool is_float =
            traits.format == Format::f32 || traits.format == Format::f16 || traits.format == Format::bf16;
        report("product " + std::string(traits.name), worst, is_float ? 1e-5 : 0.0);
    }
}

double divergence(const float* p_logits, const float* q_logits, std::int64_t count) {
    const auto log_sum = [count](const float* logits) {
        const double most = *std::max_element(logits, logits + count);
        double sum = 0;
        for (std::int64_t i = 0; i < count; ++i)
            sum += std::exp(logits[i] - most);
        return most + std::log(sum);
    };
    const double p_sum = log_sum(p_logits);
    const double q_sum = log_sum(q_logits);
    double result = 0;
    for (std::int64_t i = 0; i < count; ++i)
        result += std::exp(p_logits[i] - p_sum) * ((p_logits[i] - p_sum) - (q_logits[i] - q_sum));
    return std::isfinite(result) ? result : 1e30;
}

/// Whole tiny models, a prompt at once and then token by token (through graphs), against the CPU.
void check_models(Backend& gpu) {
    const std::int64_t vocabulary = 96;
    const auto tokens = testing::tiny_tokens(14, vocabulary);
    for (const std::string name : {"v3", "v2-lite", "qwen3moe", "mixtral"}) {
        const testing::TinyModel tiny(testing::tiny_spec(name));
        const testing::Loaded cpu(tiny, {.threads = 1, .isa = kernels::CpuIsa::reference});
        const auto model = engine::load_model(engine::gguf::File::parse(cpu.image), gpu);
        const auto expected = cpu.logits(tokens, Format::f16);
        for (const std::size_t batch : {64U, 1U}) {
            const auto cache = model->make_cache(64, Format::f16);
            double worst = 0;
            for (std::size_t done = 0; done < tokens.size(); done += batch) {
                const auto part = std::span(tokens).subspan(done, std::min(batch, tokens.size() - done));
                const auto got = model->forward(part, *cache, engine::Logits::all);
                for (std::size_t t = 0; t < part.size(); ++t)
                    worst = std::max(worst, divergence(expected.data() + (done + t) * vocabulary,
                                                       got.data() + t * vocabulary, vocabulary));
            }
            report("model " + name + (batch == 1 ? ", token by token" : ", at once") + ": KL", worst, 2e-3);
        }
    }
}

} // namespace

int main() {
    const auto path = engine::gpu_module_path();
    if (!path) {
        std::puts("GPUs are turned off (SPOUTNIK_CUDA_MODULE).");
        return 77;
    }
    const auto answer = kernels::cuda::open_module(path->string());
    if (!answer.backend) {
        std::puts(answer.problem.c_str());
        return 77;
    }
    std::printf("on %s\n", answer.backend->isa().c_str());
    const auto cpu = kernels::make_cpu_backend({.threads = 1, .isa = kernels::CpuIsa::reference});
    check_products(*answer.backend, *cpu);
    test::check_operations(*answer.backend, *cpu);
    check_models(*answer.backend);
    std::puts(test::failures() == 0 ? "all well" : "SOMETHING IS WRONG");
    return test::failures() == 0 ? 0 : 1;
}
