// SPDX-License-Identifier: MIT
// Marks in a text what a search looked for, as storage/search.h finds it: without regard to case, accents and
// ligatures. The text itself stays as it is.
#pragma once

#include <QColor>
#include <QQuickTextDocument>
#include <QString>
#include <QSyntaxHighlighter>
#include <QtQml/qqmlregistration.h>

#include <utility>
#include <vector>

namespace spoutnik::app {

/// Where `words` stand in `text`: [begin, end) in UTF-16 units, in order.
std::vector<std::pair<int, int>> hits_in(const QString& text, const QString& words);

class HitMarks : public QSyntaxHighlighter {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(
        QQuickTextDocument* textDocument READ textDocument WRITE setTextDocument NOTIFY textDocumentChanged)
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged)
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY colorChanged)

  public:
    explicit HitMarks(QObject* parent = nullptr);

    QQuickTextDocument* textDocument() const { return text_document_; }
    QString query() const { return query_; }
    QColor color() const { return color_; }
    void setTextDocument(QQuickTextDocument* document);
    void setQuery(const QString& query);
    void setColor(const QColor& color);

  signals:
    void textDocumentChanged();
    void queryChanged();
    void colorChanged();

  protected:
    void highlightBlock(const QString& line) override;

  private:
    QQuickTextDocument* text_document_ = nullptr;
    QString query_;
    QColor color_;
};

} // namespace spoutnik::app
