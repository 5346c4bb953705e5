// SPDX-License-Identifier: MIT
#include "app/cli/cache_format.h"
#include "app/cli/commands.h"

#include "app/cli/placement_options.h"
#include "app/cli/plan_report.h"
#include "app/cli/readable.h"
#include "engine/gguf/gguf.h"
#include "engine/gguf/printable.h"
#include "engine/model/model.h"
#include "engine/session/placed_model.h"
#include "engine/session/session.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

constexpr std::int64_t f16_bytes = 2;

/// Bytes of each number format, largest first.
std::vector<std::pair<std::string, std::size_t>> bytes_by_format(const engine::gguf::File& file) {
    std::map<std::string, std::size_t> sums;
    for (const engine::gguf::TensorInfo& tensor : file.tensors())
        sums[std::string(kernels::traits_of(tensor.format).name)] += tensor.bytes.size();
    std::vector<std::pair<std::string, std::size_t>> sorted(sums.begin(), sums.end());
    std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
    return sorted;
}

double ratio(std::int64_t full, std::int64_t cached) {
    return cached > 0 ? static_cast<double>(full) / static_cast<double>(cached) : 1.0;
}

/// Of one token; nothing where a model's heads are not whole blocks.
std::optional<std::size_t> q8_0_cache_bytes(const engine::ModelDescription& d) {
    if (!engine::can_be_cached_in(kernels::Format::q8_0, d.attention)) return {};
    return kernels::bytes_of(kernels::Format::q8_0, d.cache_values_per_token);
}

/// A string of the metadata without control characters, which must not reach a terminal; empty when absent.
std::string text_of(const engine::gguf::File& file, std::string_view key) {
    constexpr std::size_t longest = 200;
    const std::string* found = file.find_string(key);
    return found == nullptr ? std::string() : engine::printable(*found, longest);
}

/// What a file says of its tokenizer; read from the metadata alone, so that kinds which cannot be run yet are
/// described too.
struct TokenizerFacts {
    std::string kind; ///< tokenizer.ggml.model: "gpt2"
    std::string pre;  ///< tokenizer.ggml.pre: "deepseek-v3"; may be empty
    std::size_t tokens = 0;
    bool has_chat_template = false;
};

std::optional<TokenizerFacts> tokenizer_of(const engine::gguf::File& file) {
    const std::vector<std::string>* tokens = file.find_strings("tokenizer.ggml.tokens");
    if (tokens == nullptr) return std::nullopt;
    return TokenizerFacts{text_of(file, "tokenizer.ggml.model"), text_of(file, "tokenizer.ggml.pre"),
                          tokens->size(), file.find_string("tokenizer.chat_template") != nullptr};
}

/// "byte-level BPE (gpt2, deepseek-v3), 129280 tokens, chat template"
std::string readable_tokenizer(const TokenizerFacts& tokenizer) {
    std::string kind = "unknown kind";
    if (tokenizer.kind == "gpt2") kind = "byte-level BPE";
    if (tokenizer.kind == "llama") kind = "SentencePiece";
    const std::string pre = tokenizer.pre.empty() ? "" : ", " + tokenizer.pre;
    return fmt::format("{} ({}{}), {} tokens, {}chat template", kind, tokenizer.kind, pre, tokenizer.tokens,
                       tokenizer.has_chat_template ? "" : "no ");
}

nlohmann::ordered_json to_json(const TokenizerFacts& tokenizer) {
    return {{"model", tokenizer.kind},
            {"pre", tokenizer.pre},
            {"tokens", tokenizer.tokens},
            {"chat_template", tokenizer.has_chat_template}};
}

void print(const nlohmann::ordered_json& out) {
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// A file with a tokenizer and not one tensor: good for tokenize, detokenize and render.
void print_vocabulary_only(const engine::gguf::File& file, const TokenizerFacts& tokenizer, bool json) {
    const std::string architecture = text_of(file, "general.architecture");
    const std::string name = text_of(file, "general.name");
    if (json) {
        print({{"architecture", architecture},
               {"name", name},
               {"file_bytes", file.file_bytes()},
               {"vocabulary_only", true},
               {"vocabulary", tokenizer.tokens},
               {"tokenizer", to_json(tokenizer)}});
        return;
    }
    fmt::print("vocabulary only: no weights in this file, so it tokenizes and does not answer\n");
    fmt::print("architecture    {}{}\n", architecture, name.empty() ? "" : " (" + name + ")");
    fmt::print("file            {}\n", readable_bytes(static_cast<double>(file.file_bytes())));
    fmt::print("tokenizer       {}\n", readable_tokenizer(tokenizer));
}

/// What the plan for this machine says, and what a token costs.
struct Forecast {
    engine::Plan plan;
    std::string isa;                        ///< instruction set that would compute it
    std::optional<engine::DecodeCost> cost; ///< nothing where even the measurement has no room
    std::string why_no_gpu{};               ///< a sentence where one was looked for and not found
};

Forecast forecast(const engine::gguf::File& file, const engine::ModelDescription& description,
                  const InfoOptions& options) {
    const engine::Devices devices = engine::open_devices(options.threads, device_choice(options.placement));
    engine::SessionOptions session;
    session.context = options.context;
    engine::PlacementWish wish;
    wish.request.context = engine::session_context(session, description);
    wish.request.gpu_expert_layers = gpu_expert_layers(options.placement);
    wish.cache_format = cache_format(options.cache_format);
    Forecast forecast{engine::plan_placement(file, wish, devices), {}, {}, {}};
    const auto backend = engine::backend_for(forecast.plan, devices);
    forecast.isa = backend->isa();
    forecast.why_no_gpu = devices.why_no_gpu;
    try {
        forecast.cost = engine::measure_decode(*backend, forecast.plan);
    } catch (const kernels::OutOfMemory&) {
        return forecast;
    }
    return forecast;
}

void print_json(const engine::ModelDescription& d, const engine::gguf::File& file, const Forecast& forecast) {
    nlohmann::ordered_json formats = nlohmann::ordered_json::object();
    for (const auto& [name, bytes] : bytes_by_format(file))
        formats[name] = bytes;
    nlohmann::ordered_json out{
        {"architecture", d.architecture},
        {"name", d.name},
        {"file_bytes", file.file_bytes()},
        {"formats", formats},
        {"parameters_total", d.parameters_total},
        {"parameters_active", d.parameters_active},
        {"layers", d.layers},
        {"hidden", d.hidden},
        {"vocabulary", d.vocabulary},
        {"context_length", d.context_length},
        {"experts", d.experts},
        {"experts_used", d.experts_used},
        {"kv_values_per_token", d.cache_values_per_token},
        {"kv_bytes_per_token", d.cache_values_per_token * f16_bytes},
        {"kv_values_per_token_full_heads", d.full_heads_values_per_token},
        {"kv_bytes_per_token_full_heads", d.full_heads_values_per_token * f16_bytes},
        {"kv_ratio", ratio(d.full_heads_values_per_token, d.cache_values_per_token)},
    };
    if (const auto q8_0 = q8_0_cache_bytes(d)) out["kv_bytes_per_token_q8_0"] = *q8_0;
    if (const auto tokenizer = tokenizer_of(file)) out["tokenizer"] = to_json(*tokenizer);
    out["isa"] = forecast.isa;
    if (!forecast.why_no_gpu.empty()) out["why_no_gpu"] = forecast.why_no_gpu;
    out["plan"] = plan_to_json(forecast.plan, forecast.cost);
    print(out);
}

void print_text(const engine::ModelDescription& d, const engine::gguf::File& file, const Forecast& forecast) {
    fmt::print("architecture    {}{}\n", d.architecture, d.name.empty() ? "" : " (" + d.name + ")");
    fmt::print("file            {}, {} tensors\n", readable_bytes(static_cast<double>(file.file_bytes())),
               file.tensors().size());
    fmt::print("parameters      {} total, {} active for a token\n", readable_count(d.parameters_total),
               readable_count(d.parameters_active));
    fmt::print("formats        ");
    const char* separator = " ";
    for (const auto& [name, bytes] : bytes_by_format(file)) {
        fmt::print("{}{} {}", separator, name, readable_bytes(static_cast<double>(bytes)));
        separator = ", ";
    }
    fmt::print("\nlayers          {} of width {}, vocabulary {}\n", d.layers, d.hidden, d.vocabulary);
    if (d.experts > 0) fmt::print("experts         {} a layer, {} for a token\n", d.experts, d.experts_used);
    if (const auto tokenizer = tokenizer_of(file))
        fmt::print("tokenizer       {}\n", readable_tokenizer(*tokenizer));
    fmt::print("context         {} tokens\n", d.context_length);
    const std::int64_t cached = d.cache_values_per_token * f16_bytes;
    const std::int64_t full = d.full_heads_values_per_token * f16_bytes;
    fmt::print("KV cache        {} a token in f16", readable_bytes(static_cast<double>(cached)));
    if (const auto q8_0 = q8_0_cache_bytes(d))
        fmt::print(", {} in q8_0", readable_bytes(static_cast<double>(*q8_0)));
    if (full != cached)
        fmt::print("; full heads would take {}, {:.1f} times as much",
                   readable_bytes(static_cast<double>(full)), ratio(full, cached));
    fmt::print("\ninstructions    {}\n", forecast.isa);
    if (!forecast.why_no_gpu.empty()) fmt::print("gpu             none: {}\n", forecast.why_no_gpu);
    print_plan(forecast.plan, forecast.cost);
}

} // namespace

int run_info(const InfoOptions& options) {
    const auto file = engine::gguf::File::open(options.model);
    if (const auto tokenizer = tokenizer_of(*file); tokenizer && file->tensors().empty()) {
        print_vocabulary_only(*file, *tokenizer, options.json);
        return 0;
    }
    const engine::ModelDescription description = engine::describe_model(*file);
    const Forecast expected = forecast(*file, description, options);
    options.json ? print_json(description, *file, expected) : print_text(description, *file, expected);
    return 0;
}

} // namespace spoutnik::app::cli
