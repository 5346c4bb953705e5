// SPDX-License-Identifier: MIT
// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace spoutnik::app::cli {

/// "11.20 GiB"
std::string readable_bytes(double bytes);
/// "15.71 billion"
std::string readable_count(std::int64_t count);

} // namespace spoutnik::app::cli
