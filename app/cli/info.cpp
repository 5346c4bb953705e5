// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"

#include "engine/gguf/gguf.h"
#include "engine/model/model.h"

#include <algorithm>
#include <map>
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

std::string readable_bytes(double bytes) {
    const char* const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{:.0f} {}", bytes, units[unit])
                     : fmt::format("{:.2f} {}", bytes, units[unit]);
}

std::string readable_count(std::int64_t count) {
    const auto value = static_cast<double>(count);
    if (count >= 1'000'000'000) return fmt::format("{:.2f} billion", value / 1e9);
    if (count >= 1'000'000) return fmt::format("{:.2f} million", value / 1e6);
    return fmt::format("{}", count);
}

void print_json(const engine::ModelDescription& d, const engine::gguf::File& file) {
    nlohmann::ordered_json formats = nlohmann::ordered_json::object();
    for (const auto& [name, bytes] : bytes_by_format(file))
        formats[name] = bytes;
    const nlohmann::ordered_json out{
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
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_text(const engine::ModelDescription& d, const engine::gguf::File& file) {
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
    fmt::print("context         {} tokens\n", d.context_length);
    const std::int64_t cached = d.cache_values_per_token * f16_bytes;
    const std::int64_t full = d.full_heads_values_per_token * f16_bytes;
    fmt::print("KV cache        {} a token in f16", readable_bytes(static_cast<double>(cached)));
    if (full != cached)
        fmt::print("; full heads would take {}, {:.1f} times as much",
                   readable_bytes(static_cast<double>(full)), ratio(full, cached));
    fmt::print("\n");
}

} // namespace

int run_info(const InfoOptions& options) {
    const auto file = engine::gguf::File::open(options.model);
    const engine::ModelDescription description = engine::describe_model(*file);
    options.json ? print_json(description, *file) : print_text(description, *file);
    return 0;
}

} // namespace spoutnik::app::cli
