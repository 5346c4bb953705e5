// SPDX-License-Identifier: MIT
#pragma once

#include "engine/chat_template/ast.h"

#include <string_view>

namespace spoutnik::engine::jinja {

/// Throws Error "line L: ..." for what is malformed or not supported.
Block parse(std::string_view source);

} // namespace spoutnik::engine::jinja
