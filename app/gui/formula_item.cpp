// SPDX-License-Identifier: MIT
#include "app/gui/formula_item.h"

#include <cmath>

namespace spoutnik::app {

FormulaItem::FormulaItem(QQuickItem* parent) : QQuickPaintedItem(parent) {
    setAntialiasing(true);
}

void FormulaItem::paint(QPainter* painter) {
    drawing_.paint(*painter, {1, std::ceil(drawing_.ascent) + 1}, color_);
}

void FormulaItem::lay_out_again() {
    const auto formula = parse_tex(tex_.toStdString());
    is_known_ = formula.has_value();
    drawing_ = formula ? app::lay_out(*formula, letter_size_, true) : FormulaDrawing();
    words_ = formula ? QString::fromStdString(tex_in_words(*formula)) : tex_;
    // A pixel around it for what antialiasing spills.
    setImplicitWidth(is_known_ ? std::ceil(drawing_.width) + 2 : 0);
    setImplicitHeight(is_known_ ? std::ceil(drawing_.ascent) + std::ceil(drawing_.descent) + 2 : 0);
    update();
}

void FormulaItem::setTex(const QString& tex) {
    if (tex_ == tex) return;
    tex_ = tex;
    lay_out_again();
    emit texChanged();
}

void FormulaItem::setLetterSize(double size) {
    if (qFuzzyCompare(letter_size_, size)) return;
    letter_size_ = size;
    lay_out_again();
    emit letterSizeChanged();
}

void FormulaItem::setColor(const QColor& color) {
    if (color_ == color) return;
    color_ = color;
    update();
    emit colorChanged();
}

} // namespace spoutnik::app
