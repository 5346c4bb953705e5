// SPDX-License-Identifier: MIT
// What a command of TeX that takes no argument stands for.
#pragma once

#include "app/markdown/tex.h"

#include <optional>
#include <string_view>

namespace spoutnik::app::markdown {

struct TexSymbol {
    std::string_view text;
    TexNode::Role role = TexNode::Role::ordinary;
    TexNode::Style style = TexNode::Style::upright;
    bool has_limits = false;
};

/// `command` without its backslash: "alpha", "leq", "log".
std::optional<TexSymbol> tex_symbol(std::string_view command);
/// A letter of \mathbb, "" when it has none: "R" is "ℝ".
std::string_view tex_blackboard(std::string_view letter);

} // namespace spoutnik::app::markdown
