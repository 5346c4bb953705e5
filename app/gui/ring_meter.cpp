// SPDX-License-Identifier: MIT
#include "app/gui/ring_meter.h"

#include <QPainter>

#include <algorithm>

namespace spoutnik::app {

RingMeter::RingMeter(QQuickItem* parent) : QQuickPaintedItem(parent) {
    setAntialiasing(true);
}

void RingMeter::paint(QPainter* painter) {
    const double side = std::min(width(), height()) - line_width_;
    const QRectF ring((width() - side) / 2, (height() - side) / 2, side, side);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(track_color_, line_width_));
    painter->drawEllipse(ring);
    if (value_ <= 0) return;
    constexpr int sixteenths_of_turn = 360 * 16; // QPainter counts angles in sixteenths of a degree
    painter->setPen(QPen(color_, line_width_, Qt::SolidLine, Qt::RoundCap));
    painter->drawArc(ring, sixteenths_of_turn / 4,
                     -static_cast<int>(std::min(value_, 1.0) * sixteenths_of_turn));
}

void RingMeter::setValue(double value) {
    if (qFuzzyCompare(value_ + 1, value + 1)) return;
    value_ = value;
    emit valueChanged();
    update();
}

void RingMeter::setLineWidth(double width) {
    if (qFuzzyCompare(line_width_, width)) return;
    line_width_ = width;
    emit lineWidthChanged();
    update();
}

void RingMeter::setColor(const QColor& color) {
    if (color_ == color) return;
    color_ = color;
    emit colorChanged();
    update();
}

void RingMeter::setTrackColor(const QColor& color) {
    if (track_color_ == color) return;
    track_color_ = color;
    emit trackColorChanged();
    update();
}

} // namespace spoutnik::app
