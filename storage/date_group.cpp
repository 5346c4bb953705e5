// SPDX-License-Identifier: MIT
#include "storage/date_group.h"

#include <ctime>

namespace spoutnik::storage {

namespace {

std::tm local_day(std::int64_t time_ms) {
    // Towards minus infinity, so that times before 1970 fall on their own day.
    const std::int64_t seconds = time_ms >= 0 ? time_ms / 1000 : (time_ms - 999) / 1000;
    const auto time = static_cast<std::time_t>(seconds);
    std::tm local{};
    localtime_r(&time, &local);
    return local;
}

/// Calendar days since 1970-01-01, whatever the hours of daylight saving.
std::int64_t day_number(std::tm local) {
    local.tm_hour = 0;
    local.tm_min = 0;
    local.tm_sec = 0;
    local.tm_isdst = 0;
    return timegm(&local) / 86400;
}

} // namespace

DateGroup date_group(std::int64_t time_ms, std::int64_t now_ms) {
    const std::tm then = local_day(time_ms);
    const std::int64_t days_ago = day_number(local_day(now_ms)) - day_number(then);
    if (days_ago <= 0) return {DateGroup::Kind::today};
    if (days_ago == 1) return {DateGroup::Kind::yesterday};
    if (days_ago < 7) return {DateGroup::Kind::this_week};
    return {DateGroup::Kind::month, then.tm_year + 1900, then.tm_mon + 1};
}

} // namespace spoutnik::storage
