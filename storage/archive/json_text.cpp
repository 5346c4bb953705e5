// SPDX-License-Identifier: MIT
#include "storage/archive/json_text.h"

#include "storage/archive/timestamp.h"
#include "storage/utf8.h"

#include <algorithm>
#include <cmath>

namespace spoutnik::storage::archive {

namespace {

constexpr std::string_view white_space = " \t\r\n";

std::size_t skip_space(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(white_space, at), text.size());
}

/// Behind the string whose opening quote stands at `at`; npos when it does not end.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return std::string_view::npos;
}

/// Behind the value that begins at `at`; npos when it does not end. Brackets are counted, not matched: the
/// parser judges what is between them.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            if (at == std::string_view::npos) return at;
            if (depth == 0) return at;
            continue;
        }
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        }
        if (c == ',' && depth == 0) return at;
        ++at;
    }
    return depth == 0 ? at : std::string_view::npos;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The first two hexadecimal digits of a \uXXXX at `at`, lower case; empty for anything else.
std::string unicode_escape_at(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return {};
    if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 2,
                     text.begin() + static_cast<std::ptrdiff_t>(at) + 6, is_hex))
        return {};
    std::string digits(text.substr(at + 2, 2));
    for (char& c : digits)
        c = static_cast<char>(c | 0x20); // digits keep their bits
    return digits;
}

bool is_high_surrogate(const std::string& digits) {
    return digits.size() == 2 && digits[0] == 'd' && digits[1] >= '8' && digits[1] <= 'b';
}

bool is_low_surrogate(const std::string& digits) {
    return digits.size() == 2 && digits[0] == 'd' && digits[1] >= 'c' && digits[1] <= 'f';
}

/// The same JSON with U+FFFD for what is no character.
std::string repaired(std::string_view text) {
    std::string whole;
    whole.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\\' && at + 1 < text.size()) {
            const std::string digits = unicode_escape_at(text, at);
            if (is_high_surrogate(digits) && is_low_surrogate(unicode_escape_at(text, at + 6))) {
                whole += text.substr(at, 12);
                at += 12;
            } else if (is_high_surrogate(digits) || is_low_surrogate(digits)) {
                whole += "\\ufffd";
                at += 6;
            } else {
                const std::size_t size = 1 + decode_utf8(text, at + 1).size;
                whole += text.substr(at, size);
                at += size;
            }
            continue;
        }
        const Utf8Character character = decode_utf8(text, at);
        append_utf8(whole, character.code);
        at += character.size;
    }
    return whole;
}

bool is_too_deep(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            if (at == std::string_view::npos) return false;
            --at;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest_nesting) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

} // namespace

std::string_view trimmed_json(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text.remove_prefix(skip_space(text, 0));
    const std::size_t last = text.find_last_not_of(white_space);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::optional<std::vector<std::string_view>> array_elements(std::string_view text) {
    text = trimmed_json(text);
    if (text.empty() || text.front() != '[') return std::nullopt;
    std::vector<std::string_view> elements;
    std::size_t at = skip_space(text, 1);
    while (at < text.size() && text[at] != ']') {
        const std::size_t end = end_of_value(text, at);
        if (end == std::string_view::npos) {
            elements.push_back(text.substr(at));
            return elements;
        }
        elements.push_back(trimmed_json(text.substr(at, end - at)));
        at = skip_space(text, end);
        if (at < text.size() && text[at] == ',') {
            at = skip_space(text, at + 1);
        } else if (at < text.size() && text[at] != ']') {
            elements.push_back(text.substr(at));
            return elements;
        }
    }
    return elements;
}

std::optional<std::vector<Member>> object_members(std::string_view text) {
    text = trimmed_json(text);
    if (text.empty() || text.front() != '{') return std::nullopt;
    std::vector<Member> members;
    std::size_t at = skip_space(text, 1);
    while (at < text.size() && text[at] == '"') {
        const std::size_t name_end = end_of_string(text, at);
        if (name_end == std::string_view::npos) break;
        const std::string_view name = text.substr(at + 1, name_end - at - 2);
        at = skip_space(text, name_end);
        if (at >= text.size() || text[at] != ':') break;
        at = skip_space(text, at + 1);
        const std::size_t end = std::min(end_of_value(text, at), text.size());
        members.emplace_back(name, trimmed_json(text.substr(at, end - at)));
        at = skip_space(text, end);
        if (at >= text.size() || text[at] != ',') break;
        at = skip_space(text, at + 1);
    }
    return members;
}

std::string_view member_named(const std::vector<Member>& members, std::string_view name) {
    for (const auto& [key, value] : members)
        if (key == name) return value;
    return {};
}

std::optional<Json> parse_value(std::string_view text) {
    if (text.size() > largest_value_bytes || is_too_deep(text)) return std::nullopt;
    Json value = Json::parse(text, nullptr, false);
    if (value.is_discarded()) value = Json::parse(repaired(text), nullptr, false);
    if (value.is_discarded()) return std::nullopt;
    return value;
}

const Json& member_of(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::string text_of(const Json& value) {
    if (!value.is_string()) return {};
    std::string text = value.get<std::string>();
    std::erase(text, '\0');
    return text;
}

std::string text_of(const Json& object, const char* key) {
    return text_of(member_of(object, key));
}

std::int64_t integer_of(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    if (value.is_number_unsigned()) {
        constexpr auto most = static_cast<std::uint64_t>(INT64_MAX);
        return static_cast<std::int64_t>(std::min(value.get<std::uint64_t>(), most));
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    const double number = value.is_number_float() ? value.get<double>() : 0;
    return std::abs(number) < 9e15 ? static_cast<std::int64_t>(number) : 0;
}

double number_of(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    const double number = value.is_number() ? value.get<double>() : 0;
    return std::isfinite(number) ? number : 0;
}

bool is_true(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    return value.is_boolean() && value.get<bool>();
}

TimeMs time_of(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    if (value.is_string()) return time_from_iso(value.get_ref<const std::string&>()).value_or(0);
    // Seconds of the year 5138 are the milliseconds of 1973, and so on: no export is that old.
    double number = number_of(object, key);
    if (number <= 0 || number >= 1e20) return 0;
    if (number >= 1e17)
        number /= 1e6;
    else if (number >= 1e14)
        number /= 1e3;
    else if (number < 1e11)
        number *= 1e3;
    return static_cast<TimeMs>(std::llround(number));
}

} // namespace spoutnik::storage::archive
