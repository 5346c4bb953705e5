// SPDX-License-Identifier: MIT
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>
#include <cwctype>
#include <locale.h>

namespace spoutnik::engine::jinja {
namespace {

constexpr char32_t stray_byte = 0x110000;

// Case tables come from the C library's own UTF-8 locale, so that the user's language cannot change a prompt.
locale_t utf8_locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

bool has_class(char32_t value, int (*in_locale)(wint_t, locale_t), int (*plain)(wint_t)) {
    if (value >= stray_byte) return false;
    const auto wide = static_cast<wint_t>(value);
    return (utf8_locale() != nullptr ? in_locale(wide, utf8_locale()) : plain(wide)) != 0;
}

char32_t upper_of(char32_t value) {
    if (value >= stray_byte) return value;
    const auto wide = static_cast<wint_t>(value);
    return static_cast<char32_t>(utf8_locale() != nullptr ? towupper_l(wide, utf8_locale()) : towupper(wide));
}

char32_t lower_of(char32_t value) {
    if (value >= stray_byte) return value;
    const auto wide = static_cast<wint_t>(value);
    return static_cast<char32_t>(utf8_locale() != nullptr ? towlower_l(wide, utf8_locale()) : towlower(wide));
}

void append_upper(std::string& out, char32_t value) {
    if (value == 0xDF) {
        out += "SS";
    } else {
        append_code_point(out, upper_of(value));
    }
}

// The only letter of living alphabets here whose title case is not its upper case.
void append_title(std::string& out, char32_t value) {
    if (value == 0xDF) {
        out += "Ss";
    } else {
        append_code_point(out, upper_of(value));
    }
}

bool is_line_end(char32_t value) {
    return (value >= 0x0A && value <= 0x0D) || (value >= 0x1C && value <= 0x1E) || value == 0x85 ||
           value == 0x2028 || value == 0x2029;
}

template <class Predicate>
std::string_view strip_left_if(std::string_view text, Predicate drop) {
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        if (!drop(text.substr(0, point.length), point.value)) break;
        text.remove_prefix(point.length);
    }
    return text;
}

// Start of the last code point: at most three continuation bytes back, and only if they decode as one.
std::size_t last_code_point(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(4, text.size()); ++back) {
        const std::size_t start = text.size() - back;
        if ((static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) continue;
        return next_code_point(text.substr(start)).length == back ? start : text.size() - 1;
    }
    return text.size() - 1;
}

template <class Predicate>
std::string_view strip_right_if(std::string_view text, Predicate drop) {
    while (!text.empty()) {
        const std::size_t start = last_code_point(text);
        const std::string_view last = text.substr(start);
        if (!drop(last, next_code_point(last).value)) break;
        text.remove_suffix(last.size());
    }
    return text;
}

bool contains_code_point(std::string_view set, std::string_view one) {
    while (!set.empty()) {
        const CodePoint point = next_code_point(set);
        if (set.substr(0, point.length) == one) return true;
        set.remove_prefix(point.length);
    }
    return false;
}

// The ranges that Python's str.isprintable refuses and a prompt may plausibly carry.
bool is_printable(char32_t value) {
    struct Range {
        char32_t first, last;
    };
    static constexpr std::array<Range, 18> hidden{{{0x00, 0x1F},
                                                   {0x7F, 0xA0},
                                                   {0xAD, 0xAD},
                                                   {0x600, 0x605},
                                                   {0x61C, 0x61C},
                                                   {0x6DD, 0x6DD},
                                                   {0x1680, 0x1680},
                                                   {0x180E, 0x180E},
                                                   {0x2000, 0x200F},
                                                   {0x2028, 0x202F},
                                                   {0x205F, 0x206F},
                                                   {0x3000, 0x3000},
                                                   {0xD800, 0xF8FF},
                                                   {0xFEFF, 0xFEFF},
                                                   {0xFFF0, 0xFFFB},
                                                   {0xFFFE, 0xFFFF},
                                                   {0xE0000, 0xE0FFF},
                                                   {0xF0000, 0x10FFFF}}};
    return std::none_of(hidden.begin(), hidden.end(),
                        [value](const Range& range) { return value >= range.first && value <= range.last; });
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        out += "0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 15U];
}

} // namespace

CodePoint next_code_point(std::string_view text) {
    const auto byte = [text](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const CodePoint stray{stray_byte + lead, 1};
    std::size_t length = 0;
    std::uint32_t value = 0;
    std::uint32_t smallest = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2, value = lead & 0x1FU, smallest = 0x80;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3, value = lead & 0x0FU, smallest = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4, value = lead & 0x07U, smallest = 0x10000;
    } else {
        return stray;
    }
    if (text.size() < length) return stray;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return stray;
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return stray;
    return {value, length};
}

void append_code_point(std::string& out, char32_t value) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (value >= stray_byte) {
        put(value - stray_byte);
    } else if (value < 0x80) {
        put(value);
    } else if (value < 0x800) {
        put(0xC0U | (value >> 6U)), put(0x80U | (value & 0x3FU));
    } else if (value < 0x10000) {
        put(0xE0U | (value >> 12U)), put(0x80U | ((value >> 6U) & 0x3FU)), put(0x80U | (value & 0x3FU));
    } else {
        put(0xF0U | (value >> 18U)), put(0x80U | ((value >> 12U) & 0x3FU));
        put(0x80U | ((value >> 6U) & 0x3FU)), put(0x80U | (value & 0x3FU));
    }
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count)
        text.remove_prefix(next_code_point(text).length);
    return count;
}

std::vector<std::string_view> split_code_points(std::string_view text) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t length = next_code_point(text).length;
        parts.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return parts;
}

bool is_space(char32_t value) {
    return (value >= 0x09 && value <= 0x0D) || (value >= 0x1C && value <= 0x20) || value == 0x85 ||
           value == 0xA0 || value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
           value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

// The C library counts digits of other scripts as letters; none of them has a case or begins a word.
bool is_letter(char32_t value) {
    return has_class(value, iswalpha_l, iswalpha) && !is_digit(value);
}
bool is_digit(char32_t value) {
    return (value >= '0' && value <= '9') || (value >= 0x660 && value <= 0x669) ||
           (value >= 0x966 && value <= 0x96F) || (value >= 0xFF10 && value <= 0xFF19);
}
bool is_upper(char32_t value) {
    return has_class(value, iswupper_l, iswupper);
}
bool is_lower(char32_t value) {
    return has_class(value, iswlower_l, iswlower) || value == 0xDF;
}

std::string to_upper(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        append_upper(out, point.value);
        text.remove_prefix(point.length);
    }
    return out;
}

std::string to_lower(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        append_code_point(out, lower_of(point.value));
        text.remove_prefix(point.length);
    }
    return out;
}

std::string capitalized(std::string_view text) {
    if (text.empty()) return {};
    const CodePoint head = next_code_point(text);
    std::string out;
    append_title(out, head.value);
    return out += to_lower(text.substr(head.length));
}

std::string titled(std::string_view text) {
    std::string out;
    bool in_word = false;
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        if (in_word) {
            append_code_point(out, lower_of(point.value));
        } else {
            append_title(out, point.value);
        }
        in_word = is_letter(point.value);
        text.remove_prefix(point.length);
    }
    return out;
}

std::string_view strip_left(std::string_view text) {
    return strip_left_if(text, [](std::string_view, char32_t value) { return is_space(value); });
}
std::string_view strip_right(std::string_view text) {
    return strip_right_if(text, [](std::string_view, char32_t value) { return is_space(value); });
}
std::string_view strip_left(std::string_view text, std::string_view set) {
    return strip_left_if(text,
                         [set](std::string_view one, char32_t) { return contains_code_point(set, one); });
}
std::string_view strip_right(std::string_view text, std::string_view set) {
    return strip_right_if(text,
                          [set](std::string_view one, char32_t) { return contains_code_point(set, one); });
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        std::int64_t at_most) {
    std::string out;
    if (from.empty()) {
        // Python puts `to` before each code point and at the end.
        for (const std::string_view one : split_code_points(text)) {
            if (at_most != 0) {
                out += to;
                if (at_most > 0) --at_most;
            }
            out += one;
        }
        if (at_most != 0) out += to;
        return out;
    }
    std::size_t at = 0;
    for (; at_most != 0; at_most -= at_most > 0 ? 1 : 0) {
        const std::size_t found = text.find(from, at);
        if (found == std::string_view::npos) break;
        out += text.substr(at, found - at);
        out += to;
        at = found + from.size();
    }
    out += text.substr(at);
    return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator, std::int64_t at_most) {
    std::vector<std::string_view> parts;
    if (separator.empty()) {
        for (text = strip_left(text); !text.empty(); text = strip_left(text)) {
            if (at_most >= 0 && static_cast<std::int64_t>(parts.size()) >= at_most) {
                parts.push_back(text); // with the space at its end, as Python leaves it
                break;
            }
            const std::string_view rest =
                strip_left_if(text, [](std::string_view, char32_t value) { return !is_space(value); });
            parts.push_back(text.substr(0, text.size() - rest.size()));
            text = rest;
        }
        return parts;
    }
    while (at_most < 0 || static_cast<std::int64_t>(parts.size()) < at_most) {
        const std::size_t found = text.find(separator);
        if (found == std::string_view::npos) break;
        parts.push_back(text.substr(0, found));
        text.remove_prefix(found + separator.size());
    }
    parts.push_back(text);
    return parts;
}

std::vector<std::string_view> split_from_right(std::string_view text, std::string_view separator,
                                               std::int64_t at_most) {
    std::vector<std::string_view> parts;
    const auto may_split = [&] { return at_most < 0 || static_cast<std::int64_t>(parts.size()) < at_most; };
    if (separator.empty()) {
        for (text = strip_right(text); !text.empty(); text = strip_right(text)) {
            if (!may_split()) {
                parts.push_back(text);
                break;
            }
            const std::string_view rest =
                strip_right_if(text, [](std::string_view, char32_t value) { return !is_space(value); });
            parts.push_back(text.substr(rest.size()));
            text = rest;
        }
    } else {
        while (may_split()) {
            const std::size_t found = text.rfind(separator);
            if (found == std::string_view::npos) break;
            parts.push_back(text.substr(found + separator.size()));
            text = text.substr(0, found);
        }
        parts.push_back(text);
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
    std::vector<std::string_view> lines;
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = next_code_point(text.substr(at));
        const std::size_t end = at;
        at += point.length;
        if (!is_line_end(point.value)) continue;
        if (point.value == '\r' && at < text.size() && text[at] == '\n') ++at;
        lines.push_back(text.substr(start, (keep_ends ? at : end) - start));
        start = at;
    }
    if (start < text.size()) lines.push_back(text.substr(start));
    return lines;
}

std::string string_repr(std::string_view text) {
    const char quote =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string out(1, quote);
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        const char32_t value = point.value;
        if (value == static_cast<char32_t>(quote) || value == '\\') {
            out += '\\', out += static_cast<char>(value);
        } else if (value == '\n') {
            out += "\\n";
        } else if (value == '\r') {
            out += "\\r";
        } else if (value == '\t') {
            out += "\\t";
        } else if (value >= stray_byte) {
            out += "\\x", append_hex(out, value - stray_byte, 2);
        } else if (is_printable(value)) {
            out += text.substr(0, point.length);
        } else if (value <= 0xFF) {
            out += "\\x", append_hex(out, value, 2);
        } else if (value <= 0xFFFF) {
            out += "\\u", append_hex(out, value, 4);
        } else {
            out += "\\U", append_hex(out, value, 8);
        }
        text.remove_prefix(point.length);
    }
    return out += quote;
}

std::string json_string(std::string_view text, bool ensure_ascii) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        const char32_t value = point.value;
        switch (value) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        default:
            if (value < 0x20 || (ensure_ascii && value > 0x7E && value <= 0xFFFF)) {
                out += "\\u", append_hex(out, value, 4);
            } else if (ensure_ascii && value > 0xFFFF && value < stray_byte) {
                out += "\\u", append_hex(out, 0xD800U + ((value - 0x10000) >> 10U), 4);
                out += "\\u", append_hex(out, 0xDC00U + ((value - 0x10000) & 0x3FFU), 4);
            } else {
                out += text.substr(0, point.length);
            }
        }
        text.remove_prefix(point.length);
    }
    return out += '"';
}

} // namespace spoutnik::engine::jinja
