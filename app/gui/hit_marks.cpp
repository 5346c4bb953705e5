// SPDX-License-Identifier: MIT
#include "app/gui/hit_marks.h"

#include "storage/search.h"

namespace spoutnik::app {

std::vector<std::pair<int, int>> hits_in(const QString& text, const QString& words) {
    const QByteArray bytes = text.toUtf8();
    const auto units_before = [&](std::size_t byte) {
        return static_cast<int>(QString::fromUtf8(bytes.first(static_cast<qsizetype>(byte))).size());
    };
    std::vector<std::pair<int, int>> hits;
    for (const storage::ByteRange& range : storage::find_words(bytes.toStdString(), words.toStdString()))
        hits.emplace_back(units_before(range.begin), units_before(range.end));
    return hits;
}

HitMarks::HitMarks(QObject* parent) : QSyntaxHighlighter(parent) {
}

void HitMarks::setTextDocument(QQuickTextDocument* document) {
    if (text_document_ == document) return;
    text_document_ = document;
    setDocument(document ? document->textDocument() : nullptr);
    emit textDocumentChanged();
}

void HitMarks::setQuery(const QString& query) {
    if (query_ == query) return;
    query_ = query;
    rehighlight();
    emit queryChanged();
}

void HitMarks::setColor(const QColor& color) {
    if (color_ == color) return;
    color_ = color;
    rehighlight();
    emit colorChanged();
}

void HitMarks::highlightBlock(const QString& line) {
    QTextCharFormat mark;
    mark.setBackground(color_);
    for (const auto& [begin, end] : hits_in(line, query_))
        setFormat(begin, end - begin, mark);
}

} // namespace spoutnik::app
