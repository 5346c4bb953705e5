// SPDX-License-Identifier: MIT
// Tests, as in `x is mapping`.
#include "engine/chat_template/builtins.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>

namespace spoutnik::engine::jinja {
namespace {

struct NamedTest {
    std::string_view name;
    Test test;
};

template <bool (*Holds)(const Value&)>
bool plain(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "test", arguments, {});
    return Holds(input);
}

bool is_defined(const Value& value) {
    return !value.is_undefined();
}
bool is_undefined(const Value& value) {
    return value.is_undefined();
}
bool is_none(const Value& value) {
    return value.is_none();
}
bool is_boolean(const Value& value) {
    return value.is_boolean();
}
bool is_the_true(const Value& value) {
    return value.is_boolean() && is_true(value);
}
bool is_the_false(const Value& value) {
    return value.is_boolean() && !is_true(value);
}
bool is_integer(const Value& value) {
    return value.is_integral() && !value.is_boolean();
}
bool is_float(const Value& value) {
    return value.is_real();
}
bool is_number(const Value& value) {
    return value.is_number();
}
bool is_string(const Value& value) {
    return value.is_string();
}
bool is_mapping(const Value& value) {
    return value.dict() != nullptr;
}
bool is_callable(const Value& value) {
    return value.object() != nullptr && value.object()->is_callable();
}
// Has a length and items: undefined does too, by jinja2's reckoning.
bool is_sequence(const Value& value) {
    const Sequence* sequence = value.sequence();
    if (sequence != nullptr)
        return sequence->type != Sequence::Type::iterator && sequence->type != Sequence::Type::view;
    return value.is_undefined() || value.is_string() || value.dict() != nullptr;
}

template <Order Op>
bool ordered(Runtime& runtime, const Value& input, Arguments& arguments) {
    const auto bound = bind(runtime, "test", arguments, {"other"}, 1);
    return compare(runtime, Op, input, *bound[0]);
}

bool is_same(Runtime& runtime, const Value& input, Arguments& arguments) {
    const auto bound = bind(runtime, "sameas", arguments, {"other"}, 1);
    const Value& other = *bound[0];
    if (input.object() != nullptr) return input.object() == other.object();
    if (input.dict() != nullptr) return input.dict() == other.dict();
    if (input.sequence() != nullptr) return input.sequence() == other.sequence();
    return type_name(input) == type_name(other) && is_equal(runtime, input, other);
}

template <std::int64_t Remainder>
bool has_parity(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "test", arguments, {});
    const Value remainder = calculate(runtime, Arithmetic::modulo, input, std::int64_t{2});
    return is_equal(runtime, remainder, Remainder);
}

bool is_divisible(Runtime& runtime, const Value& input, Arguments& arguments) {
    const auto bound = bind(runtime, "divisibleby", arguments, {"num"}, 1);
    return is_equal(runtime, calculate(runtime, Arithmetic::modulo, input, *bound[0]), std::int64_t{0});
}

template <bool Upper>
bool has_case(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "test", arguments, {});
    bool found = false;
    const std::string text = to_text(runtime, input);
    for (std::string_view rest = text; !rest.empty();) {
        const CodePoint point = next_code_point(rest);
        if (Upper ? is_lower(point.value) : is_upper(point.value)) return false;
        found = found || (Upper ? is_upper(point.value) : is_lower(point.value));
        rest.remove_prefix(point.length);
    }
    return found;
}

template <bool OfFilter>
bool names_builtin(Runtime& runtime, const Value& input, Arguments& arguments) {
    bind(runtime, "test", arguments, {});
    if (!input.is_string()) return false;
    return OfFilter ? find_filter(input.text()) != nullptr : find_test(input.text()) != nullptr;
}

constexpr std::array<NamedTest, 38> tests{{{"defined", plain<is_defined>},
                                           {"undefined", plain<is_undefined>},
                                           {"none", plain<is_none>},
                                           {"boolean", plain<is_boolean>},
                                           {"true", plain<is_the_true>},
                                           {"false", plain<is_the_false>},
                                           {"integer", plain<is_integer>},
                                           {"float", plain<is_float>},
                                           {"number", plain<is_number>},
                                           {"string", plain<is_string>},
                                           {"mapping", plain<is_mapping>},
                                           {"iterable", plain<is_iterable>},
                                           {"sequence", plain<is_sequence>},
                                           {"callable", plain<is_callable>},
                                           {"equalto", ordered<Order::equal>},
                                           {"eq", ordered<Order::equal>},
                                           {"==", ordered<Order::equal>},
                                           {"ne", ordered<Order::not_equal>},
                                           {"!=", ordered<Order::not_equal>},
                                           {"lt", ordered<Order::less>},
                                           {"lessthan", ordered<Order::less>},
                                           {"<", ordered<Order::less>},
                                           {"le", ordered<Order::less_equal>},
                                           {"<=", ordered<Order::less_equal>},
                                           {"gt", ordered<Order::greater>},
                                           {"greaterthan", ordered<Order::greater>},
                                           {">", ordered<Order::greater>},
                                           {"ge", ordered<Order::greater_equal>},
                                           {">=", ordered<Order::greater_equal>},
                                           {"in", ordered<Order::in>},
                                           {"sameas", is_same},
                                           {"odd", has_parity<1>},
                                           {"even", has_parity<0>},
                                           {"divisibleby", is_divisible},
                                           {"upper", has_case<true>},
                                           {"lower", has_case<false>},
                                           {"filter", names_builtin<true>},
                                           {"test", names_builtin<false>}}};

} // namespace

Test find_test(std::string_view name) {
    const auto found = std::find_if(tests.begin(), tests.end(),
                                    [name](const NamedTest& entry) { return entry.name == name; });
    return found != tests.end() ? found->test : nullptr;
}

} // namespace spoutnik::engine::jinja
