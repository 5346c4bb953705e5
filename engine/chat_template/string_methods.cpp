// SPDX-License-Identifier: MIT
// Methods of str. Offsets and counts are in code points.
#include "engine/chat_template/format.h"
#include "engine/chat_template/methods.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>

namespace spoutnik::engine::jinja {
namespace {

using Bound = std::vector<std::optional<Value>>;

bool is_given(const std::optional<Value>& value) {
    return value && !value->is_none();
}

std::int64_t integer_or(Runtime& runtime, const std::optional<Value>& value, std::int64_t otherwise) {
    return value ? expect_integer(runtime, *value, "argument") : otherwise;
}

Value strings(Runtime& runtime, const std::vector<std::string_view>& parts) {
    std::vector<Value> items;
    items.reserve(parts.size());
    for (const std::string_view part : parts)
        items.push_back(runtime.string(part));
    return runtime.list(std::move(items));
}

template <std::string (*Change)(std::string_view)>
Value changed(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "str method", arguments, {});
    return runtime.string(Change(self.text()));
}

template <bool Left, bool Right>
Value strip(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "strip", arguments, {"chars"});
    std::string_view text = self.text();
    if (is_given(bound[0])) {
        const std::string_view set = expect_string(runtime, *bound[0], "strip argument");
        runtime.spend(text.size() * set.size() / 64);
        if (Left) text = strip_left(text, set);
        if (Right) text = strip_right(text, set);
    } else {
        if (Left) text = strip_left(text);
        if (Right) text = strip_right(text);
    }
    return runtime.string(text);
}

template <bool FromRight>
Value split_text(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "split", arguments, {"sep", "maxsplit"});
    std::string_view separator;
    if (is_given(bound[0])) {
        separator = expect_string(runtime, *bound[0], "separator");
        if (separator.empty()) runtime.fail("empty separator");
    }
    const std::int64_t at_most = integer_or(runtime, bound[1], -1);
    runtime.claim(self.text().size());
    return strings(runtime, FromRight ? split_from_right(self.text(), separator, at_most)
                                      : split(self.text(), separator, at_most));
}

Value splitlines(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "splitlines", arguments, {"keepends"});
    return strings(runtime, split_lines(self.text(), bound[0] && is_true(*bound[0])));
}

template <bool FromRight>
Value partition(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "partition", arguments, {"sep"}, 1);
    const std::string_view separator = expect_string(runtime, *bound[0], "separator");
    if (separator.empty()) runtime.fail("empty separator");
    const std::string_view text = self.text();
    const std::size_t at = FromRight ? text.rfind(separator) : text.find(separator);
    if (at == std::string_view::npos) {
        const Value nothing = runtime.string("");
        return runtime.tuple(FromRight ? std::vector<Value>{nothing, nothing, self}
                                       : std::vector<Value>{self, nothing, nothing});
    }
    return runtime.tuple(
        {runtime.string(text.substr(0, at)), *bound[0], runtime.string(text.substr(at + separator.size()))});
}

// The part of a string between two code point offsets, and the first offset after clamping.
struct Part {
    std::string_view text;
    std::int64_t first;
};

Part part_of(Runtime& runtime, std::string_view text, const std::optional<Value>& from,
             const std::optional<Value>& to) {
    if (!is_given(from) && !is_given(to)) return {text, 0};
    const auto size = static_cast<std::int64_t>(count_code_points(text));
    const auto clamp = [&](const std::optional<Value>& value, std::int64_t otherwise) {
        if (!is_given(value)) return otherwise;
        const std::int64_t index = expect_integer(runtime, *value, "index");
        return std::clamp<std::int64_t>(index < 0 ? std::max(index, -size) + size : index, 0, size);
    };
    const std::int64_t first = clamp(from, 0);
    const std::int64_t last = std::max(first, clamp(to, size));
    const auto bytes = [](std::string_view all, std::int64_t points) {
        std::size_t offset = 0;
        for (; points > 0; --points)
            offset += next_code_point(all.substr(offset)).length;
        return offset;
    };
    text.remove_prefix(bytes(text, first));
    return {text.substr(0, bytes(text, last - first)), first};
}

template <bool AtEnd>
Value begins_or_ends(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound =
        bind(runtime, AtEnd ? "endswith" : "startswith", arguments, {"affix", "start", "end"}, 1);
    const std::string_view text = part_of(runtime, self.text(), bound[1], bound[2]).text;
    const auto matches = [&](const Value& affix) {
        const std::string_view wanted = expect_string(runtime, affix, "affix");
        return AtEnd ? text.ends_with(wanted) : text.starts_with(wanted);
    };
    const Sequence* choices = bound[0]->sequence();
    if (choices != nullptr && choices->type == Sequence::Type::tuple)
        return std::any_of(choices->items.begin(), choices->items.end(), matches);
    return matches(*bound[0]);
}

Value replace(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "replace", arguments, {"old", "new", "count"}, 2);
    const std::string_view from = expect_string(runtime, *bound[0], "replace() argument 1");
    const std::string_view to = expect_string(runtime, *bound[1], "replace() argument 2");
    return runtime.string(
        replace_within_budget(runtime, self.text(), from, to, integer_or(runtime, bound[2], -1)));
}

template <bool FromRight, bool Must>
Value find(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "find", arguments, {"sub", "start", "end"}, 1);
    const Part part = part_of(runtime, self.text(), bound[1], bound[2]);
    const std::string_view wanted = expect_string(runtime, *bound[0], "substring");
    runtime.spend(part.text.size() / 64);
    const std::size_t at = FromRight ? part.text.rfind(wanted) : part.text.find(wanted);
    if (at != std::string_view::npos)
        return part.first + static_cast<std::int64_t>(count_code_points(part.text.substr(0, at)));
    if (Must) runtime.fail("substring not found");
    return std::int64_t{-1};
}

Value count(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "count", arguments, {"sub", "start", "end"}, 1);
    const std::string_view text = part_of(runtime, self.text(), bound[1], bound[2]).text;
    const std::string_view wanted = expect_string(runtime, *bound[0], "substring");
    runtime.spend(text.size() / 64);
    if (wanted.empty()) return static_cast<std::int64_t>(count_code_points(text) + 1);
    std::int64_t found = 0;
    for (std::size_t at = text.find(wanted); at != std::string_view::npos;
         at = text.find(wanted, at + wanted.size()))
        ++found;
    return found;
}

Value join(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "join", arguments, {"iterable"}, 1);
    std::string out;
    bool first = true;
    for (const Value& item : walk(runtime, *bound[0])) {
        const std::string_view text = expect_string(runtime, item, "join() item");
        runtime.claim(self.text().size() + text.size());
        if (!std::exchange(first, false)) out += self.text();
        out += text;
    }
    return runtime.string(std::move(out));
}

template <bool (*Holds)(char32_t)>
Value all_are(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "str method", arguments, {});
    std::string_view text = self.text();
    if (text.empty()) return false;
    while (!text.empty()) {
        const CodePoint point = next_code_point(text);
        if (!Holds(point.value)) return false;
        text.remove_prefix(point.length);
    }
    return true;
}

bool is_letter_or_digit(char32_t value) {
    return is_letter(value) || is_digit(value);
}

// True when there is a cased letter and none of the other case.
template <bool (*Wanted)(char32_t), bool (*Other)(char32_t)>
Value has_case(Runtime& runtime, const Value& self, Arguments& arguments) {
    bind(runtime, "str method", arguments, {});
    bool found = false;
    for (std::string_view text = self.text(); !text.empty();) {
        const CodePoint point = next_code_point(text);
        if (Other(point.value)) return false;
        found = found || Wanted(point.value);
        text.remove_prefix(point.length);
    }
    return found;
}

template <bool AtEnd>
Value without_affix(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, AtEnd ? "removesuffix" : "removeprefix", arguments, {"affix"}, 1);
    const std::string_view affix = expect_string(runtime, *bound[0], "affix");
    std::string_view text = self.text();
    if (AtEnd ? text.ends_with(affix) : text.starts_with(affix)) {
        if (AtEnd) text.remove_suffix(affix.size());
        if (!AtEnd) text.remove_prefix(affix.size());
    }
    return runtime.string(text);
}

template <char Align>
Value padded(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "justify", arguments, {"width", "fillchar"}, 1);
    const std::string_view fill = bound[1] ? expect_string(runtime, *bound[1], "fill") : " ";
    if (count_code_points(fill) != 1) runtime.fail("the fill character must be exactly one character long");
    return runtime.string(
        pad(runtime, self.text(), expect_integer(runtime, *bound[0], "width"), Align, fill));
}

Value zfill(Runtime& runtime, const Value& self, Arguments& arguments) {
    const Bound bound = bind(runtime, "zfill", arguments, {"width"}, 1);
    const std::int64_t width = expect_integer(runtime, *bound[0], "width");
    std::string_view text = self.text();
    std::string sign;
    if (text.starts_with('+') || text.starts_with('-')) {
        sign = text.substr(0, 1);
        text.remove_prefix(1);
    }
    const auto taken = static_cast<std::int64_t>(sign.size());
    return runtime.string(sign + pad(runtime, text, width > taken ? width - taken : 0, '>', "0"));
}

Value format(Runtime& runtime, const Value& self, Arguments& arguments) {
    return runtime.string(format_braces(runtime, self.text(), arguments));
}

constexpr std::array<NamedMethod, 37> methods{{{"strip", strip<true, true>},
                                               {"lstrip", strip<true, false>},
                                               {"rstrip", strip<false, true>},
                                               {"split", split_text<false>},
                                               {"rsplit", split_text<true>},
                                               {"splitlines", splitlines},
                                               {"partition", partition<false>},
                                               {"rpartition", partition<true>},
                                               {"startswith", begins_or_ends<false>},
                                               {"endswith", begins_or_ends<true>},
                                               {"replace", replace},
                                               {"find", find<false, false>},
                                               {"rfind", find<true, false>},
                                               {"index", find<false, true>},
                                               {"rindex", find<true, true>},
                                               {"count", count},
                                               {"join", join},
                                               {"upper", changed<to_upper>},
                                               {"lower", changed<to_lower>},
                                               {"casefold", changed<to_lower>},
                                               {"title", changed<titled>},
                                               {"capitalize", changed<capitalized>},
                                               {"isspace", all_are<is_space>},
                                               {"isdigit", all_are<is_digit>},
                                               {"isdecimal", all_are<is_digit>},
                                               {"isnumeric", all_are<is_digit>},
                                               {"isalpha", all_are<is_letter>},
                                               {"isalnum", all_are<is_letter_or_digit>},
                                               {"isupper", has_case<is_upper, is_lower>},
                                               {"islower", has_case<is_lower, is_upper>},
                                               {"removeprefix", without_affix<false>},
                                               {"removesuffix", without_affix<true>},
                                               {"ljust", padded<'<'>},
                                               {"rjust", padded<'>'>},
                                               {"center", padded<'^'>},
                                               {"zfill", zfill},
                                               {"format", format}}};

} // namespace

Method find_string_method(std::string_view name) {
    const auto found = std::find_if(methods.begin(), methods.end(),
                                    [name](const NamedMethod& entry) { return entry.name == name; });
    return found != methods.end() ? found->method : nullptr;
}

} // namespace spoutnik::engine::jinja
