// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace spoutnik::app {

/// A formula as MathML (the W3C's MathML Core, which browsers draw by themselves), with its TeX as the text
/// that is copied or read where MathML is not known. What the TeX reader does not know is shown as its
/// source.
std::string math_ml(std::string_view tex, bool is_displayed);

/// Rich text of app/markdown with its inline formulas as MathML.
std::string with_math_ml(std::string_view html);

} // namespace spoutnik::app
