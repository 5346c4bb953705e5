// SPDX-License-Identifier: MIT
#include "storage/settings.h"

#include "storage/change.h"

#include <array>
#include <charconv>

namespace spoutnik::storage {

namespace {

template <class Number>
Number number_or(const std::optional<std::string>& text, Number fallback) {
    if (!text) return fallback;
    Number value{};
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    return error == std::errc() && stop == end ? value : fallback;
}

template <class Number>
std::string written(Number value) {
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return error == std::errc() ? std::string(buffer.data(), end) : std::string();
}

} // namespace

std::optional<std::string> Settings::get(std::string_view key) const {
    Statement query(database_.handle(), "SELECT value FROM setting WHERE key = ?");
    query.with(key);
    if (!query.step() || query.is_null(0)) return std::nullopt;
    return query.text(0);
}

std::string Settings::get_or(std::string_view key, std::string_view fallback) const {
    return get(key).value_or(std::string(fallback));
}

std::int64_t Settings::get_int(std::string_view key, std::int64_t fallback) const {
    return number_or(get(key), fallback);
}

double Settings::get_double(std::string_view key, double fallback) const {
    return number_or(get(key), fallback);
}

bool Settings::get_bool(std::string_view key, bool fallback) const {
    return get_int(key, fallback ? 1 : 0) != 0;
}

void Settings::set(std::string_view key, std::string_view value) {
    change(database_, [&] {
        Statement(database_.handle(), "INSERT INTO setting(key, value) VALUES(?, ?)"
                                      " ON CONFLICT(key) DO UPDATE SET value = excluded.value")
            .with(key, value)
            .run();
    });
}

void Settings::set_int(std::string_view key, std::int64_t value) {
    set(key, written(value));
}
void Settings::set_double(std::string_view key, double value) {
    set(key, written(value));
}
void Settings::set_bool(std::string_view key, bool value) {
    set_int(key, value ? 1 : 0);
}

void Settings::remove(std::string_view key) {
    change(database_,
           [&] { Statement(database_.handle(), "DELETE FROM setting WHERE key = ?").with(key).run(); });
}

std::map<std::string, std::string> Settings::all(std::string_view prefix) const {
    Statement query(database_.handle(),
                    "SELECT key, value FROM setting WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key");
    query.with(prefix);
    std::map<std::string, std::string> values;
    while (query.step())
        values.emplace(query.text(0), query.text(1));
    return values;
}

} // namespace spoutnik::storage
