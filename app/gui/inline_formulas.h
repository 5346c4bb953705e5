// SPDX-License-Identifier: MIT
// Formulas inside a line of rich text: in letters where letters can write them, else as images on the line's
// baseline, drawn when the text asks for them.
#pragma once

#include <QQuickImageProvider>
#include <QString>

namespace spoutnik::app {

/// Serves "image://formulas/SIZE/RRGGBB/TEX", TEX in base64url.
class FormulaProvider : public QQuickImageProvider {
  public:
    FormulaProvider() : QQuickImageProvider(QQuickImageProvider::Image) {}
    QImage requestImage(const QString& id, QSize* size, const QSize& requested) override;
};

/// `html` as app/markdown writes it, each formula that can be drawn as an image beside letters of `size`
/// pixels.
QString with_formulas(const QString& html, int size, const QString& rrggbb);

/// A formula as one line of text; its TeX where that can't be read.
QString formula_in_words(const QString& tex);

/// The same rich text as it reads aloud: without marks, formulas in words.
QString plain_text(const QString& html);

} // namespace spoutnik::app
