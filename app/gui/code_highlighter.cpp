// SPDX-License-Identifier: MIT
#include "app/gui/code_highlighter.h"

#include "app/gui/hit_marks.h"

#include <QTextBlockFormat>
#include <QTextCursor>
#include <QTextDocument>

#include <algorithm>

namespace spoutnik::app {

namespace {

constexpr int most_characters = 200'000; // beyond this nobody reads the colours any more

} // namespace

CodeHighlighter::CodeHighlighter(QObject* parent) : QSyntaxHighlighter(parent) {
}

void CodeHighlighter::setTextDocument(QQuickTextDocument* document) {
    if (text_document_ == document) return;
    text_document_ = document;
    setDocument(document ? document->textDocument() : nullptr);
    if (document) document->textDocument()->setUndoRedoEnabled(false); // nobody edits it
    write(0);
    emit textDocumentChanged();
}

void CodeHighlighter::setCode(const QString& code) {
    if (code_ == code) return;
    const qsizetype kept = code.startsWith(code_) ? code_.size() : 0;
    code_ = code;
    read_again();
    write(kept);
    emit codeChanged();
}

void CodeHighlighter::setLanguage(const QString& language) {
    if (language_ == language) return;
    language_ = language;
    read_again();
    rehighlight();
    emit languageChanged();
}

void CodeHighlighter::setLineHeight(int pixels) {
    if (line_height_ == pixels) return;
    line_height_ = pixels;
    write(0);
    emit lineHeightChanged();
}

void CodeHighlighter::setColors(const QList<QColor>& colors) {
    if (colors_ == colors) return;
    colors_ = colors;
    rehighlight();
    emit colorsChanged();
}

void CodeHighlighter::setMarks(const QString& marks) {
    if (marks_ == marks) return;
    marks_ = marks;
    rehighlight();
    emit marksChanged();
}

void CodeHighlighter::setMarkColor(const QColor& color) {
    if (mark_color_ == color) return;
    mark_color_ = color;
    if (!marks_.isEmpty()) rehighlight();
    emit marksChanged();
}

/// Puts the text from there on into the document, whose colours follow.
void CodeHighlighter::write(qsizetype from) {
    if (!document()) return;
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    if (from > 0) {
        cursor.movePosition(QTextCursor::End);
    } else {
        cursor.select(QTextCursor::Document);
        cursor.removeSelectedText();
        QTextBlockFormat line; // every line that is added takes it over
        if (line_height_ > 0) line.setLineHeight(line_height_, QTextBlockFormat::FixedHeight);
        cursor.setBlockFormat(line);
    }
    cursor.insertText(code_.mid(from));
    cursor.endEditBlock();
}

/// Comments and strings go over many lines: the pieces are of the whole text.
void CodeHighlighter::read_again() {
    stretches_.clear();
    if (code_.size() > most_characters) return;
    const std::string code = code_.toStdString();
    std::size_t byte = 0;
    int unit = 0;
    const auto units_to = [&](std::size_t end) {
        for (; byte < end; ++byte) {
            const auto lead = static_cast<unsigned char>(code[byte]);
            if ((lead & 0xC0U) != 0x80) unit += lead >= 0xF0 ? 2 : 1; // four bytes are a surrogate pair
        }
        return unit;
    };
    for (const CodePiece& piece : highlight(code, language_.toStdString())) {
        const int begin = units_to(piece.begin);
        stretches_.push_back({begin, units_to(piece.end), piece.kind});
    }
}

void CodeHighlighter::highlightBlock(const QString& line) {
    const int start = currentBlock().position();
    const int stop = start + static_cast<int>(line.size());
    const auto ends_before = [](const Stretch& stretch, int position) { return stretch.end <= position; };
    auto stretch = std::lower_bound(stretches_.begin(), stretches_.end(), start, ends_before);
    for (; stretch != stretches_.end() && stretch->begin < stop; ++stretch) {
        const auto kind = static_cast<qsizetype>(stretch->kind);
        if (kind >= colors_.size()) continue;
        const int begin = std::max(stretch->begin, start);
        setFormat(begin - start, std::min(stretch->end, stop) - begin, colors_[kind]);
    }
    if (marks_.isEmpty()) return;
    for (const auto& [begin, end] : hits_in(line, marks_))
        for (int at = begin; at < end; ++at) { // over the colours of what it covers
            QTextCharFormat marked = format(at);
            marked.setBackground(mark_color_);
            setFormat(at, 1, marked);
        }
}

} // namespace spoutnik::app
