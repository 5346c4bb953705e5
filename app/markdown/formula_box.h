// SPDX-License-Identifier: MIT
// A formula laid out, whoever draws it: the window with Qt, a PDF with Cairo. Lengths are in the drawer's own
// unit (pixels, points); y grows downwards; the origin is the left end of the baseline.
#pragma once

#include "app/markdown/tex.h"

#include <string>
#include <vector>

namespace spoutnik::app {

struct FormulaFont {
    double size = 0; ///< height of the em
    TexNode::Style style = TexNode::Style::upright;
};

/// Where the ink of a text is, around the left end of its baseline, and where the next text begins.
struct FormulaInk {
    double left = 0, top = 0, right = 0, bottom = 0; ///< top is negative above the baseline
    double advance = 0;
};

/// What a layout asks of the one who draws.
class FormulaFonts {
  public:
    virtual ~FormulaFonts() = default;
    virtual FormulaInk measure(const std::string& utf8, const FormulaFont& font) const = 0;
    virtual double x_height(double size) const = 0; ///< of the upright font
    /// Letters are never laid out smaller: below it nobody reads.
    virtual double least_size() const = 0;
    virtual double least_line() const = 0; ///< the thinnest line that shows
    /// How thick the line of a fraction is among letters of `size`.
    virtual double line_width(double size) const = 0;
};

struct FormulaPoint {
    double x = 0, y = 0;
};

/// A line to be stroked, with round ends and joints.
struct FormulaPath {
    struct Step {
        enum class Kind { move, line, cubic };
        Kind kind = Kind::move;
        FormulaPoint to;
        FormulaPoint control1{}, control2{}; ///< cubic: on the way from the point before to `to`
    };
    std::vector<Step> steps;
    double width = 1;

    void move_to(double x, double y);
    void line_to(double x, double y);
    void cubic_to(FormulaPoint control1, FormulaPoint control2, FormulaPoint to);
    void translate(double x, double y);
    /// Left becomes right within 0..wide.
    void mirror(double wide);
    /// The highest point it can reach (a curve stays within its control points).
    double top() const;
};

struct FormulaBox {
    struct Glyphs {
        FormulaPoint at; ///< left end of their baseline
        FormulaFont font;
        std::string text;
    };
    struct Rule {        ///< filled
        FormulaPoint at; ///< its upper left corner
        double width = 0, height = 0;
    };
    double width = 0;
    double ascent = 0;  ///< above the baseline
    double descent = 0; ///< below it
    std::vector<Glyphs> glyphs;
    std::vector<Rule> rules;
    std::vector<FormulaPath> strokes;

    double height() const { return ascent + descent; }
    /// Takes in another box with its origin at `at`; width, ascent and descent grow to hold it.
    void add(FormulaBox other, FormulaPoint at);
};

} // namespace spoutnik::app
