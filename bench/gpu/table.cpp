// SPDX-License-Identifier: MIT
#include "bench/gpu/table.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace spoutnik::bench {

Limits read_limits(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    Limits limits;
    std::string name;
    std::string value;
    while (file >> name >> value) {
        if (name == "copy_gbs") limits.copy_bytes = std::stod(value) * 1e9;
        if (name == "int8_tops") limits.int8_operations = std::stod(value) * 1e12;
        if (name == "half_tflops") limits.half_operations = std::stod(value) * 1e12;
        if (name == "f32_tflops") limits.f32_operations = std::stod(value) * 1e12;
    }
    return limits;
}

std::string token_count(std::int64_t tokens) {
    return fmt::format("{} token{}", tokens, tokens == 1 ? "" : "s");
}

double Table::rate_of(Unit unit) const {
    switch (unit) {
    case Unit::int8:
        return limits_.int8_operations;
    case Unit::half:
        return limits_.half_operations;
    case Unit::f32:
        return limits_.f32_operations;
    case Unit::none:
        break;
    }
    return 0;
}

void Table::section(const std::string& title) {
    fmt::print("\n### {}\n\n| operation | shape | us | GB/s | TFLOP/s | of its limit | limit | target |\n"
               "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n",
               title);
}

void Table::row(const std::string& operation, const std::string& shape, double seconds, const Work& work,
                double target) {
    const double moving = limits_.copy_bytes > 0 ? work.bytes / limits_.copy_bytes : 0;
    const double rate = rate_of(work.unit);
    const double computing = rate > 0 ? work.operations / rate : 0;
    const double least = std::max(moving, computing);
    const double share = least / seconds;
    static constexpr const char* units[] = {"", "int8", "f16", "f32"};
    std::string limit;
    if (least > 0) limit = moving >= computing ? "memory" : units[static_cast<int>(work.unit)];
    std::string verdict;
    if (target > 0 && judges_) {
        const bool is_met = share >= target;
        missed_ += is_met || least <= 0 ? 0 : 1;
        verdict = fmt::format("{:.0f} %: {}", 100 * target, least <= 0 ? "not known" : is_met ? "yes" : "no");
    }
    fmt::print("| {} | {} | {:.1f} | {:.0f} | {} | {} | {} | {} |\n", operation, shape, seconds * 1e6,
               work.bytes / seconds / 1e9,
               work.operations > 0 ? fmt::format("{:.2f}", work.operations / seconds / 1e12) : "",
               least > 0 ? fmt::format("{:.0f} %", 100 * share) : "", limit, verdict);
    std::fflush(stdout);
}

} // namespace spoutnik::bench
