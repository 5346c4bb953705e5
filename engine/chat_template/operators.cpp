// SPDX-License-Identifier: MIT
#include "engine/chat_template/operators.h"

#include "engine/chat_template/format.h"
#include "engine/chat_template/methods.h"
#include "engine/chat_template/output.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spoutnik::engine::jinja {
namespace {

using Type = Sequence::Type;

constexpr std::string_view symbol(Arithmetic op) {
    switch (op) {
    case Arithmetic::add:
        return "+";
    case Arithmetic::subtract:
        return "-";
    case Arithmetic::multiply:
        return "*";
    case Arithmetic::divide:
        return "/";
    case Arithmetic::floor_divide:
        return "//";
    case Arithmetic::modulo:
        return "%";
    case Arithmetic::power:
        break;
    }
    return "**";
}

[[noreturn]] void fail_operands(Runtime& runtime, std::string_view op, const Value& left,
                                const Value& right) {
    if (left.is_undefined()) runtime.fail_undefined(left);
    if (right.is_undefined()) runtime.fail_undefined(right);
    if (op == "+" && left.is_string())
        runtime.fail("can only concatenate str (not \"" + std::string(type_name(right)) + "\") to str");
    runtime.fail("unsupported operand types for " + std::string(op) + ": '" + std::string(type_name(left)) +
                 "' and '" + std::string(type_name(right)) + "'");
}

std::int64_t integer_power(Runtime& runtime, std::int64_t base, std::int64_t exponent) {
    std::int64_t result = 1;
    for (bool overflow = false; exponent > 0; exponent >>= 1U) {
        if ((exponent & 1) != 0) overflow = __builtin_mul_overflow(result, base, &result) || overflow;
        if (overflow || (exponent > 1 && __builtin_mul_overflow(base, base, &base)))
            runtime.fail("integer too large");
    }
    return result;
}

Value on_integers(Runtime& runtime, Arithmetic op, std::int64_t left, std::int64_t right) {
    std::int64_t result = 0;
    bool overflow = false;
    switch (op) {
    case Arithmetic::add:
        overflow = __builtin_add_overflow(left, right, &result);
        break;
    case Arithmetic::subtract:
        overflow = __builtin_sub_overflow(left, right, &result);
        break;
    case Arithmetic::multiply:
        overflow = __builtin_mul_overflow(left, right, &result);
        break;
    case Arithmetic::divide:
        if (right == 0) runtime.fail("division by zero");
        return static_cast<double>(left) / static_cast<double>(right);
    case Arithmetic::floor_divide:
    case Arithmetic::modulo: {
        if (right == 0) runtime.fail("division by zero");
        if (right == -1) // the one divisor whose quotient can overflow
            return op == Arithmetic::modulo ? Value(std::int64_t{0}) : negate(runtime, left);
        const bool round_down = left % right != 0 && (left < 0) != (right < 0);
        result = op == Arithmetic::modulo ? left % right + (round_down ? right : 0)
                                          : left / right - (round_down ? 1 : 0);
        break;
    }
    case Arithmetic::power:
        if (right >= 0) return integer_power(runtime, left, right);
        if (left == 0) runtime.fail("division by zero");
        return std::pow(static_cast<double>(left), static_cast<double>(right));
    }
    if (overflow) runtime.fail("integer too large");
    return result;
}

Value on_reals(Runtime& runtime, Arithmetic op, double left, double right) {
    switch (op) {
    case Arithmetic::add:
        return left + right;
    case Arithmetic::subtract:
        return left - right;
    case Arithmetic::multiply:
        return left * right;
    case Arithmetic::power:
        return std::pow(left, right);
    case Arithmetic::divide:
    case Arithmetic::floor_divide:
    case Arithmetic::modulo:
        break;
    }
    if (right == 0) runtime.fail("division by zero");
    if (op == Arithmetic::divide) return left / right;
    double remainder = std::fmod(left, right);
    if (remainder != 0 && (remainder < 0) != (right < 0)) remainder += right;
    if (op == Arithmetic::modulo) return remainder;
    return std::floor((left - remainder) / right + 0.5);
}

Value repeat(Runtime& runtime, const Value& value, std::int64_t times) {
    const std::uint64_t count = times > 0 ? static_cast<std::uint64_t>(times) : 0;
    const std::uint64_t unit =
        value.is_string() ? value.text().size() : value.sequence()->items.size() * sizeof(Value);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(unit, count, &bytes)) bytes = std::numeric_limits<std::uint64_t>::max();
    runtime.claim(bytes); // before anything of that size is made
    if (value.is_string()) {
        std::string out;
        out.reserve(bytes);
        for (std::uint64_t i = 0; i < count && unit > 0; ++i)
            out += value.text();
        return runtime.string(std::move(out));
    }
    std::vector<Value> items;
    const auto& source = value.sequence()->items;
    for (std::uint64_t i = 0; i < count && unit > 0; ++i)
        items.insert(items.end(), source.begin(), source.end());
    return runtime.sequence(value.sequence()->type, std::move(items));
}

bool is_list_or_tuple(const Value& value) {
    const Sequence* sequence = value.sequence();
    return sequence != nullptr && (sequence->type == Type::list || sequence->type == Type::tuple);
}

// An exact comparison of int with float, where a conversion would round: -1, 0, 1, or 2 for unordered.
int order_numbers(const Value& left, const Value& right) {
    const auto sign = [](auto a, auto b) { return a < b ? -1 : (a > b ? 1 : 0); };
    if (left.is_integral() && right.is_integral()) return sign(left.integer(), right.integer());
    const double a = left.real();
    const double b = right.real();
    if (std::isnan(a) || std::isnan(b)) return 2;
    if (a != b || std::fabs(a) < 9e15 || (left.is_real() && right.is_real())) return sign(a, b);
    if (std::fabs(a) >= 9223372036854775808.0) return left.is_integral() ? -1 : 1;
    return left.is_integral() ? sign(left.integer(), static_cast<std::int64_t>(b))
                              : sign(static_cast<std::int64_t>(a), right.integer());
}

bool sequences_equal(Runtime& runtime, const Sequence& left, const Sequence& right) {
    return left.items.size() == right.items.size() &&
           std::equal(left.items.begin(), left.items.end(), right.items.begin(),
                      [&](const Value& a, const Value& b) { return is_equal(runtime, a, b); });
}

bool dicts_equal(Runtime& runtime, const Dict& left, const Dict& right) {
    if (left.entries.size() != right.entries.size()) return false;
    return std::all_of(left.entries.begin(), left.entries.end(), [&](const auto& entry) {
        return std::any_of(right.entries.begin(), right.entries.end(), [&](const auto& other) {
            return is_equal(runtime, entry.first, other.first) &&
                   is_equal(runtime, entry.second, other.second);
        });
    });
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
    if (container.is_string()) {
        if (!item.is_string()) {
            if (item.is_undefined()) runtime.fail_undefined(item);
            runtime.fail("'in <string>' requires string as left operand, not " +
                         std::string(type_name(item)));
        }
        runtime.spend(container.text().size() / 64);
        return container.text().find(item.text()) != std::string_view::npos;
    }
    if (const Dict* dict = container.dict()) {
        require_hashable(runtime, item);
        return std::any_of(dict->entries.begin(), dict->entries.end(),
                           [&](const auto& entry) { return is_equal(runtime, entry.first, item); });
    }
    if (!is_iterable(container))
        runtime.fail("argument of type '" + std::string(type_name(container)) + "' is not iterable");
    const std::vector<Value> items = walk(runtime, container);
    return std::any_of(items.begin(), items.end(),
                       [&](const Value& candidate) { return is_equal(runtime, candidate, item); });
}

} // namespace

Value calculate(Runtime& runtime, Arithmetic op, const Value& left, const Value& right) {
    if (left.is_integral() && right.is_integral())
        return on_integers(runtime, op, left.integer(), right.integer());
    if (left.is_number() && right.is_number()) return on_reals(runtime, op, left.real(), right.real());
    if (op == Arithmetic::add && left.is_string() && right.is_string()) {
        runtime.claim(left.text().size() + right.text().size());
        return runtime.string(std::string(left.text()).append(right.text()));
    }
    if (op == Arithmetic::add && is_list_or_tuple(left) && is_list_or_tuple(right) &&
        left.sequence()->type == right.sequence()->type) {
        std::vector<Value> items = left.sequence()->items;
        items.insert(items.end(), right.sequence()->items.begin(), right.sequence()->items.end());
        return runtime.sequence(left.sequence()->type, std::move(items));
    }
    if (op == Arithmetic::multiply) {
        if ((left.is_string() || is_list_or_tuple(left)) && right.is_integral())
            return repeat(runtime, left, right.integer());
        if ((right.is_string() || is_list_or_tuple(right)) && left.is_integral())
            return repeat(runtime, right, left.integer());
    }
    if (op == Arithmetic::modulo && left.is_string() && !right.is_undefined())
        return runtime.string(format_percent(runtime, left.text(), right));
    fail_operands(runtime, symbol(op), left, right);
}

Value negate(Runtime& runtime, const Value& operand) {
    if (operand.is_integral()) return on_integers(runtime, Arithmetic::subtract, 0, operand.integer());
    if (operand.is_real()) return -operand.real();
    if (operand.is_undefined()) runtime.fail_undefined(operand);
    runtime.fail("bad operand type for unary -: '" + std::string(type_name(operand)) + "'");
}

bool is_equal(Runtime& runtime, const Value& left, const Value& right) {
    const Runtime::Level level(runtime);
    runtime.spend();
    if (left.is_number() && right.is_number()) return order_numbers(left, right) == 0;
    if (left.is_string() && right.is_string()) return left.text() == right.text();
    if (left.is_undefined() || left.is_none())
        return left.is_undefined() ? right.is_undefined() : right.is_none();
    if (left.sequence() != nullptr && right.sequence() != nullptr) {
        if (left.sequence() == right.sequence()) return true;
        return left.sequence()->type == right.sequence()->type && left.sequence()->type != Type::iterator &&
               sequences_equal(runtime, *left.sequence(), *right.sequence());
    }
    if (left.dict() != nullptr && right.dict() != nullptr)
        return left.dict() == right.dict() || dicts_equal(runtime, *left.dict(), *right.dict());
    return left.object() != nullptr && left.object() == right.object();
}

bool is_less(Runtime& runtime, const Value& left, const Value& right) {
    const Runtime::Level level(runtime);
    runtime.spend();
    if (left.is_number() && right.is_number()) return order_numbers(left, right) == -1;
    // Byte order of UTF-8 is the order of code points.
    if (left.is_string() && right.is_string()) return left.text() < right.text();
    if (is_list_or_tuple(left) && is_list_or_tuple(right) &&
        left.sequence()->type == right.sequence()->type) {
        const auto& a = left.sequence()->items;
        const auto& b = right.sequence()->items;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            if (!is_equal(runtime, a[i], b[i])) return is_less(runtime, a[i], b[i]);
        return a.size() < b.size();
    }
    if (left.is_undefined()) runtime.fail_undefined(left);
    if (right.is_undefined()) runtime.fail_undefined(right);
    runtime.fail("'<' not supported between instances of '" + std::string(type_name(left)) + "' and '" +
                 std::string(type_name(right)) + "'");
}

bool compare(Runtime& runtime, Order op, const Value& left, const Value& right) {
    // Every order with a NaN is false, so <= is not the negation of >.
    const auto less_or_equal = [&runtime](const Value& a, const Value& b) {
        if (a.is_number() && b.is_number()) return order_numbers(a, b) == -1 || order_numbers(a, b) == 0;
        return !is_less(runtime, b, a);
    };
    switch (op) {
    case Order::equal:
        return is_equal(runtime, left, right);
    case Order::not_equal:
        return !is_equal(runtime, left, right);
    case Order::less:
        return is_less(runtime, left, right);
    case Order::less_equal:
        return less_or_equal(left, right);
    case Order::greater:
        return is_less(runtime, right, left);
    case Order::greater_equal:
        return less_or_equal(right, left);
    case Order::in:
        return contains(runtime, right, left);
    case Order::not_in:
        break;
    }
    return !contains(runtime, right, left);
}

void require_hashable(Runtime& runtime, const Value& key) {
    const Sequence* sequence = key.sequence();
    if (key.dict() != nullptr || (sequence != nullptr && sequence->type == Type::list))
        runtime.fail("unhashable type: '" + std::string(type_name(key)) + "'");
    if (sequence != nullptr && sequence->type == Type::tuple)
        for (const Value& item : sequence->items) {
            runtime.spend();
            require_hashable(runtime, item);
        }
}

Value call(Runtime& runtime, const Value& callee, Arguments arguments) {
    const Runtime::Level level(runtime);
    runtime.spend();
    if (callee.is_undefined()) runtime.fail_undefined(callee);
    if (Object* object = callee.object(); object != nullptr && object->is_callable())
        return object->call(runtime, arguments);
    runtime.fail("'" + std::string(type_name(callee)) + "' object is not callable");
}

} // namespace spoutnik::engine::jinja
