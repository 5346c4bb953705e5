// SPDX-License-Identifier: MIT
#include "app/markdown/formula_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spoutnik::app {

namespace {

using Kind = TexNode::Kind;
using Role = TexNode::Role;

constexpr double script_share = 0.72;
constexpr double thin_space = 3.0 / 18;
constexpr double medium_space = 4.0 / 18;
constexpr double thick_space = 5.0 / 18;

/// How large letters are, and what there is room for.
struct Setting {
    const FormulaFonts* fonts = nullptr;
    double size = 15;
    bool is_displayed = false;
    bool is_script = false;

    double em(double share) const { return size * share; }
    double line() const { return fonts->line_width(size); }
    /// The pen of roots, delimiters and accents.
    double pen(double least, double share) const { return std::max(least * fonts->least_line(), em(share)); }
    Setting script() const {
        return {fonts, std::max(fonts->least_size(), size * script_share), false, true};
    }
    /// Above and below the line of a fraction.
    Setting part() const { return is_displayed ? Setting{fonts, size, false, is_script} : script(); }
    FormulaFont font(TexNode::Style style, double scale = 1) const { return {size * scale, style}; }
};

double x_height(const Setting& setting) {
    return setting.fonts->x_height(setting.size);
}

/// Where the lines of fractions run, above the baseline.
double axis(const Setting& setting) {
    return x_height(setting) / 2 + setting.em(0.02);
}

FormulaBox lay(const TexNode& node, const Setting& setting);

bool is_nothing(const TexNode& node) {
    return node.kind == Kind::row && node.children.empty();
}

FormulaBox glyphs(const std::string& text, const FormulaFont& font, const Setting& setting) {
    FormulaBox drawing;
    const FormulaInk ink = setting.fonts->measure(text, font);
    drawing.width = std::max(ink.advance, ink.right);
    drawing.ascent = std::max(0.0, -ink.top);
    drawing.descent = std::max(0.0, ink.bottom);
    drawing.glyphs.push_back({{0, 0}, font, text});
    return drawing;
}

/// Shifts a drawing so that its middle lies on the axis.
FormulaBox on_axis(FormulaBox inside, const Setting& setting) {
    FormulaBox drawing;
    const double shift = (inside.ascent - inside.descent) / 2 - axis(setting);
    drawing.add(std::move(inside), {0, shift});
    return drawing;
}

FormulaBox lay_atom(const TexNode& node, const Setting& setting) {
    if (node.role == Role::big_operator) {
        const double scale = setting.is_displayed ? 1.5 : 1.1;
        return on_axis(glyphs(node.text, setting.font(node.style, scale), setting), setting);
    }
    return glyphs(node.text, setting.font(node.style), setting);
}

/// The space between two neighbours, in em.
double space_between(Role left, Role right, bool is_script) {
    const auto is_open_ended = [](Role role) { return role == Role::ordinary || role == Role::closing; };
    if (left == Role::relation || right == Role::relation) {
        const bool is_pair =
            left == right || left == Role::opening || right == Role::closing || right == Role::punctuation;
        return is_script || is_pair ? 0 : thick_space;
    }
    if (left == Role::binary || right == Role::binary) return is_script ? 0 : medium_space;
    if (left == Role::punctuation) return is_script ? 0 : thin_space;
    const bool left_names = left == Role::function || left == Role::big_operator;
    const bool right_names = right == Role::function || right == Role::big_operator;
    if (left_names && right != Role::opening && right != Role::closing && right != Role::punctuation)
        return thin_space;
    if (right_names && is_open_ended(left)) return thin_space;
    return 0;
}

FormulaBox lay_row(const TexNode& node, const Setting& setting) {
    FormulaBox drawing;
    Role before = Role::opening;
    bool is_first = true;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const TexNode& child = node.children[i];
        if (child.kind == Kind::space) {
            drawing.width += setting.em(child.width);
            continue;
        }
        Role role = child.kind == Kind::atom || child.kind == Kind::scripts ? child.role : Role::ordinary;
        // A sign with nothing before it to join belongs to what follows.
        const bool joins_nothing = is_first || (before != Role::ordinary && before != Role::closing);
        if (role == Role::binary && (joins_nothing || i + 1 == node.children.size())) role = Role::ordinary;
        if (!is_first) drawing.width += setting.em(space_between(before, role, setting.is_script));
        drawing.add(lay(child, setting), {drawing.width, 0});
        before = role;
        is_first = false;
    }
    return drawing;
}

FormulaBox delimiter(const std::string& sign, double ascent, double descent, const Setting& setting) {
    if (sign.empty()) {
        FormulaBox nothing;
        nothing.width = setting.em(0.12);
        return nothing;
    }
    const double reach = std::max(ascent - axis(setting), descent + axis(setting));
    if (2 * reach <= setting.em(1.15) || !can_stretch(sign))
        return glyphs(sign, setting.font(TexNode::Style::upright), setting);
    FormulaBox drawing;
    const double height = 2 * reach + setting.em(0.1);
    const double wide = setting.em(0.32) + std::min(height * 0.03, setting.em(0.15));
    drawing.width = wide + setting.em(0.26);
    drawing.ascent = height / 2 + axis(setting);
    drawing.descent = height / 2 - axis(setting);
    FormulaPath path = stretched_delimiter(sign, height, wide);
    path.translate(setting.em(0.13), -drawing.ascent);
    path.width = setting.pen(1.2, 1.0 / 13);
    drawing.strokes.push_back(std::move(path));
    return drawing;
}

FormulaBox between(const std::string& open, FormulaBox inside, const std::string& close,
                   const Setting& setting) {
    if (open.empty() && close.empty()) return inside;
    FormulaBox drawing;
    const double ascent = inside.ascent;
    const double descent = inside.descent;
    drawing.add(delimiter(open, ascent, descent, setting), {0, 0});
    drawing.add(std::move(inside), {drawing.width, 0});
    drawing.add(delimiter(close, ascent, descent, setting), {drawing.width, 0});
    return drawing;
}

FormulaBox lay_fraction(const TexNode& node, Setting setting) {
    setting.is_displayed = setting.is_displayed || node.is_tall;
    auto above = lay(node.children[0], setting.part());
    auto below = lay(node.children[1], setting.part());
    const double line = setting.line();
    const double gap = setting.em(setting.is_displayed ? 0.2 : 0.13);
    const double pad = setting.em(0.1);
    const double middle = -axis(setting);
    FormulaBox drawing;
    const double width = std::max(above.width, below.width) + 2 * pad;
    const FormulaPoint at_above{(width - above.width) / 2, middle - line / 2 - gap - above.descent};
    const FormulaPoint at_below{(width - below.width) / 2, middle + line / 2 + gap + below.ascent};
    drawing.add(std::move(above), at_above);
    drawing.add(std::move(below), at_below);
    drawing.width = width;
    if (node.has_line) drawing.rules.push_back({{0, middle - line / 2}, width, line});
    auto whole = between(node.open, std::move(drawing), node.close, setting);
    whole.width += pad;
    return whole;
}

FormulaBox lay_root(const TexNode& node, const Setting& setting) {
    auto inside = lay(node.children[0], setting);
    inside.ascent = std::max(inside.ascent, x_height(setting));
    const double line = setting.line();
    const double gap = setting.em(0.14);
    const double top = -(inside.ascent + gap + line / 2);
    const double bottom = std::max(inside.descent, setting.em(0.05));
    const double height = bottom - top;
    const double hook = setting.em(0.5);

    FormulaBox drawing;
    if (!is_nothing(node.children[1])) {
        auto degree = lay(node.children[1], setting.script());
        const double kept = std::max(0.0, degree.width - hook * 0.5);
        drawing.add(std::move(degree), {0, bottom - height * 0.55});
        drawing.width = kept;
    }
    const double left = drawing.width;
    FormulaPath sign;
    sign.move_to(left, bottom - height * 0.36);
    sign.line_to(left + hook * 0.28, bottom - height * 0.44);
    sign.line_to(left + hook * 0.6, bottom);
    sign.line_to(left + hook, top);
    const double inner = inside.width;
    sign.line_to(left + hook + inner + setting.em(0.12), top);
    drawing.add(std::move(inside), {left + hook + setting.em(0.06), 0});
    sign.width = setting.pen(1.1, 1.0 / 14);
    drawing.strokes.push_back(std::move(sign));
    drawing.ascent = std::max(drawing.ascent, -top + line);
    drawing.descent = std::max(drawing.descent, bottom);
    drawing.width = left + hook + inner + setting.em(0.2);
    return drawing;
}

/// Scripts above and below, as the limits of a sum.
FormulaBox lay_limits(FormulaBox base, const TexNode& node, const Setting& setting) {
    FormulaBox below;
    FormulaBox above;
    if (!is_nothing(node.children[1])) below = lay(node.children[1], setting.script());
    if (!is_nothing(node.children[2])) above = lay(node.children[2], setting.script());
    const double gap = setting.em(0.16);
    const double width = std::max({base.width, below.width, above.width});
    const FormulaPoint at_above{(width - above.width) / 2, -base.ascent - gap - above.descent};
    const FormulaPoint at_below{(width - below.width) / 2, base.descent + gap + below.ascent};
    const FormulaPoint at_base{(width - base.width) / 2, 0};
    FormulaBox drawing;
    drawing.add(std::move(base), at_base);
    if (!is_nothing(node.children[1])) drawing.add(std::move(below), at_below);
    if (!is_nothing(node.children[2])) drawing.add(std::move(above), at_above);
    drawing.width = width;
    return drawing;
}

FormulaBox lay_scripts(const TexNode& node, const Setting& setting) {
    auto base = lay(node.children[0], setting);
    if (node.has_limits && setting.is_displayed) return lay_limits(std::move(base), node, setting);
    const bool has_below = !is_nothing(node.children[1]);
    const bool has_above = !is_nothing(node.children[2]);
    const double x = x_height(setting);
    const bool is_letter = node.children[0].kind == Kind::atom && node.role != Role::big_operator;
    auto above = has_above ? lay(node.children[2], setting.script()) : FormulaBox();
    auto below = has_below ? lay(node.children[1], setting.script()) : FormulaBox();
    double up =
        std::max({setting.em(0.36), above.descent + x / 4, is_letter ? 0 : base.ascent - setting.em(0.3)});
    double down =
        std::max({setting.em(has_above ? 0.25 : 0.16), below.ascent - x * 0.8, is_letter ? 0 : base.descent});
    if (has_above && has_below) {
        const double least = 2.5 * setting.line();
        const double gap = (up - above.descent) + (down - below.ascent);
        if (gap < least) down += least - gap;
    }
    FormulaBox drawing;
    drawing.add(std::move(base), {0, 0});
    const double at = drawing.width + setting.em(0.04);
    if (has_above) drawing.add(std::move(above), {at, -up});
    // The lower limit of an integral tucks in under its slope.
    const double tuck = node.role == Role::big_operator ? setting.em(0.12) : 0;
    if (has_below) drawing.add(std::move(below), {at - tuck, down});
    drawing.width += setting.em(0.05);
    return drawing;
}

FormulaBox lay_accent(const TexNode& node, const Setting& setting) {
    auto inside = lay(node.children[0], setting);
    FormulaBox drawing;
    const double line = setting.line();
    const double width = inside.width;
    const double top = -std::max(inside.ascent, x_height(setting)) - setting.em(0.12);
    const double bottom = inside.descent + setting.em(0.12);
    const double slant = node.children[0].style == TexNode::Style::italic ? setting.em(0.06) : 0;
    drawing.add(std::move(inside), {0, 0});
    FormulaPath path;
    const auto stroke = [&] {
        path.width = setting.pen(1, 1.0 / 15);
        drawing.ascent = std::max(drawing.ascent, -path.top() + line);
        drawing.strokes.push_back(path);
    };
    if (node.text == "¯") {
        drawing.rules.push_back({{0, top - line}, width, line});
        drawing.ascent = -top + 2 * line;
    } else if (node.text == "_") {
        drawing.rules.push_back({{0, bottom}, width, line});
        drawing.descent = bottom + 2 * line;
    } else if (node.text == "→") {
        const double head = setting.em(0.14);
        const double y = top - head;
        path.move_to(slant, y);
        path.line_to(width + slant, y);
        path.move_to(width + slant - head, y - head);
        path.line_to(width + slant, y);
        path.line_to(width + slant - head, y + head);
        stroke();
    } else if (node.text == "^") {
        const double half = std::clamp(width / 2, setting.em(0.16), setting.em(0.5));
        const double middle = width / 2 + slant;
        path.move_to(middle - half, top);
        path.line_to(middle, top - setting.em(0.17));
        path.line_to(middle + half, top);
        stroke();
    } else if (node.text == "~") {
        const double half = std::clamp(width / 2, setting.em(0.2), setting.em(0.5));
        const double middle = width / 2 + slant;
        const double y = top - setting.em(0.06);
        path.move_to(middle - half, y + setting.em(0.05));
        path.cubic_to({middle - half / 3, y - setting.em(0.2)}, {middle + half / 3, y + setting.em(0.18)},
                      {middle + half, y - setting.em(0.06)});
        stroke();
    } else {
        const FormulaFont font = setting.font(TexNode::Style::upright);
        const FormulaInk ink = setting.fonts->measure(node.text, font);
        drawing.glyphs.push_back(
            {{width / 2 + slant - (ink.left + ink.right) / 2, top - ink.bottom}, font, node.text});
        drawing.ascent = std::max(drawing.ascent, -top + ink.bottom - ink.top);
    }
    return drawing;
}

FormulaBox lay_matrix(const TexNode& node, const Setting& setting) {
    const bool has_pairs = node.alignment == TexNode::Columns::pairs;
    const Setting inner{setting.fonts, setting.size, setting.is_displayed && has_pairs, setting.is_script};
    const auto columns = std::max<std::size_t>(node.columns, 1);
    std::vector<FormulaBox> cells;
    for (const auto& child : node.children)
        cells.push_back(lay(child, inner));
    std::vector<double> widths(columns, 0);
    for (std::size_t i = 0; i < cells.size(); ++i)
        widths[i % columns] = std::max(widths[i % columns], cells[i].width);
    const double row_gap = setting.em(has_pairs ? 0.5 : 0.35);
    FormulaBox grid;
    double y = 0;
    for (std::size_t first = 0; first < cells.size(); first += columns) {
        // A row is at least as tall as a letter, so that rows of small things do not crowd.
        double ascent = setting.em(0.7);
        double descent = setting.em(0.2);
        for (std::size_t i = first; i < first + columns; ++i) {
            ascent = std::max(ascent, cells[i].ascent);
            descent = std::max(descent, cells[i].descent);
        }
        y += (first == 0 ? 0 : row_gap) + ascent;
        double x = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            auto& cell = cells[first + column];
            const double spare = widths[column] - cell.width;
            const bool is_right = has_pairs && column % 2 == 0 && columns > 1;
            const double shift = is_right                                                ? spare
                                 : has_pairs || node.alignment == TexNode::Columns::left ? 0
                                                                                         : spare / 2;
            grid.add(std::move(cell), {x + shift, y});
            const bool is_joint = has_pairs && column % 2 == 0;
            x += widths[column] + (column + 1 == columns ? 0 : setting.em(is_joint ? thick_space : 1));
        }
        grid.width = x;
        y += descent;
    }
    grid.ascent = 0;
    grid.descent = y;
    if (!node.open.empty() || !node.close.empty()) { // its fences don't touch what they hold
        const double pad = setting.em(0.14);
        FormulaBox padded;
        padded.add(std::move(grid), {pad, 0});
        padded.width += node.close.empty() ? 0 : pad;
        grid = std::move(padded);
    }
    return between(node.open, on_axis(std::move(grid), setting), node.close, setting);
}

FormulaBox lay(const TexNode& node, const Setting& setting) {
    switch (node.kind) {
    case Kind::row:
        return lay_row(node, setting);
    case Kind::atom:
        return lay_atom(node, setting);
    case Kind::space: {
        FormulaBox nothing;
        nothing.width = setting.em(node.width);
        return nothing;
    }
    case Kind::fraction:
        return lay_fraction(node, setting);
    case Kind::root:
        return lay_root(node, setting);
    case Kind::scripts:
        return lay_scripts(node, setting);
    case Kind::fenced:
        return between(node.open, lay(node.children[0], setting), node.close, setting);
    case Kind::accent:
        return lay_accent(node, setting);
    case Kind::matrix:
        return lay_matrix(node, setting);
    }
    return {};
}

} // namespace

FormulaBox lay_out(const TexNode& formula, const FormulaFonts& fonts, double size, bool is_displayed) {
    return lay(formula, {&fonts, size, is_displayed, false});
}

} // namespace spoutnik::app
