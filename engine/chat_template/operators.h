// SPDX-License-Identifier: MIT
// What Python's operators do to values. All fail through the runtime, with Python's words where they help.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

namespace spoutnik::engine::jinja {

enum class Arithmetic { add, subtract, multiply, divide, floor_divide, modulo, power };
enum class Order { equal, not_equal, less, less_equal, greater, greater_equal, in, not_in };

Value calculate(Runtime& runtime, Arithmetic op, const Value& left, const Value& right);
Value negate(Runtime& runtime, const Value& operand);
bool compare(Runtime& runtime, Order op, const Value& left, const Value& right);

bool is_equal(Runtime& runtime, const Value& left, const Value& right);
/// Python's `<`.
bool is_less(Runtime& runtime, const Value& left, const Value& right);
/// Fails for what cannot be a dict's key.
void require_hashable(Runtime& runtime, const Value& key);

/// `object.name`: an attribute or method first, then an item; undefined when there is neither.
Value get_attribute(Runtime& runtime, const Value& object, std::string_view name);
/// `object[key]`: an item first, then, for a string, an attribute.
Value get_item(Runtime& runtime, const Value& object, const Value& key);
/// `object[start:stop:step]`; absent parts are null.
Value get_slice(Runtime& runtime, const Value& object, const Value* start, const Value* stop,
                const Value* step);

/// What a `for` would walk over: items, keys, characters; nothing for undefined. Uses up an iterator.
std::vector<Value> walk(Runtime& runtime, const Value& value);
bool is_iterable(const Value& value);
/// Python's len, in items or code points; fails where there is none.
std::int64_t length(Runtime& runtime, const Value& value);
Value call(Runtime& runtime, const Value& callee, Arguments arguments);

} // namespace spoutnik::engine::jinja
