// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"

#include <optional>
#include <string>
#include <string_view>

namespace spoutnik::storage::archive {

/// ISO 8601 as programs write it: "2025-01-28T09:12:34.123456+08:00", with Z or without an offset for UTC, a
/// space for the T, seconds and their fraction left out. Years 1970 to 9999.
std::optional<TimeMs> time_from_iso(std::string_view text);

/// "2025-01-28 01:12" in UTC; empty for 0 and before.
std::string readable_time(TimeMs time);
/// "2025-01-28T01:12:34Z"
std::string iso_time(TimeMs time);

} // namespace spoutnik::storage::archive
