// SPDX-License-Identifier: MIT
// Methods of Python's str, dict, list and tuple that templates call.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

namespace spoutnik::engine::jinja {

using Method = Value (*)(Runtime&, const Value& self, Arguments&);

struct NamedMethod {
    std::string_view name;
    Method method;
};

/// The bound method, or null. Methods that would change their object are an undefined that says so, as in the
/// sandbox that chat templates are written for.
std::optional<Value> find_method(Runtime& runtime, const Value& self, std::string_view name);

/// Null when str has no such method here.
Method find_string_method(std::string_view name);

} // namespace spoutnik::engine::jinja
