// SPDX-License-Identifier: MIT
// Python's two ways to format: "%s" % x and "{}".format(x); and the padding both share.
#pragma once

#include "engine/chat_template/runtime.h"
#include "engine/chat_template/value.h"

namespace spoutnik::engine::jinja {

/// `arguments` is a tuple, a dict for %(name)s, or the single value.
std::string format_percent(Runtime& runtime, std::string_view pattern, const Value& arguments);
std::string format_braces(Runtime& runtime, std::string_view pattern, const Arguments& arguments);

/// `align` is '<', '>' or '^'; `width` in code points; `fill` is one code point.
std::string pad(Runtime& runtime, std::string_view text, std::int64_t width, char align,
                std::string_view fill);

/// str.replace, its result claimed before it is made.
std::string replace_within_budget(Runtime& runtime, std::string_view text, std::string_view from,
                                  std::string_view to, std::int64_t at_most);

} // namespace spoutnik::engine::jinja
