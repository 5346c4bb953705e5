// SPDX-License-Identifier: MIT
#pragma once

#include "app/markdown/formula_box.h"

namespace spoutnik::app {

/// Lays out with letters of `size`, after the rules of The TeXbook, appendix G, as far as they go without the
/// tables of a mathematical font. `is_displayed`: on a line of its own.
FormulaBox lay_out(const TexNode& formula, const FormulaFonts& fonts, double size, bool is_displayed);

/// Whether `sign` is a delimiter that grows with what stands between.
bool can_stretch(const std::string& sign);
/// Such a delimiter, `wide` by `height`, its upper left corner at the origin; a plain bar for any other sign.
FormulaPath stretched_delimiter(const std::string& sign, double height, double wide);

} // namespace spoutnik::app
