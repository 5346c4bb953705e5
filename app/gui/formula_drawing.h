// SPDX-License-Identifier: MIT
// Formulas (app/markdown/formula_layout.h) with Qt's fonts and painter.
#pragma once

#include "app/markdown/formula_box.h"

#include <QPointF>

class QColor;
class QPainter;

namespace spoutnik::app {

/// Lengths in pixels.
struct FormulaDrawing : FormulaBox {
    /// With the origin at `at`.
    void paint(QPainter& painter, QPointF at, const QColor& color) const;
};

/// Letters of `size` pixels. `is_displayed`: on a line of its own.
FormulaDrawing lay_out(const TexNode& formula, double size, bool is_displayed);

} // namespace spoutnik::app
