// SPDX-License-Identifier: MIT
#include "engine/model/registry.h"

#include "kernels/top_k.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace spoutnik::engine {

extern const Architecture deepseek2;
extern const Architecture llama;
extern const Architecture qwen2;
extern const Architecture qwen3;
extern const Architecture qwen3moe;

std::span<const Architecture* const> all_architectures() {
    static constexpr std::array<const Architecture*, 5> all{&deepseek2, &llama, &qwen2, &qwen3, &qwen3moe};
    return all;
}

const Architecture& architecture_of(const gguf::File& file) {
    const std::string& name = file.get_string("general.architecture");
    std::string known;
    for (const Architecture* architecture : all_architectures()) {
        if (architecture->name == name) return *architecture;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", architecture->name);
    }
    if (name == "deepseek32")
        throw Error("This is a DeepSeek-V3.2 model (architecture 'deepseek32'): its sparse attention is not "
                    "supported yet; DeepSeek-V3, V3.1 and R1 files are.");
    if (name == "deepseek4")
        throw Error("This is a DeepSeek-V4 model (architecture 'deepseek4'), which is not supported yet; "
                    "DeepSeek-V2, V3 and R1 files are.");
    if (name == "deepseek")
        throw Error("This is a first-generation DeepSeek-MoE model (architecture 'deepseek'), which is not "
                    "supported; DeepSeek-V2, V3 and R1 files are.");
    throw Error(fmt::format("The architecture '{}' is not supported; supported are {}.", name, known));
}

namespace {

/// Experts are chosen token by token, all over the file: weights that are used where they lie are better
/// brought into memory at once. What does not fit stays on disk but for what is used; what a device has taken
/// is not read again.
void warm_what_stays(const gguf::File& file, kernels::Backend& backend, const WeightHomes& homes) {
    kernels::Backend& ram = backend.keeper_of(kernels::Home::host);
    if (ram.name() != "cpu") return;
    const bool is_alone = &ram == &backend;
    std::size_t bytes = file.file_bytes();
    const auto stays = [&homes](const gguf::TensorInfo& info) {
        return homes.of(info.name) == kernels::Home::host;
    };
    if (!is_alone) {
        bytes = 0;
        for (const gguf::TensorInfo& info : file.tensors())
            if (stays(info)) bytes += info.bytes.size();
    }
    if (bytes > ram.memory().free_bytes / 5 * 4) return;
    is_alone ? file.warm() : file.warm(stays);
}

} // namespace

void Model::reserve(KvCache& /*cache*/, std::int64_t /*tokens*/, std::int64_t /*logit_rows*/) {
}

TopLogits top_of(std::span<const float> logits, std::int64_t vocabulary, std::int64_t k, std::int64_t among) {
    const std::int64_t rows = static_cast<std::int64_t>(logits.size()) / vocabulary;
    const auto found = static_cast<std::size_t>(rows * k);
    TopLogits top{.k = k, .values = std::vector<float>(found), .tokens = std::vector<std::int32_t>(found)};
    kernels::top_k({logits.data(), rows, among, vocabulary}, k, top.tokens.data(), top.values.data());
    return top;
}

TopLogits Model::forward_top(std::span<const std::int32_t> tokens, KvCache& cache, Logits wanted,
                             std::int64_t k, std::int64_t among) {
    return top_of(forward(tokens, cache, wanted), description().vocabulary, k, among);
}

void Model::watch(LayerWatcher /*watcher*/) { // NOLINT(performance-unnecessary-value-param): others keep it
}

void Model::enable_drafts(KvCache& /*cache*/) {
    throw Error("This model has no layer that predicts the token after the next.");
}

std::vector<float> Model::draft(std::int32_t /*token*/, KvCache& /*cache*/) {
    return {};
}

ModelDescription describe_model(const gguf::File& file) {
    return architecture_of(file).describe(file);
}

std::unique_ptr<Model> load_model(const std::shared_ptr<const gguf::File>& file, kernels::Backend& backend,
                                  const LoadProgress& progress, const WeightHomes& homes) {
    const Architecture& architecture = architecture_of(*file);
    auto model = architecture.load(file, backend, progress, homes);
    warm_what_stays(*file, backend, homes);
    return model;
}

} // namespace spoutnik::engine
