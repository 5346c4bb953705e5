// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace spoutnik::storage {

/// Under which heading a conversation stands in the list, by local calendar days.
struct DateGroup {
    enum class Kind { pinned, today, yesterday, this_week, month };
    Kind kind = Kind::today;
    int year = 0;  ///< for Kind::month
    int month = 0; ///< 1 to 12, for Kind::month
    bool operator==(const DateGroup&) const = default;
};

/// The heading of a time seen from `now_ms`, both in milliseconds since 1970 UTC, in the process's time zone.
/// "This week" is less than seven calendar days ago. Times to come count as today.
DateGroup date_group(std::int64_t time_ms, std::int64_t now_ms);

} // namespace spoutnik::storage
