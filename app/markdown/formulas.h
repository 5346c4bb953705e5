// SPDX-License-Identifier: MIT
// Formulas are taken out of the text before Markdown sees it, since its emphasis and escapes would ruin them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app::markdown {

struct Formula {
    std::string source; ///< as written, delimiters and all
    std::string tex;
    bool is_display;
    bool is_open; ///< its closing delimiter has not come yet
};

/// A text with a placeholder for each formula: U+FDD0, its number, U+FDD1. Neither character is ever text.
struct Extracted {
    std::string text;
    std::vector<Formula> formulas;
};

/// $$...$$ and \[...\] are displayed, $...$ and \(...\) inline; code is left alone. Prices ("$5 and $6") stay
/// text. With `is_live`, a display formula that is not closed yet goes to the end of the text.
Extracted extract_formulas(std::string_view text, bool is_live);

/// Length of the placeholder at the head of `text`, and which formula it stands for; 0 when there is none.
struct Placeholder {
    std::size_t length = 0;
    std::size_t formula = 0;
};
Placeholder placeholder_at(std::string_view text);

/// Puts the sources back, where Markdown found code or an address instead.
std::string restored(std::string_view text, const std::vector<Formula>& formulas);

/// Follows display formulas over lines: whether one is open after `line`, given whether one was before.
bool stays_in_formula(std::string_view line, bool inside);

} // namespace spoutnik::app::markdown
