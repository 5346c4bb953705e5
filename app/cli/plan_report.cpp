// SPDX-License-Identifier: MIT
#include "app/cli/plan_report.h"

#include "app/cli/readable.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

std::string readable(std::uint64_t bytes) {
    return readable_bytes(static_cast<double>(bytes));
}

} // namespace

void print_plan(const engine::Plan& plan, const std::optional<engine::DecodeCost>& cost) {
    for (const engine::DevicePlan& device : plan.devices) {
        const std::string cache =
            device.cache == 0
                ? std::string()
                : fmt::format("KV cache {} for {} tokens in {}, ", readable(device.cache),
                              plan.request.context, kernels::traits_of(plan.request.cache_format).name);
        fmt::print("memory          {} on the {}: weights {}, {}workspace {}\n", readable(device.total()),
                   device.device, readable(device.weights + device.copies), cache,
                   readable(device.workspace));
        const std::string reserve = device.reserve == 0
                                        ? std::string()
                                        : fmt::format(", {} of them left alone", readable(device.reserve));
        fmt::print("free            {} of {}{}: {}\n", readable(device.memory.free_bytes),
                   readable(device.memory.total_bytes), reserve,
                   device.fits() ? "it fits" : "it does not fit");
    }
    if (const std::string words = plan.placement(); !words.empty()) fmt::print("placement       {}\n", words);
    if (cost) {
        const std::string ram = cost->ram_bytes_per_second > 0
                                    ? fmt::format(" and RAM {:.1f} GB/s", cost->ram_bytes_per_second / 1e9)
                                    : std::string();
        fmt::print(
            "speed           about {:.3g} tokens/s decode, {:.3g} at the end of the context: a token reads "
            "{}, the memory gives {:.1f} GB/s{}\n",
            engine::predict_decode(*cost, 0), engine::predict_decode(*cost, plan.request.context),
            readable(plan.bytes_read_at(0)), cost->memory_bytes_per_second / 1e9, ram);
    }
    if (!plan.fits()) fmt::print("{}\n", plan.refusal());
}

nlohmann::ordered_json plan_to_json(const engine::Plan& plan, const std::optional<engine::DecodeCost>& cost) {
    nlohmann::ordered_json devices = nlohmann::ordered_json::array();
    for (const engine::DevicePlan& device : plan.devices)
        devices.push_back({{"device", device.device},
                           {"weights_bytes", device.weights},
                           {"copies_bytes", device.copies},
                           {"kv_cache_bytes", device.cache},
                           {"workspace_bytes", device.workspace},
                           {"reserve_bytes", device.reserve},
                           {"total_bytes", device.total()},
                           {"free_bytes", device.memory.free_bytes},
                           {"fits", device.fits()}});
    nlohmann::ordered_json out{{"context", plan.request.context},
                               {"kv_format", kernels::traits_of(plan.request.cache_format).name},
                               {"fits", plan.fits()},
                               {"longest_context", plan.longest_context()},
                               {"bytes_read_per_token", plan.bytes_read_at(0)},
                               {"devices", devices}};
    out["expert_layers"] = plan.expert_layers;
    out["gpu_expert_layers"] = plan.gpu_expert_layers;
    if (const std::string words = plan.placement(); !words.empty()) out["placement"] = words;
    if (!plan.fits()) out["refusal"] = plan.refusal();
    if (cost) {
        out["memory_bytes_per_second"] = cost->memory_bytes_per_second;
        if (cost->ram_bytes_per_second > 0) out["ram_bytes_per_second"] = cost->ram_bytes_per_second;
        out["decode_tps"] = engine::predict_decode(*cost, 0);
        out["decode_tps_at_end"] = engine::predict_decode(*cost, plan.request.context);
        out["token_ms"] = {{"products", cost->products * 1e3},
                           {"routed_experts", cost->routed_experts * 1e3},
                           {"experts_in_ram", cost->experts_in_ram * 1e3},
                           {"attention", cost->attention * 1e3},
                           {"attention_1000_rows", cost->attention_a_row * 1e6},
                           {"small_operations", cost->small_operations * 1e3}};
    }
    return out;
}

} // namespace spoutnik::app::cli
