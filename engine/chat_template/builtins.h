// SPDX-License-Identifier: MIT
// Filters, tests and functions by name, as jinja2 and the Hugging Face template environment define them.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

namespace spoutnik::engine::jinja {

using Filter = Value (*)(Runtime&, const Value& input, Arguments&);
using Test = bool (*)(Runtime&, const Value& input, Arguments&);

struct NamedFilter {
    std::string_view name;
    Filter filter;
};

/// Null when there is none of that name.
Filter find_filter(std::string_view name);
Filter find_text_filter(std::string_view name);     ///< those on strings and numbers
Filter find_sequence_filter(std::string_view name); ///< those on lists and dicts
Test find_test(std::string_view name);

std::optional<Value> find_global(Runtime& runtime, std::string_view name);

} // namespace spoutnik::engine::jinja
