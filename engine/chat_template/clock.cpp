// SPDX-License-Identifier: MIT
#include "engine/chat_template/clock.h"

#include <array>

namespace spoutnik::engine::jinja {
namespace {

constexpr std::array<std::string_view, 7> days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

// `pad` is '0', ' ' or '-' for none.
std::string number(int value, std::size_t width, char pad) {
    std::string digits = std::to_string(value);
    if (pad != '-' && digits.size() < width) digits.insert(0, width - digits.size(), pad);
    return digits;
}

std::string expand(Runtime& runtime, char directive, char pad, const std::tm& time) {
    const auto nested = [&](std::string_view format) { return format_time(runtime, format, time); };
    const int hour12 = (time.tm_hour + 11) % 12 + 1;
    const auto day = static_cast<std::size_t>(time.tm_wday);
    const auto month = static_cast<std::size_t>(time.tm_mon);
    const char zero = pad == 0 ? '0' : pad;
    switch (directive) {
    case 'Y':
        return number(time.tm_year + 1900, 1, zero);
    case 'y':
        return number(time.tm_year % 100, 2, zero);
    case 'C':
        return number((time.tm_year + 1900) / 100, 2, zero);
    case 'm':
        return number(time.tm_mon + 1, 2, zero);
    case 'd':
        return number(time.tm_mday, 2, zero);
    case 'e':
        return number(time.tm_mday, 2, pad == 0 ? ' ' : pad);
    case 'j':
        return number(time.tm_yday + 1, 3, zero);
    case 'H':
        return number(time.tm_hour, 2, zero);
    case 'I':
        return number(hour12, 2, zero);
    case 'k':
        return number(time.tm_hour, 2, pad == 0 ? ' ' : pad);
    case 'l':
        return number(hour12, 2, pad == 0 ? ' ' : pad);
    case 'M':
        return number(time.tm_min, 2, zero);
    case 'S':
        return number(time.tm_sec, 2, zero);
    case 'f':
        return "000000";
    case 'w':
        return std::to_string(time.tm_wday);
    case 'u':
        return std::to_string(time.tm_wday == 0 ? 7 : time.tm_wday);
    case 'U':
        return number((time.tm_yday + 7 - time.tm_wday) / 7, 2, zero);
    case 'W':
        return number((time.tm_yday + 7 - (time.tm_wday + 6) % 7) / 7, 2, zero);
    case 'p':
        return time.tm_hour < 12 ? "AM" : "PM";
    case 'A':
        return std::string(days[day]);
    case 'a':
        return std::string(days[day].substr(0, 3));
    case 'B':
        return std::string(months[month]);
    case 'b':
    case 'h':
        return std::string(months[month].substr(0, 3));
    case 'F':
        return nested("%Y-%m-%d");
    case 'D':
    case 'x':
        return nested("%m/%d/%y");
    case 'T':
    case 'X':
        return nested("%H:%M:%S");
    case 'R':
        return nested("%H:%M");
    case 'r':
        return nested("%I:%M:%S %p");
    case 'c':
        return nested("%a %b %e %H:%M:%S %Y");
    case 'z':
    case 'Z':
        return {}; // as for a Python time that carries no zone
    case 'n':
        return "\n";
    case 't':
        return "\t";
    case '%':
        return "%";
    default:
        runtime.fail(std::string("strftime_now: unknown directive '%") + directive + "'");
    }
}

} // namespace

std::string format_time(Runtime& runtime, std::string_view format, const std::tm& time) {
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            out += format[i];
            continue;
        }
        char pad = 0;
        if (format[i + 1] == '-' || format[i + 1] == '_' || format[i + 1] == '0')
            pad = format[++i] == '_' ? ' ' : format[i];
        if (++i == format.size()) runtime.fail("strftime_now: the format ends in the middle of a directive");
        const std::string piece = expand(runtime, format[i], pad, time);
        runtime.claim(piece.size());
        out += piece;
    }
    return out;
}

} // namespace spoutnik::engine::jinja
