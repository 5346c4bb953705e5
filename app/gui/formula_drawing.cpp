// SPDX-License-Identifier: MIT
#include "app/gui/formula_drawing.h"

#include "app/markdown/formula_layout.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace spoutnik::app {

namespace {

QFont font_of(const FormulaFont& wanted) {
    QFont font(QStringLiteral("serif"));
    font.setStyleHint(QFont::Serif);
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(wanted.size))));
    font.setItalic(wanted.style == TexNode::Style::italic);
    font.setBold(wanted.style == TexNode::Style::bold);
    return font;
}

class QtFonts : public FormulaFonts {
  public:
    FormulaInk measure(const std::string& utf8, const FormulaFont& font) const override {
        const QString text = QString::fromStdString(utf8);
        const QFontMetricsF metrics(font_of(font));
        const QRectF ink = metrics.tightBoundingRect(text);
        return {ink.left(), ink.top(), ink.right(), ink.bottom(), metrics.horizontalAdvance(text)};
    }
    double x_height(double size) const override {
        return QFontMetricsF(font_of({size, TexNode::Style::upright})).xHeight();
    }
    double least_size() const override { return 8.5; }
    double least_line() const override { return 1; }
    double line_width(double size) const override { return std::max(1.0, std::round(size / 16)); }
};

QPainterPath path_of(const FormulaPath& stroke) {
    const auto point = [](const FormulaPoint& at) { return QPointF(at.x, at.y); };
    QPainterPath path;
    for (const FormulaPath::Step& step : stroke.steps) {
        switch (step.kind) {
        case FormulaPath::Step::Kind::move:
            path.moveTo(point(step.to));
            break;
        case FormulaPath::Step::Kind::line:
            path.lineTo(point(step.to));
            break;
        case FormulaPath::Step::Kind::cubic:
            path.cubicTo(point(step.control1), point(step.control2), point(step.to));
            break;
        }
    }
    return path;
}

} // namespace

void FormulaDrawing::paint(QPainter& painter, QPointF at, const QColor& color) const {
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    painter.translate(at);
    painter.setPen(color);
    for (const Glyphs& part : glyphs) {
        painter.setFont(font_of(part.font));
        painter.drawText(QPointF(part.at.x, part.at.y), QString::fromStdString(part.text));
    }
    for (const Rule& rule : rules)
        painter.fillRect(QRectF(rule.at.x, rule.at.y, rule.width, rule.height), color);
    for (const FormulaPath& stroke : strokes)
        painter.strokePath(path_of(stroke),
                           QPen(color, stroke.width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.restore();
}

FormulaDrawing lay_out(const TexNode& formula, double size, bool is_displayed) {
    return {lay_out(formula, QtFonts(), size, is_displayed)};
}

} // namespace spoutnik::app
