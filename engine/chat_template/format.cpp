// SPDX-License-Identifier: MIT
#include "engine/chat_template/format.h"

#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace spoutnik::engine::jinja {
namespace {

constexpr std::int64_t max_width = 1 << 20;
constexpr int max_precision = 100;

struct Layout {
    std::string fill = " ";
    char align = 0; // 0: the type's own
    char sign = '-';
    bool alternate = false;
    bool thousands = false;
    std::int64_t width = 0;
    int precision = -1;
    char type = 0;
};

std::string with_thousands(std::string digits) {
    const std::size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
    for (std::size_t at = whole; at > 3;)
        digits.insert(at -= 3, ",");
    return digits;
}

std::string integer_digits(std::uint64_t value, char type, bool alternate) {
    const int base = type == 'x' || type == 'X' ? 16 : (type == 'o' ? 8 : (type == 'b' ? 2 : 10));
    std::array<char, 65> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base).ptr;
    std::string digits(buffer.data(), end);
    if (type == 'X') digits = to_upper(digits);
    return (alternate && base != 10 ? std::string("0") + type : std::string()) + digits;
}

std::string real_digits(double value, char type, int precision) {
    if (!std::isfinite(value)) return std::isnan(value) ? "nan" : "inf";
    const auto format = type == 'e' || type == 'E'   ? std::chars_format::scientific
                        : type == 'g' || type == 'G' ? std::chars_format::general
                                                     : std::chars_format::fixed;
    std::array<char, 512> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision).ptr;
    std::string digits(buffer.data(), end);
    return type == 'E' || type == 'G' ? to_upper(digits) : digits;
}

std::string format_number(Runtime& runtime, const Value& value, const Layout& layout) {
    std::string digits;
    bool negative = false;
    const bool as_real =
        layout.type != 0 && std::string_view("eEfFgG%").find(layout.type) != std::string_view::npos;
    if (value.is_integral() && !as_real) {
        const std::int64_t number = value.integer();
        negative = number < 0;
        const std::uint64_t magnitude =
            negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
        digits = integer_digits(magnitude, layout.type, layout.alternate);
    } else {
        const double number = layout.type == '%' ? value.real() * 100 : value.real();
        negative = std::signbit(number) && !std::isnan(number);
        const double magnitude = std::fabs(number);
        if (layout.type == 0 && layout.precision < 0) {
            digits = float_repr(magnitude);
        } else {
            const char type = layout.type == 0 ? 'g' : (layout.type == '%' ? 'f' : layout.type);
            digits = real_digits(magnitude, type, layout.precision < 0 ? 6 : layout.precision);
            if (layout.type == '%') digits += '%';
        }
    }
    if (layout.thousands) digits = with_thousands(std::move(digits));
    const std::string sign = negative ? "-" : (layout.sign == '-' ? "" : std::string(1, layout.sign));
    if (layout.align == '=') {
        const std::int64_t rest =
            std::max<std::int64_t>(0, layout.width - static_cast<std::int64_t>(sign.size()));
        return sign + pad(runtime, digits, rest, '>', layout.fill);
    }
    return pad(runtime, sign + digits, layout.width, layout.align == 0 ? '>' : layout.align, layout.fill);
}

std::string format_text(Runtime& runtime, std::string_view text, const Layout& layout) {
    std::string_view cut = text;
    if (layout.precision >= 0) {
        std::size_t end = 0;
        for (int points = 0; points < layout.precision && end < text.size(); ++points)
            end += next_code_point(text.substr(end)).length;
        cut = text.substr(0, end);
    }
    return pad(runtime, cut, layout.width, layout.align == 0 ? '<' : layout.align, layout.fill);
}

// Reads digits at the head of `text`; values beyond `limit` fail.
std::optional<std::int64_t> take_number(Runtime& runtime, std::string_view& text, std::int64_t limit) {
    std::optional<std::int64_t> number;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        number = number.value_or(0) * 10 + (text.front() - '0');
        if (*number > limit) runtime.fail("a number in a format is too large");
        text.remove_prefix(1);
    }
    return number;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

// One %-conversion of a value, `layout.type` being the letter.
std::string convert(Runtime& runtime, const Value& value, Layout layout) {
    switch (layout.type) {
    case 's':
        return format_text(runtime, to_text(runtime, value), layout);
    case 'r':
    case 'a':
        return format_text(runtime, to_repr(runtime, value), layout);
    case 'd':
    case 'i':
    case 'u': {
        if (!value.is_number())
            runtime.fail("%d format: a number is required, not " + std::string(type_name(value)));
        layout.type = 0;
        if (value.is_integral()) return format_number(runtime, value, layout);
        if (!(std::fabs(value.real()) < 9.2e18)) runtime.fail("integer too large");
        return format_number(runtime, static_cast<std::int64_t>(value.real()), layout);
    }
    case 'x':
    case 'X':
    case 'o':
        if (!value.is_integral()) runtime.fail("%x format: an integer is required");
        return format_number(runtime, value, layout);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (!value.is_number()) runtime.fail("must be real number, not " + std::string(type_name(value)));
        return format_number(runtime, value, layout);
    default:
        runtime.fail(std::string("unsupported format character '") + layout.type + "'");
    }
}

Layout read_spec(Runtime& runtime, std::string_view spec) {
    Layout layout;
    if (spec.empty()) return layout;
    const std::size_t head = next_code_point(spec).length;
    const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
    if (spec.size() > head && is_align(spec[head])) {
        layout.fill = spec.substr(0, head);
        layout.align = spec[head];
        spec.remove_prefix(head + 1);
    } else if (is_align(spec.front())) {
        layout.align = spec.front();
        spec.remove_prefix(1);
    }
    if (!spec.empty() && (spec.front() == '+' || spec.front() == '-' || spec.front() == ' ')) {
        layout.sign = spec.front();
        spec.remove_prefix(1);
    }
    layout.alternate = take(spec, '#');
    if (take(spec, '0') && layout.align == 0) layout.align = '=', layout.fill = "0";
    layout.width = take_number(runtime, spec, max_width).value_or(0);
    layout.thousands = take(spec, ',');
    if (take(spec, '.'))
        layout.precision = static_cast<int>(take_number(runtime, spec, max_precision).value_or(0));
    if (!spec.empty()) {
        layout.type = spec.front();
        spec.remove_prefix(1);
    }
    if (!spec.empty() || std::string_view("\0sdeEfFgGxXob%", 14).find(layout.type) == std::string_view::npos)
        runtime.fail("unsupported format specification");
    return layout;
}

std::string format_one(Runtime& runtime, const Value& value, std::string_view spec) {
    if (value.is_undefined() && spec.empty()) return {};
    Layout layout = read_spec(runtime, spec);
    if (value.is_number() && layout.type != 's') {
        if (value.is_boolean() && spec.empty()) return to_text(runtime, value);
        if (layout.type == 'd') layout.type = 0;
        return format_number(runtime, value, layout);
    }
    if (layout.type != 0 && layout.type != 's')
        runtime.fail(std::string("unknown format code '") + layout.type + "' for object of type '" +
                     std::string(type_name(value)) + "'");
    return format_text(runtime, to_text(runtime, value), layout);
}

// The value a replacement field names: "0", "name", "0.key" or "name[key]"; empty takes the next one.
Value field_value(Runtime& runtime, std::string_view field, const Arguments& arguments, std::size_t& next) {
    const std::size_t end = std::min(field.find_first_of(".["), field.size());
    std::string_view first = field.substr(0, end);
    std::string_view rest = field.substr(end);
    Value value;
    std::string_view digits = first;
    const auto index = take_number(runtime, digits, 1 << 20);
    if (first.empty() || (index && digits.empty())) {
        const std::size_t at = first.empty() ? next++ : static_cast<std::size_t>(*index);
        if (at >= arguments.positional.size()) runtime.fail("format: too few arguments");
        value = arguments.positional[at];
    } else {
        const auto found = std::find_if(arguments.named.begin(), arguments.named.end(),
                                        [first](const auto& entry) { return entry.first == first; });
        if (found == arguments.named.end()) runtime.fail("format: no argument '" + std::string(first) + "'");
        value = found->second;
    }
    while (!rest.empty()) {
        const bool bracket = take(rest, '[');
        if (!bracket && !take(rest, '.')) runtime.fail("format: malformed field");
        const std::size_t stop = std::min(rest.find_first_of(bracket ? "]" : ".["), rest.size());
        const std::string_view name = rest.substr(0, stop);
        rest.remove_prefix(stop);
        if (bracket && !take(rest, ']')) runtime.fail("format: missing ']'");
        std::string_view number = name;
        const auto item = take_number(runtime, number, 1 << 20);
        value = bracket
                    ? get_item(runtime, value, item && number.empty() ? Value(*item) : runtime.string(name))
                    : get_attribute(runtime, value, name);
    }
    return value;
}

} // namespace

std::string pad(Runtime& runtime, std::string_view text, std::int64_t width, char align,
                std::string_view fill) {
    const auto size = static_cast<std::int64_t>(count_code_points(text));
    if (width <= size) return std::string(text);
    if (width > max_width) runtime.fail("a width is too large");
    const auto missing = static_cast<std::size_t>(width - size);
    runtime.claim(missing * fill.size());
    // str.center leans left when the margin is odd and the width too; format's ^ always leans left.
    const std::size_t left = align == '>' ? missing : (align == '^' ? missing / 2 : 0);
    std::string out;
    for (std::size_t i = 0; i < left; ++i)
        out += fill;
    out += text;
    for (std::size_t i = left; i < missing; ++i)
        out += fill;
    return out;
}

std::string replace_within_budget(Runtime& runtime, std::string_view text, std::string_view from,
                                  std::string_view to, std::int64_t at_most) {
    runtime.claim(text.size());
    std::uint64_t found = 0;
    if (from.empty()) {
        found = count_code_points(text) + 1;
    } else {
        for (std::size_t at = text.find(from); at != std::string_view::npos;
             at = text.find(from, at + from.size()))
            ++found;
    }
    if (at_most >= 0) found = std::min(found, static_cast<std::uint64_t>(at_most));
    std::uint64_t grown = 0;
    if (__builtin_mul_overflow(found, static_cast<std::uint64_t>(to.size()), &grown))
        grown = ~std::uint64_t{0};
    runtime.claim(grown);
    return replace_all(text, from, to, at_most);
}

std::string format_percent(Runtime& runtime, std::string_view pattern, const Value& arguments) {
    const Sequence* tuple = arguments.sequence();
    if (tuple != nullptr && tuple->type != Sequence::Type::tuple) tuple = nullptr;
    const std::size_t available = tuple != nullptr ? tuple->items.size() : 1;
    std::size_t used = 0;
    const auto next = [&]() -> Value {
        if (used >= available) runtime.fail("not enough arguments for format string");
        const std::size_t at = used++;
        return tuple != nullptr ? tuple->items[at] : arguments;
    };
    std::string out;
    bool by_name = false;
    while (!pattern.empty()) {
        const std::size_t percent = std::min(pattern.find('%'), pattern.size());
        out += pattern.substr(0, percent);
        pattern.remove_prefix(percent);
        if (pattern.empty()) break;
        pattern.remove_prefix(1);
        if (take(pattern, '%')) {
            out += '%';
            continue;
        }
        std::optional<Value> named;
        if (take(pattern, '(')) {
            const std::size_t close = pattern.find(')');
            if (close == std::string_view::npos) runtime.fail("incomplete format key");
            if (arguments.dict() == nullptr) runtime.fail("format requires a mapping");
            const Value* found = arguments.dict()->find(pattern.substr(0, close));
            if (found == nullptr) runtime.fail("no key '" + std::string(pattern.substr(0, close)) + "'");
            named = *found;
            by_name = true;
            pattern.remove_prefix(close + 1);
        }
        Layout layout;
        layout.align = '>';
        for (bool flags = true; flags;) {
            if (take(pattern, '-')) {
                layout.align = '<', layout.fill = " ";
            } else if (take(pattern, '0')) {
                if (layout.align == '>') layout.align = '=', layout.fill = "0";
            } else if (take(pattern, '+')) {
                layout.sign = '+';
            } else if (take(pattern, ' ')) {
                if (layout.sign != '+') layout.sign = ' ';
            } else if (take(pattern, '#')) {
                layout.alternate = true;
            } else {
                flags = false;
            }
        }
        layout.width = take_number(runtime, pattern, max_width).value_or(0);
        if (take(pattern, '.'))
            layout.precision = static_cast<int>(take_number(runtime, pattern, max_precision).value_or(0));
        if (pattern.empty()) runtime.fail("incomplete format");
        layout.type = pattern.front();
        pattern.remove_prefix(1);
        if (layout.align == '=' && std::string_view("sra").find(layout.type) != std::string_view::npos)
            layout.align = '>', layout.fill = " ";
        const std::string piece = convert(runtime, named ? *named : next(), layout);
        runtime.claim(piece.size());
        out += piece;
    }
    if (!by_name && used < available && (tuple != nullptr || arguments.dict() == nullptr))
        runtime.fail("not all arguments converted during string formatting");
    return out;
}

std::string format_braces(Runtime& runtime, std::string_view pattern, const Arguments& arguments) {
    std::string out;
    std::size_t next = 0;
    while (!pattern.empty()) {
        const std::size_t brace = std::min(pattern.find_first_of("{}"), pattern.size());
        out += pattern.substr(0, brace);
        pattern.remove_prefix(brace);
        if (pattern.empty()) break;
        const char which = pattern.front();
        pattern.remove_prefix(1);
        if (take(pattern, which)) {
            out += which;
            continue;
        }
        if (which == '}') runtime.fail("single '}' encountered in format string");
        const std::size_t close = pattern.find('}');
        if (close == std::string_view::npos) runtime.fail("single '{' encountered in format string");
        std::string_view field = pattern.substr(0, close);
        pattern.remove_prefix(close + 1);
        const std::size_t colon = std::min(field.find(':'), field.size());
        const std::string_view spec = colon < field.size() ? field.substr(colon + 1) : std::string_view();
        field = field.substr(0, colon);
        const bool as_repr = field.ends_with("!r");
        if (as_repr || field.ends_with("!s")) field.remove_suffix(2);
        Value value = field_value(runtime, field, arguments, next);
        if (as_repr) value = runtime.string(to_repr(runtime, value));
        const std::string piece = format_one(runtime, value, spec);
        runtime.claim(piece.size());
        out += piece;
    }
    return out;
}

} // namespace spoutnik::engine::jinja
