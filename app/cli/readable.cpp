// SPDX-License-Identifier: MIT
#include "app/cli/readable.h"

#include <iterator>

#include <fmt/format.h>

namespace spoutnik::app::cli {

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

} // namespace spoutnik::app::cli
