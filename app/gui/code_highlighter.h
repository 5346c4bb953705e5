// SPDX-License-Identifier: MIT
// Colours the code of a text field as app/markdown/highlight.h tells its pieces apart. The text itself stays
// plain: what is selected and copied is what was written.
#pragma once

#include "app/markdown/highlight.h"

#include <QColor>
#include <QList>
#include <QQuickTextDocument>
#include <QSyntaxHighlighter>
#include <QtQml/qqmlregistration.h>

#include <vector>

namespace spoutnik::app {

class CodeHighlighter : public QSyntaxHighlighter {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(
        QQuickTextDocument* textDocument READ textDocument WRITE setTextDocument NOTIFY textDocumentChanged)
    /// The whole text, written into the document. A text that goes on is added to: what has been laid out and
    /// selected stays, and an answer that streams costs its last line.
    Q_PROPERTY(QString code READ code WRITE setCode NOTIFY codeChanged)
    Q_PROPERTY(
        int lineHeight READ lineHeight WRITE setLineHeight NOTIFY lineHeightChanged) // pixels; 0: the font's
    Q_PROPERTY(QString language READ language WRITE setLanguage NOTIFY languageChanged)
    Q_PROPERTY(
        QList<QColor> colors READ colors WRITE setColors NOTIFY colorsChanged) // one a CodeKind, in order
    /// What a search looked for, and its ground: see hit_marks.h, of which a document can't have one besides.
    Q_PROPERTY(QString marks READ marks WRITE setMarks NOTIFY marksChanged)
    Q_PROPERTY(QColor markColor READ markColor WRITE setMarkColor NOTIFY marksChanged)

  public:
    explicit CodeHighlighter(QObject* parent = nullptr);

    QQuickTextDocument* textDocument() const { return text_document_; }
    QString code() const { return code_; }
    QString language() const { return language_; }
    int lineHeight() const { return line_height_; }
    QList<QColor> colors() const { return colors_; }
    QString marks() const { return marks_; }
    QColor markColor() const { return mark_color_; }
    void setTextDocument(QQuickTextDocument* document);
    void setCode(const QString& code);
    void setLanguage(const QString& language);
    void setLineHeight(int pixels);
    void setColors(const QList<QColor>& colors);
    void setMarks(const QString& marks);
    void setMarkColor(const QColor& color);

  signals:
    void textDocumentChanged();
    void codeChanged();
    void languageChanged();
    void lineHeightChanged();
    void colorsChanged();
    void marksChanged();

  protected:
    void highlightBlock(const QString& line) override;

  private:
    /// A piece in UTF-16 units of the whole text.
    struct Stretch {
        int begin = 0, end = 0;
        CodeKind kind = CodeKind::comment;
    };
    void read_again();
    void write(qsizetype from);

    QQuickTextDocument* text_document_ = nullptr;
    QString code_;
    QString language_;
    int line_height_ = 0;
    QList<QColor> colors_;
    QString marks_;
    QColor mark_color_;
    std::vector<Stretch> stretches_; ///< of code_
};

} // namespace spoutnik::app
