// SPDX-License-Identifier: MIT
#pragma once

#include "engine/chat_template/runtime.h"

#include <ctime>
#include <string>
#include <string_view>

namespace spoutnik::engine::jinja {

/// strftime with English names whatever the user's locale: a prompt must not change with it.
std::string format_time(Runtime& runtime, std::string_view format, const std::tm& time);

} // namespace spoutnik::engine::jinja
