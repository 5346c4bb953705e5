// SPDX-License-Identifier: MIT
#include "app/gui/formula_drawing.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <utility>

namespace spoutnik::app {

namespace {

using Kind = TexNode::Kind;
using Role = TexNode::Role;

constexpr double script_share = 0.72;
constexpr double least_size = 8.5; // pixels: below it nobody reads
constexpr double thin_space = 3.0 / 18;
constexpr double medium_space = 4.0 / 18;
constexpr double thick_space = 5.0 / 18;

/// How large letters are, and what there is room for.
struct Setting {
    double size = 15;
    bool is_displayed = false;
    bool is_script = false;

    double em(double share) const { return size * share; }
    double line() const { return std::max(1.0, std::round(size / 16)); }
    Setting script() const { return {std::max(least_size, size * script_share), false, true}; }
    /// Above and below the line of a fraction.
    Setting part() const { return is_displayed ? Setting{size, false, is_script} : script(); }
};

QFont font_of(const Setting& setting, TexNode::Style style, double scale = 1) {
    QFont font(QStringLiteral("serif"));
    font.setStyleHint(QFont::Serif);
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(setting.size * scale))));
    font.setItalic(style == TexNode::Style::italic);
    font.setBold(style == TexNode::Style::bold);
    return font;
}

double x_height(const Setting& setting) {
    return QFontMetricsF(font_of(setting, TexNode::Style::upright)).xHeight();
}

/// Where the lines of fractions run, above the baseline.
double axis(const Setting& setting) {
    return x_height(setting) / 2 + setting.em(0.02);
}

FormulaDrawing lay(const TexNode& node, const Setting& setting);

bool is_nothing(const TexNode& node) {
    return node.kind == Kind::row && node.children.empty();
}

FormulaDrawing glyphs(const std::string& utf8, const QFont& font) {
    FormulaDrawing drawing;
    const QString text = QString::fromStdString(utf8);
    const QFontMetricsF metrics(font);
    const QRectF ink = metrics.tightBoundingRect(text);
    drawing.width = std::max(metrics.horizontalAdvance(text), ink.right());
    drawing.ascent = std::max(0.0, -ink.top());
    drawing.descent = std::max(0.0, ink.bottom());
    drawing.glyphs.push_back({{0, 0}, font, text});
    return drawing;
}

/// Shifts a drawing so that its middle lies on the axis.
FormulaDrawing on_axis(FormulaDrawing inside, const Setting& setting) {
    FormulaDrawing drawing;
    const double shift = (inside.ascent - inside.descent) / 2 - axis(setting);
    drawing.add(std::move(inside), {0, shift});
    return drawing;
}

FormulaDrawing lay_atom(const TexNode& node, const Setting& setting) {
    if (node.role == Role::big_operator) {
        const double scale = setting.is_displayed ? 1.5 : 1.1;
        return on_axis(glyphs(node.text, font_of(setting, node.style, scale)), setting);
    }
    return glyphs(node.text, font_of(setting, node.style));
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

FormulaDrawing lay_row(const TexNode& node, const Setting& setting) {
    FormulaDrawing drawing;
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

/// What a delimiter looks like at a height where a glyph would have to be stretched.
QPainterPath stretched(const QString& sign, double height, double wide) {
    QPainterPath path;
    const double middle = wide / 2;
    if (sign == QLatin1String("(") || sign == QLatin1String(")")) {
        path.moveTo(wide, 0);
        path.cubicTo(wide * 0.1, height * 0.22, wide * 0.1, height * 0.78, wide, height);
    } else if (sign == QLatin1String("[") || sign == QLatin1String("]")) {
        path.moveTo(wide, 0);
        path.lineTo(wide * 0.3, 0);
        path.lineTo(wide * 0.3, height);
        path.lineTo(wide, height);
    } else if (sign == QStringLiteral("⌊") || sign == QStringLiteral("⌋")) {
        path.moveTo(wide * 0.3, 0);
        path.lineTo(wide * 0.3, height);
        path.lineTo(wide, height);
    } else if (sign == QStringLiteral("⌈") || sign == QStringLiteral("⌉")) {
        path.moveTo(wide, 0);
        path.lineTo(wide * 0.3, 0);
        path.lineTo(wide * 0.3, height);
    } else if (sign == QLatin1String("{") || sign == QLatin1String("}")) {
        path.moveTo(wide, 0);
        path.cubicTo(wide * 0.3, 0, middle, height * 0.1, middle, height * 0.25);
        path.cubicTo(middle, height * 0.42, wide * 0.45, height * 0.5, 0, height * 0.5);
        path.cubicTo(wide * 0.45, height * 0.5, middle, height * 0.58, middle, height * 0.75);
        path.cubicTo(middle, height * 0.9, wide * 0.3, height, wide, height);
    } else if (sign == QStringLiteral("⟨") || sign == QStringLiteral("⟩")) {
        path.moveTo(wide, 0);
        path.lineTo(wide * 0.2, height / 2);
        path.lineTo(wide, height);
    } else if (sign == QStringLiteral("‖")) {
        path.moveTo(wide * 0.3, 0);
        path.lineTo(wide * 0.3, height);
        path.moveTo(wide * 0.8, 0);
        path.lineTo(wide * 0.8, height);
    } else {
        path.moveTo(middle, 0);
        path.lineTo(middle, height);
    }
    const QString mirrored = QStringLiteral(")]}⟩⌋⌉");
    if (!mirrored.contains(sign)) return path;
    return QTransform(-1, 0, 0, 1, wide, 0).map(path);
}

bool can_stretch(const QString& sign) {
    return QStringLiteral("()[]{}|‖⟨⟩⌊⌋⌈⌉").contains(sign);
}

FormulaDrawing delimiter(const std::string& sign, double ascent, double descent, const Setting& setting) {
    if (sign.empty()) {
        FormulaDrawing nothing;
        nothing.width = setting.em(0.12);
        return nothing;
    }
    const QString text = QString::fromStdString(sign);
    const double reach = std::max(ascent - axis(setting), descent + axis(setting));
    if (2 * reach <= setting.em(1.15) || !can_stretch(text))
        return glyphs(sign, font_of(setting, TexNode::Style::upright));
    FormulaDrawing drawing;
    const double height = 2 * reach + setting.em(0.1);
    const double wide = setting.em(0.32) + std::min(height * 0.03, setting.em(0.15));
    drawing.width = wide + setting.em(0.26);
    drawing.ascent = height / 2 + axis(setting);
    drawing.descent = height / 2 - axis(setting);
    auto path = stretched(text, height, wide);
    path.translate(setting.em(0.13), -drawing.ascent);
    drawing.strokes.push_back({path, std::max(1.2, setting.size / 13)});
    return drawing;
}

FormulaDrawing between(const std::string& open, FormulaDrawing inside, const std::string& close,
                       const Setting& setting) {
    if (open.empty() && close.empty()) return inside;
    FormulaDrawing drawing;
    const double ascent = inside.ascent;
    const double descent = inside.descent;
    drawing.add(delimiter(open, ascent, descent, setting), {0, 0});
    drawing.add(std::move(inside), {drawing.width, 0});
    drawing.add(delimiter(close, ascent, descent, setting), {drawing.width, 0});
    return drawing;
}

FormulaDrawing lay_fraction(const TexNode& node, Setting setting) {
    setting.is_displayed = setting.is_displayed || node.is_tall;
    auto above = lay(node.children[0], setting.part());
    auto below = lay(node.children[1], setting.part());
    const double line = setting.line();
    const double gap = setting.em(setting.is_displayed ? 0.2 : 0.13);
    const double pad = setting.em(0.1);
    const double middle = -axis(setting);
    FormulaDrawing drawing;
    const double width = std::max(above.width, below.width) + 2 * pad;
    const QPointF at_above((width - above.width) / 2, middle - line / 2 - gap - above.descent);
    const QPointF at_below((width - below.width) / 2, middle + line / 2 + gap + below.ascent);
    drawing.add(std::move(above), at_above);
    drawing.add(std::move(below), at_below);
    drawing.width = width;
    if (node.has_line) drawing.rules.emplace_back(0, middle - line / 2, width, line);
    auto whole = between(node.open, std::move(drawing), node.close, setting);
    whole.width += pad;
    return whole;
}

FormulaDrawing lay_root(const TexNode& node, const Setting& setting) {
    auto inside = lay(node.children[0], setting);
    inside.ascent = std::max(inside.ascent, x_height(setting));
    const double line = setting.line();
    const double gap = setting.em(0.14);
    const double top = -(inside.ascent + gap + line / 2);
    const double bottom = std::max(inside.descent, setting.em(0.05));
    const double height = bottom - top;
    const double hook = setting.em(0.5);

    FormulaDrawing drawing;
    if (!is_nothing(node.children[1])) {
        auto degree = lay(node.children[1], setting.script());
        const double kept = std::max(0.0, degree.width - hook * 0.5);
        drawing.add(std::move(degree), {0, bottom - height * 0.55});
        drawing.width = kept;
    }
    const double left = drawing.width;
    QPainterPath sign;
    sign.moveTo(left, bottom - height * 0.36);
    sign.lineTo(left + hook * 0.28, bottom - height * 0.44);
    sign.lineTo(left + hook * 0.6, bottom);
    sign.lineTo(left + hook, top);
    const double inner = inside.width;
    sign.lineTo(left + hook + inner + setting.em(0.12), top);
    drawing.add(std::move(inside), {left + hook + setting.em(0.06), 0});
    drawing.strokes.push_back({sign, std::max(1.1, setting.size / 14)});
    drawing.ascent = std::max(drawing.ascent, -top + line);
    drawing.descent = std::max(drawing.descent, bottom);
    drawing.width = left + hook + inner + setting.em(0.2);
    return drawing;
}

/// Scripts above and below, as the limits of a sum.
FormulaDrawing lay_limits(FormulaDrawing base, const TexNode& node, const Setting& setting) {
    FormulaDrawing below;
    FormulaDrawing above;
    if (!is_nothing(node.children[1])) below = lay(node.children[1], setting.script());
    if (!is_nothing(node.children[2])) above = lay(node.children[2], setting.script());
    const double gap = setting.em(0.16);
    const double width = std::max({base.width, below.width, above.width});
    const QPointF at_above((width - above.width) / 2, -base.ascent - gap - above.descent);
    const QPointF at_below((width - below.width) / 2, base.descent + gap + below.ascent);
    const QPointF at_base((width - base.width) / 2, 0);
    FormulaDrawing drawing;
    drawing.add(std::move(base), at_base);
    if (!is_nothing(node.children[1])) drawing.add(std::move(below), at_below);
    if (!is_nothing(node.children[2])) drawing.add(std::move(above), at_above);
    drawing.width = width;
    return drawing;
}

FormulaDrawing lay_scripts(const TexNode& node, const Setting& setting) {
    auto base = lay(node.children[0], setting);
    if (node.has_limits && setting.is_displayed) return lay_limits(std::move(base), node, setting);
    const bool has_below = !is_nothing(node.children[1]);
    const bool has_above = !is_nothing(node.children[2]);
    const double x = x_height(setting);
    const bool is_letter = node.children[0].kind == Kind::atom && node.role != Role::big_operator;
    auto above = has_above ? lay(node.children[2], setting.script()) : FormulaDrawing();
    auto below = has_below ? lay(node.children[1], setting.script()) : FormulaDrawing();
    double up =
        std::max({setting.em(0.36), above.descent + x / 4, is_letter ? 0 : base.ascent - setting.em(0.3)});
    double down =
        std::max({setting.em(has_above ? 0.25 : 0.16), below.ascent - x * 0.8, is_letter ? 0 : base.descent});
    if (has_above && has_below) {
        const double least = 2.5 * setting.line();
        const double gap = (up - above.descent) + (down - below.ascent);
        if (gap < least) down += least - gap;
    }
    FormulaDrawing drawing;
    drawing.add(std::move(base), {0, 0});
    const double at = drawing.width + setting.em(0.04);
    if (has_above) drawing.add(std::move(above), {at, -up});
    // The lower limit of an integral tucks in under its slope.
    const double tuck = node.role == Role::big_operator ? setting.em(0.12) : 0;
    if (has_below) drawing.add(std::move(below), {at - tuck, down});
    drawing.width += setting.em(0.05);
    return drawing;
}

FormulaDrawing lay_accent(const TexNode& node, const Setting& setting) {
    auto inside = lay(node.children[0], setting);
    FormulaDrawing drawing;
    const double line = setting.line();
    const double width = inside.width;
    const double top = -std::max(inside.ascent, x_height(setting)) - setting.em(0.12);
    const double bottom = inside.descent + setting.em(0.12);
    const double slant = node.children[0].style == TexNode::Style::italic ? setting.em(0.06) : 0;
    drawing.add(std::move(inside), {0, 0});
    const auto stroke = [&](const QPainterPath& path) {
        drawing.strokes.push_back({path, std::max(1.0, setting.size / 15)});
        drawing.ascent = std::max(drawing.ascent, -path.boundingRect().top() + line);
    };
    QPainterPath path;
    if (node.text == "¯") {
        drawing.rules.emplace_back(0, top - line, width, line);
        drawing.ascent = -top + 2 * line;
    } else if (node.text == "_") {
        drawing.rules.emplace_back(0, bottom, width, line);
        drawing.descent = bottom + 2 * line;
    } else if (node.text == "→") {
        const double head = setting.em(0.14);
        const double y = top - head;
        path.moveTo(slant, y);
        path.lineTo(width + slant, y);
        path.moveTo(width + slant - head, y - head);
        path.lineTo(width + slant, y);
        path.lineTo(width + slant - head, y + head);
        stroke(path);
    } else if (node.text == "^") {
        const double half = std::clamp(width / 2, setting.em(0.16), setting.em(0.5));
        const double middle = width / 2 + slant;
        path.moveTo(middle - half, top);
        path.lineTo(middle, top - setting.em(0.17));
        path.lineTo(middle + half, top);
        stroke(path);
    } else if (node.text == "~") {
        const double half = std::clamp(width / 2, setting.em(0.2), setting.em(0.5));
        const double middle = width / 2 + slant;
        const double y = top - setting.em(0.06);
        path.moveTo(middle - half, y + setting.em(0.05));
        path.cubicTo(middle - half / 3, y - setting.em(0.2), middle + half / 3, y + setting.em(0.18),
                     middle + half, y - setting.em(0.06));
        stroke(path);
    } else {
        auto mark = glyphs(node.text, font_of(setting, TexNode::Style::upright));
        const QFontMetricsF metrics(mark.glyphs.front().font);
        const QRectF ink = metrics.tightBoundingRect(mark.glyphs.front().text);
        const QPointF at(width / 2 + slant - ink.center().x(), top - ink.bottom());
        drawing.glyphs.push_back({at, mark.glyphs.front().font, mark.glyphs.front().text});
        drawing.ascent = std::max(drawing.ascent, -top + ink.height());
    }
    return drawing;
}

FormulaDrawing lay_matrix(const TexNode& node, const Setting& setting) {
    const bool has_pairs = node.alignment == TexNode::Columns::pairs;
    const Setting inner{setting.size, setting.is_displayed && has_pairs, setting.is_script};
    const auto columns = std::max<std::size_t>(node.columns, 1);
    std::vector<FormulaDrawing> cells;
    for (const auto& child : node.children)
        cells.push_back(lay(child, inner));
    std::vector<double> widths(columns, 0);
    for (std::size_t i = 0; i < cells.size(); ++i)
        widths[i % columns] = std::max(widths[i % columns], cells[i].width);
    const double row_gap = setting.em(has_pairs ? 0.5 : 0.35);
    FormulaDrawing grid;
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
    return between(node.open, on_axis(std::move(grid), setting), node.close, setting);
}

FormulaDrawing lay(const TexNode& node, const Setting& setting) {
    switch (node.kind) {
    case Kind::row:
        return lay_row(node, setting);
    case Kind::atom:
        return lay_atom(node, setting);
    case Kind::space: {
        FormulaDrawing nothing;
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

void FormulaDrawing::add(FormulaDrawing other, QPointF at) {
    for (auto& part : other.glyphs) {
        part.at += at;
        glyphs.push_back(std::move(part));
    }
    for (auto& rule : other.rules)
        rules.push_back(rule.translated(at));
    for (auto& stroke : other.strokes)
        strokes.push_back({stroke.path.translated(at), stroke.width});
    width = std::max(width, at.x() + other.width);
    ascent = std::max(ascent, other.ascent - at.y());
    descent = std::max(descent, other.descent + at.y());
}

void FormulaDrawing::paint(QPainter& painter, QPointF at, const QColor& color) const {
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    painter.translate(at);
    painter.setPen(color);
    for (const auto& part : glyphs) {
        painter.setFont(part.font);
        painter.drawText(part.at, part.text);
    }
    for (const auto& rule : rules)
        painter.fillRect(rule, color);
    for (const auto& stroke : strokes)
        painter.strokePath(stroke.path,
                           QPen(color, stroke.width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.restore();
}

FormulaDrawing lay_out(const TexNode& formula, double size, bool is_displayed) {
    return lay(formula, {size, is_displayed, false});
}

} // namespace spoutnik::app
