// SPDX-License-Identifier: MIT
// The TeX of a formula as a tree that can be drawn: the part of it that language models write. What is not
// known is refused as a whole, and the formula is then shown as its source.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::app {

struct TexNode {
    enum class Kind {
        row,      ///< children side by side
        atom,     ///< text
        space,    ///< width
        fraction, ///< children: numerator, denominator; with delimiters but without has_line: a binomial
        root,     ///< children: radicand, degree (may be an empty row)
        scripts,  ///< children: base, below, above; empty rows where there is none
        fenced,   ///< children: content, between the delimiters `open` and `close`, which grow with it
        accent,   ///< children: base; text: "^", "¯", "→", "~", "˙", "¨", "_" (a line below)
        matrix    ///< children: cells row by row, `columns` in each, between `open` and `close`
    };
    /// What decides the space around an atom.
    enum class Role { ordinary, big_operator, function, binary, relation, opening, closing, punctuation };
    enum class Style { italic, upright, bold };
    /// `pairs`: to the right, to the left, to the right ... so that lines meet at their "&=".
    enum class Columns { centered, left, pairs };

    Kind kind = Kind::row;
    Role role = Role::ordinary;
    Style style = Style::upright;
    std::string text;
    std::string open, close; ///< "" for none
    double width = 0;        ///< space: em
    bool has_line = true;    ///< fraction
    bool is_tall = false;    ///< fraction: as on a line of its own (\\dfrac)
    bool has_limits = false; ///< scripts: above and below the base where the formula is displayed
    Columns alignment = Columns::centered; ///< matrix
    std::size_t columns = 0;               ///< matrix
    std::vector<TexNode> children;
};

/// Reads TeX as it stands between the dollars. nullopt: a command that is not known, braces that do not
/// match, or more than 4096 bytes. Several lines (\\) come back as a matrix. Linear time, limited nesting.
std::optional<TexNode> parse_tex(std::string_view tex);

/// The formula in one line of text, for those who hear it: "(a+b)/2", "√(x²)" as "√(x^2)".
std::string tex_in_words(const TexNode& node);

} // namespace spoutnik::app
