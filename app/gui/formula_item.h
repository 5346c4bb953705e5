// SPDX-License-Identifier: MIT
// A formula on a line of its own, drawn as wide as it is.
#pragma once

#include "app/gui/formula_drawing.h"

#include <QColor>
#include <QQuickPaintedItem>
#include <QtQml/qqmlregistration.h>

namespace spoutnik::app {

class FormulaItem : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString tex READ tex WRITE setTex NOTIFY texChanged)
    Q_PROPERTY(double letterSize READ letterSize WRITE setLetterSize NOTIFY letterSizeChanged) // pixels
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY colorChanged)
    /// False where the TeX holds something that is not known: show it as it is.
    Q_PROPERTY(bool isKnown READ isKnown NOTIFY texChanged)
    /// For those who hear it.
    Q_PROPERTY(QString words READ words NOTIFY texChanged)

  public:
    explicit FormulaItem(QQuickItem* parent = nullptr);
    void paint(QPainter* painter) override;

    QString tex() const { return tex_; }
    double letterSize() const { return letter_size_; }
    QColor color() const { return color_; }
    bool isKnown() const { return is_known_; }
    QString words() const { return words_; }
    void setTex(const QString& tex);
    void setLetterSize(double size);
    void setColor(const QColor& color);

  signals:
    void texChanged();
    void letterSizeChanged();
    void colorChanged();

  private:
    void lay_out_again();

    QString tex_;
    QString words_;
    double letter_size_ = 15;
    QColor color_ = Qt::black;
    bool is_known_ = false;
    FormulaDrawing drawing_;
};

} // namespace spoutnik::app
