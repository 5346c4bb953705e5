// SPDX-License-Identifier: MIT
#pragma once

#include "app/markdown/markdown.h"

#include <string_view>
#include <vector>

namespace spoutnik::app::markdown {

/// The blocks of one piece of Markdown that stands alone. With `is_live`, a formula left open is shown as
/// one.
std::vector<Block> build_blocks(std::string_view piece, bool is_live);

} // namespace spoutnik::app::markdown
