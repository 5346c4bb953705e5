// SPDX-License-Identifier: MIT
// Filters on strings, numbers and single values.
#include "engine/chat_template/builtins.h"
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

using Bound = std::vector<std::optional<Value>>;

template <std::string (*Change)(std::string_view)>
Value changed(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "filter", arguments, {});
    return runtime.string(Change(to_text(runtime, input)));
}

Value trim(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "trim", arguments, {"chars"});
    const std::string text = to_text(runtime, input);
    if (!bound[0] || bound[0]->is_none()) return runtime.string(strip_left(strip_right(text)));
    const std::string_view set = expect_string(runtime, *bound[0], "trim argument");
    runtime.spend(text.size() * set.size() / 64);
    return runtime.string(strip_left(strip_right(text, set), set));
}

// Unlike str.title, a word goes on over an apostrophe and ends only at space, '-' or an opening bracket.
std::string title_words(std::string_view text) {
    std::string out;
    bool in_word = false;
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        const std::string_view one = text.substr(0, point.length);
        out += in_word ? to_lower(one) : to_upper(one);
        in_word = !is_space(point.value) && std::string_view("-({[<").find(one) == std::string_view::npos;
        text.remove_prefix(point.length);
    }
    return out;
}

Value replace(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "replace", arguments, {"old", "new", "count"}, 2);
    const std::string text = to_text(runtime, input);
    const std::string from = to_text(runtime, *bound[0]);
    const std::string to = to_text(runtime, *bound[1]);
    const std::int64_t at_most =
        bound[2] && !bound[2]->is_none() ? expect_integer(runtime, *bound[2], "count") : -1;
    return runtime.string(replace_within_budget(runtime, text, from, to, at_most));
}

Value string(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "string", arguments, {});
    return input.is_string() ? input : runtime.string(to_text(runtime, input));
}

Value safe(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "safe", arguments, {});
    return input.is_string() ? input : runtime.string(to_text(runtime, input));
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&#34;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

Value default_value(Runtime& runtime, const Value& input, Arguments& arguments) {
    Bound bound = bind(runtime, "default", arguments, {"default_value", "boolean"});
    const bool falsy_too = bound[1] && is_true(*bound[1]);
    if (!input.is_undefined() && (!falsy_too || is_true(input))) return input;
    return bound[0] ? *std::move(bound[0]) : runtime.string("");
}

// What Python's int() makes of a text, or nothing.
std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
    text = strip_left(strip_right(text));
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.size() > 2 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        if ((base == 16 && mark == 'x') || (base == 8 && mark == 'o') || (base == 2 && mark == 'b'))
            text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value, base);
    if (result.ec != std::errc() || result.ptr != end || value > 0x7FFFFFFFFFFFFFFF) return std::nullopt;
    return negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

std::optional<double> parse_real(std::string_view text) {
    text = strip_left(strip_right(text));
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return value;
}

std::optional<std::int64_t> truncated(double value) {
    if (!(std::fabs(value) < 9.2e18)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

Value to_int(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "int", arguments, {"default", "base"});
    const std::int64_t base = bound[1] ? expect_integer(runtime, *bound[1], "base") : 10;
    if (base < 2 || base > 36) runtime.fail("int() base must be >= 2 and <= 36");
    if (input.is_undefined()) runtime.fail_undefined(input);
    std::optional<std::int64_t> made;
    if (input.is_integral()) made = input.integer();
    if (input.is_real()) made = truncated(input.real());
    if (input.is_string()) {
        made = parse_integer(input.text(), static_cast<int>(base));
        if (!made)
            if (const auto real = parse_real(input.text())) made = truncated(*real);
    }
    if (made) return *made;
    return bound[0] ? *bound[0] : Value(std::int64_t{0});
}

Value to_float(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "float", arguments, {"default"});
    if (input.is_undefined()) runtime.fail_undefined(input);
    if (input.is_number()) return input.real();
    if (input.is_string())
        if (const auto made = parse_real(input.text())) return *made;
    return bound[0] ? *bound[0] : Value(0.0);
}

Value absolute(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "abs", arguments, {});
    if (input.is_real()) return std::fabs(input.real());
    return expect_integer(runtime, input, "abs argument") < 0 ? negate(runtime, input)
                                                              : Value(input.integer());
}

Value round_number(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "round", arguments, {"precision", "method"});
    const std::int64_t precision = bound[0] ? expect_integer(runtime, *bound[0], "precision") : 0;
    const std::string_view method = bound[1] ? expect_string(runtime, *bound[1], "method") : "common";
    if (method != "common" && method != "ceil" && method != "floor")
        runtime.fail("method must be common, ceil or floor");
    if (!input.is_number()) {
        if (input.is_undefined()) runtime.fail_undefined(input);
        runtime.fail("type " + std::string(type_name(input)) + " doesn't define round");
    }
    if (input.is_integral() && method == "common") return input.integer();
    const double value = input.real();
    const auto digits = static_cast<int>(std::clamp<std::int64_t>(precision, -300, 300));
    if (method != "common") {
        const double scale = std::pow(10.0, digits);
        return (method == "ceil" ? std::ceil(value * scale) : std::floor(value * scale)) / scale;
    }
    if (!std::isfinite(value) || std::fabs(value) >= 1e22 || digits > 22) return value;
    if (digits < 0) {
        const double scale = std::pow(10.0, -digits);
        return std::nearbyint(value / scale) * scale;
    }
    // The decimal text is rounded correctly, half to even, which a multiplication would not be.
    std::array<char, 400> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits)
            .ptr;
    double rounded = 0;
    std::from_chars(buffer.data(), end, rounded);
    return rounded;
}

Value indent(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "indent", arguments, {"width", "first", "blank"});
    std::string margin(4, ' ');
    if (bound[0] && bound[0]->is_string()) {
        margin = bound[0]->text();
    } else if (bound[0]) {
        const std::int64_t width = expect_integer(runtime, *bound[0], "width");
        if (width > 1 << 16) runtime.fail("a width is too large");
        margin.assign(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
    }
    const bool first = bound[1] && is_true(*bound[1]);
    const bool blank = bound[2] && is_true(*bound[2]);
    const std::string text = to_text(runtime, input) + "\n"; // as jinja2 does, so that the last line counts
    std::string out;
    bool is_first = true;
    for (const std::string_view line : split_lines(text, false)) {
        runtime.claim(margin.size() + line.size() + 1);
        if (!is_first) out += '\n';
        if (is_first ? first : (blank || !line.empty())) out += margin;
        out += line;
        is_first = false;
    }
    return runtime.string(std::move(out));
}

Value center(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "center", arguments, {"width"});
    const std::int64_t width = bound[0] ? expect_integer(runtime, *bound[0], "width") : 80;
    return runtime.string(pad(runtime, to_text(runtime, input), width, '^', " "));
}

Value word_count(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "wordcount", arguments, {});
    std::int64_t words = 0;
    bool in_word = false;
    const std::string text = to_text(runtime, input);
    for (std::string_view rest = text; !rest.empty();) {
        const CodePoint point = next_code_point(rest);
        const bool is_word = is_letter(point.value) || is_digit(point.value) || point.value == '_';
        if (is_word && !in_word) ++words;
        in_word = is_word;
        rest.remove_prefix(point.length);
    }
    return words;
}

Value truncate(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound = bind(runtime, "truncate", arguments, {"length", "killwords", "end", "leeway"});
    const std::int64_t size = bound[0] ? expect_integer(runtime, *bound[0], "length") : 255;
    const std::string_view end = bound[2] ? expect_string(runtime, *bound[2], "end") : "...";
    const std::int64_t leeway =
        bound[3] && !bound[3]->is_none() ? expect_integer(runtime, *bound[3], "leeway") : 5;
    const std::int64_t end_size = static_cast<std::int64_t>(count_code_points(end));
    if (size < end_size || leeway < 0) runtime.fail("truncate: length is shorter than the end mark");
    const std::string text = to_text(runtime, input);
    const auto points = split_code_points(text);
    if (static_cast<std::int64_t>(points.size()) - leeway <= size) return runtime.string(text);
    std::string cut;
    for (std::int64_t i = 0; i < size - end_size; ++i)
        cut += points[static_cast<std::size_t>(i)];
    const std::size_t space = bound[1] && is_true(*bound[1]) ? std::string::npos : cut.rfind(' ');
    return runtime.string(cut.substr(0, space).append(end));
}

Value format(Runtime& runtime, const Value& input, Arguments& arguments) {
    const std::string pattern = to_text(runtime, input);
    if (!arguments.named.empty()) {
        std::vector<std::pair<Value, Value>> entries;
        for (auto& [name, value] : arguments.named)
            entries.emplace_back(runtime.string(name), std::move(value));
        return runtime.string(format_percent(runtime, pattern, runtime.dict(std::move(entries))));
    }
    return runtime.string(format_percent(runtime, pattern, runtime.tuple(std::move(arguments.positional))));
}

Value tojson(Runtime& runtime, const Value& input, Arguments& arguments) {
    const Bound bound =
        bind(runtime, "tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.ensure_ascii = bound[0] && is_true(*bound[0]);
    style.sort_keys = bound[3] && is_true(*bound[3]);
    if (bound[1] && bound[1]->is_string()) {
        style.indent = std::string(bound[1]->text());
    } else if (bound[1] && !bound[1]->is_none()) {
        const std::int64_t width = expect_integer(runtime, *bound[1], "indent");
        if (width > 256) runtime.fail("tojson: the indent is too large");
        style.indent = std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
    }
    if (style.indent) style.item_separator = ",";
    if (bound[2] && !bound[2]->is_none()) {
        const std::vector<Value> pair = walk(runtime, *bound[2]);
        if (pair.size() != 2) runtime.fail("tojson: separators must be two strings");
        style.item_separator = expect_string(runtime, pair[0], "separator");
        style.key_separator = expect_string(runtime, pair[1], "separator");
    }
    return runtime.string(to_json(runtime, input, style));
}

constexpr std::array<NamedFilter, 23> filters{{{"trim", trim},
                                               {"tojson", tojson},
                                               {"default", default_value},
                                               {"d", default_value},
                                               {"string", string},
                                               {"upper", changed<to_upper>},
                                               {"lower", changed<to_lower>},
                                               {"capitalize", changed<capitalized>},
                                               {"title", changed<title_words>},
                                               {"replace", replace},
                                               {"safe", safe},
                                               {"escape", changed<escaped>},
                                               {"e", changed<escaped>},
                                               {"forceescape", changed<escaped>},
                                               {"int", to_int},
                                               {"float", to_float},
                                               {"abs", absolute},
                                               {"round", round_number},
                                               {"indent", indent},
                                               {"center", center},
                                               {"wordcount", word_count},
                                               {"truncate", truncate},
                                               {"format", format}}};

} // namespace

Filter find_text_filter(std::string_view name) {
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [name](const NamedFilter& entry) { return entry.name == name; });
    return found != filters.end() ? found->filter : nullptr;
}

} // namespace spoutnik::engine::jinja
