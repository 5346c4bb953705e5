// SPDX-License-Identifier: MIT
// A formula laid out: glyphs, lines and strokes around the origin at the left end of its baseline.
#pragma once

#include "app/markdown/tex.h"

#include <QFont>
#include <QPainterPath>
#include <QPointF>
#include <QRectF>
#include <QString>

#include <vector>

class QColor;
class QPainter;

namespace spoutnik::app {

/// Lengths in pixels; y grows downwards, as in QPainter.
struct FormulaDrawing {
    struct Glyphs {
        QPointF at; ///< left end of their baseline
        QFont font;
        QString text;
    };
    struct Stroke {
        QPainterPath path;
        double width = 1;
    };
    double width = 0;
    double ascent = 0;  ///< above the baseline
    double descent = 0; ///< below it
    std::vector<Glyphs> glyphs;
    std::vector<QRectF> rules; ///< filled
    std::vector<Stroke> strokes;

    double height() const { return ascent + descent; }
    /// Takes in another drawing with its origin at `at`; width grows to hold it.
    void add(FormulaDrawing other, QPointF at);
    /// With the origin at `at`.
    void paint(QPainter& painter, QPointF at, const QColor& color) const;
};

/// Lays out with letters of `size` pixels, after the rules of The TeXbook, appendix G, as far as they go
/// without the tables of a mathematical font. `is_displayed`: on a line of its own.
FormulaDrawing lay_out(const TexNode& formula, double size, bool is_displayed);

} // namespace spoutnik::app
