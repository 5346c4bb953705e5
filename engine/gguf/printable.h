// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace spoutnik::engine {

/// Foreign text made safe to show on one line of a terminal or a window: control characters, marks that
/// reorder text and bytes that are not UTF-8 become '?', and what is longer than `limit` bytes is cut with
/// "...".
std::string printable(std::string_view text, std::size_t limit = 96);

} // namespace spoutnik::engine
