// SPDX-License-Identifier: MIT
#pragma once

#include "engine/chat_template/ast.h"
#include "engine/chat_template/runtime.h"

#include <string>
#include <utility>
#include <vector>

namespace spoutnik::engine::jinja {

/// Runs a template once. `variables` are what its names mean; the result is everything it printed.
std::string interpret(Runtime& runtime, const Block& program,
                      const std::vector<std::pair<std::string, Value>>& variables);

} // namespace spoutnik::engine::jinja
