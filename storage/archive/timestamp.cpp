// SPDX-License-Identifier: MIT
#include "storage/archive/timestamp.h"

#include <chrono>
#include <cstdio>

namespace spoutnik::storage::archive {

namespace {

/// Reads decimal digits off the front of a text.
class Digits {
  public:
    explicit Digits(std::string_view text) : rest_(text) {}

    std::optional<int> take(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        int number = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            number = number * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return number;
    }
    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool has_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    bool is_empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

/// Milliseconds of a fraction of any length.
int milliseconds(Digits& digits) {
    int value = 0;
    int weight = 100;
    while (digits.has_digit()) {
        value += *digits.take(1) * weight;
        weight /= 10;
    }
    return value;
}

/// Minutes east of UTC; nullopt when it is none.
std::optional<int> offset_minutes(Digits& digits) {
    if (digits.is_empty() || digits.skip('Z') || digits.skip('z')) return 0;
    const bool is_west = digits.skip('-');
    if (!is_west && !digits.skip('+')) return std::nullopt;
    const auto hours = digits.take(2);
    digits.skip(':');
    const int minutes = digits.take(2).value_or(0);
    if (!hours || *hours > 24 || minutes > 59) return std::nullopt;
    return (is_west ? -1 : 1) * (*hours * 60 + minutes);
}

struct Civil {
    int year, month, day, hour, minute, second;
};

Civil civil_of(TimeMs time) {
    using namespace std::chrono;
    const sys_seconds whole =
        floor<seconds>(sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time)));
    const sys_days day = floor<days>(whole);
    const year_month_day date(day);
    const auto within = static_cast<int>((whole - day).count());
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            within / 3600,
            within / 60 % 60,
            within % 60};
}

constexpr TimeMs last_time = 253402300799999; // the end of 9999

} // namespace

std::optional<TimeMs> time_from_iso(std::string_view text) {
    using namespace std::chrono;
    Digits digits(text);
    const auto y = digits.take(4);
    if (!y || !digits.skip('-')) return std::nullopt;
    const auto m = digits.take(2);
    if (!m || !digits.skip('-')) return std::nullopt;
    const auto d = digits.take(2);
    if (!d) return std::nullopt;
    const year_month_day date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
    if (!date.ok() || *y < 1970) return std::nullopt;
    TimeMs time = TimeMs{sys_days(date).time_since_epoch().count()} * 86'400'000;
    if (digits.is_empty()) return time;

    if (!digits.skip('T') && !digits.skip(' ')) return std::nullopt;
    const auto hour = digits.take(2);
    if (!hour || !digits.skip(':')) return std::nullopt;
    const auto minute = digits.take(2);
    if (!minute) return std::nullopt;
    const int second = digits.skip(':') ? digits.take(2).value_or(99) : 0;
    if (*hour > 24 || *minute > 59 || second > 60) return std::nullopt;
    time += (*hour * 3600 + *minute * 60 + second) * 1000;
    if (digits.skip('.')) time += milliseconds(digits);
    const auto offset = offset_minutes(digits);
    if (!offset) return std::nullopt;
    return time - *offset * 60'000;
}

std::string readable_time(TimeMs time) {
    if (time <= 0 || time > last_time) return {};
    const Civil t = civil_of(time);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
    return text;
}

std::string iso_time(TimeMs time) {
    if (time <= 0 || time > last_time) return {};
    const Civil t = civil_of(time);
    char text[80];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour,
                  t.minute, t.second);
    return text;
}

} // namespace spoutnik::storage::archive
