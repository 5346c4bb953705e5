// SPDX-License-Identifier: MIT
#include "engine/model/keys.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace spoutnik::engine {

Keys::Keys(const gguf::File& file, std::string architecture)
    : file_(file), architecture_(std::move(architecture)) {
}

std::string Keys::full(std::string_view key) const {
    return fmt::format("{}.{}", architecture_, key);
}

void Keys::refuse(std::string_view key, const std::string& why) const {
    throw Error(fmt::format("{}: {}", full(key), why));
}

bool Keys::has(std::string_view key) const {
    return file_.has(full(key));
}

std::int64_t Keys::checked(std::string_view key, std::int64_t value, std::int64_t least,
                           std::int64_t most) const {
    if (value < least || value > most)
        refuse(key, fmt::format("{} is not between {} and {}", value, least, most));
    return value;
}

std::int64_t Keys::positive(std::string_view key, std::int64_t most) const {
    return checked(key, file_.get_int(full(key)), 1, most);
}

std::int64_t Keys::positive_or(std::string_view key, std::int64_t fallback, std::int64_t most) const {
    return checked(key, file_.find_int(full(key)).value_or(fallback), 1, most);
}

std::int64_t Keys::count_or(std::string_view key, std::int64_t fallback, std::int64_t most) const {
    return checked(key, file_.find_int(full(key)).value_or(fallback), 0, most);
}

double Keys::positive_number(std::string_view key) const {
    const double value = file_.get_float(full(key));
    if (!std::isfinite(value) || value <= 0.0) refuse(key, fmt::format("{} is not above zero", value));
    return value;
}

double Keys::positive_number_or(std::string_view key, double fallback) const {
    return has(key) ? positive_number(key) : fallback;
}

double Keys::number_or(std::string_view key, double fallback) const {
    const double value = file_.find_float(full(key)).value_or(fallback);
    if (!std::isfinite(value)) refuse(key, "not a finite number");
    return value;
}

bool Keys::flag_or(std::string_view key, bool fallback) const {
    return file_.find_bool(full(key)).value_or(fallback);
}

std::string Keys::text_or(std::string_view key, std::string_view fallback) const {
    const std::string* text = file_.find_string(full(key));
    return text != nullptr ? *text : std::string(fallback);
}

} // namespace spoutnik::engine
