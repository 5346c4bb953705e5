// SPDX-License-Identifier: MIT
// A thin ring that fills clockwise from the top: how much of the context is taken, how far a model has
// loaded.
#pragma once

#include <QColor>
#include <QQuickPaintedItem>
#include <QtQml/qqmlregistration.h>

namespace spoutnik::app {

class RingMeter : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(double value READ value WRITE setValue NOTIFY valueChanged) // 0 to 1
    Q_PROPERTY(double lineWidth READ lineWidth WRITE setLineWidth NOTIFY lineWidthChanged)
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY colorChanged)
    Q_PROPERTY(QColor trackColor READ trackColor WRITE setTrackColor NOTIFY trackColorChanged)

  public:
    explicit RingMeter(QQuickItem* parent = nullptr);
    void paint(QPainter* painter) override;

    double value() const { return value_; }
    double lineWidth() const { return line_width_; }
    QColor color() const { return color_; }
    QColor trackColor() const { return track_color_; }
    void setValue(double value);
    void setLineWidth(double width);
    void setColor(const QColor& color);
    void setTrackColor(const QColor& color);

  signals:
    void valueChanged();
    void lineWidthChanged();
    void colorChanged();
    void trackColorChanged();

  private:
    double value_ = 0;
    double line_width_ = 2;
    QColor color_ = Qt::black;
    QColor track_color_ = Qt::lightGray;
};

} // namespace spoutnik::app
