// SPDX-License-Identifier: MIT
// Values as text: what {{ }} prints, Python's repr, and JSON.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

namespace spoutnik::engine::jinja {

/// Python's str(value); empty for undefined.
std::string to_text(Runtime& runtime, const Value& value);
std::string to_repr(Runtime& runtime, const Value& value);
/// Python's repr of a float: the shortest digits that read back the same.
std::string float_repr(double value);

/// How json.dumps lays its text out.
struct JsonStyle {
    bool ensure_ascii = false;
    bool sort_keys = false;
    std::optional<std::string> indent; ///< one level; none: all on one line
    std::string item_separator = ", ";
    std::string key_separator = ": ";
};
/// Fails for what has no JSON form, undefined and iterators among it.
std::string to_json(Runtime& runtime, const Value& value, const JsonStyle& style);

} // namespace spoutnik::engine::jinja
