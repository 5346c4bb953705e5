// SPDX-License-Identifier: MIT
#include "app/gui/answer_blocks.h"

#include "app/gui/inline_formulas.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace spoutnik::app {

namespace {

QString to_qstring(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString paragraph(const std::string& html) {
    return QStringLiteral("<p>") + QString::fromStdString(html) + QStringLiteral("</p>");
}

int to_qt(Alignment alignment) {
    switch (alignment) {
    case Alignment::center:
        return Qt::AlignHCenter;
    case Alignment::right:
        return Qt::AlignRight;
    case Alignment::none:
    case Alignment::left:
        break;
    }
    return Qt::AlignLeft;
}

QString marker_of(const ListItem& item) {
    switch (item.check) {
    case ListItem::Check::open:
        return QStringLiteral("☐");
    case ListItem::Check::done:
        return QStringLiteral("☑");
    case ListItem::Check::none:
        break;
    }
    return QString::fromStdString(item.marker);
}

void append_items(const Block& block, std::vector<ViewBlock>& out) {
    for (std::size_t i = 0; i < block.items.size(); ++i) {
        const ListItem& item = block.items[i];
        ViewBlock view;
        view.type = ViewBlock::Type::text;
        view.html = paragraph(item.html);
        view.plain = plain_text(view.html);
        view.indent = item.depth + 1;
        view.quote = block.quote_depth;
        view.marker = marker_of(item);
        view.is_tight = i > 0 && !block.loose;
        out.push_back(std::move(view));
    }
}

void append_table(const Block& block, ViewBlock& view) {
    for (const auto& row : block.rows) {
        QStringList cells;
        QStringList words;
        for (const auto& cell : row) {
            cells << QString::fromStdString(cell);
            words << plain_text(cells.back()).simplified();
        }
        view.rows << cells;
        view.plain += words.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    for (const auto column : block.columns)
        view.alignments << to_qt(column);
}

/// Says of each block how many quotations it shares with the one before.
void join_quotes(std::vector<ViewBlock>& blocks) {
    for (std::size_t i = 1; i < blocks.size(); ++i)
        blocks[i].joined = std::min(blocks[i - 1].quote, blocks[i].quote);
}

} // namespace

void append_view_blocks(const Block& block, std::vector<ViewBlock>& out) {
    if (block.kind == BlockKind::list) {
        append_items(block, out);
        return;
    }
    ViewBlock view;
    view.indent = block.indent;
    view.quote = block.quote_depth;
    switch (block.kind) {
    case BlockKind::paragraph:
    case BlockKind::quote:
        view.type = ViewBlock::Type::text;
        view.html = paragraph(block.html);
        view.plain = plain_text(view.html);
        break;
    case BlockKind::heading:
        view.type = ViewBlock::Type::heading;
        view.html = paragraph(block.html);
        view.plain = plain_text(view.html);
        view.level = block.level;
        break;
    case BlockKind::code:
        view.type = ViewBlock::Type::code;
        view.plain = QString::fromStdString(block.text);
        view.language = QString::fromStdString(block.language);
        break;
    case BlockKind::table:
        view.type = ViewBlock::Type::table;
        append_table(block, view);
        break;
    case BlockKind::math:
        view.type = ViewBlock::Type::math;
        view.plain = QString::fromStdString(block.text).trimmed();
        break;
    case BlockKind::rule:
        view.type = ViewBlock::Type::rule;
        break;
    case BlockKind::list:
        break;
    }
    out.push_back(std::move(view));
}

QString csv_of(const QList<QStringList>& rows) {
    QString csv;
    for (const QStringList& row : rows) {
        QStringList cells;
        for (const QString& cell : row) {
            QString words = plain_text(cell).trimmed();
            if (words.contains(QLatin1Char('"')) || words.contains(QLatin1Char(',')) ||
                words.contains(QLatin1Char('\n')) || words.contains(QLatin1Char('\r')))
                words = QLatin1Char('"') + words.replace(QLatin1Char('"'), QLatin1String("\"\"")) +
                        QLatin1Char('"');
            cells << words;
        }
        csv += cells.join(QLatin1Char(',')) + QStringLiteral("\r\n");
    }
    return csv;
}

QString plain_text_of(const std::vector<ViewBlock>& blocks) {
    QString text;
    for (const auto& block : blocks) {
        if (block.type == ViewBlock::Type::reasoning) continue;
        if (!text.isEmpty()) text += block.is_tight ? QStringLiteral("\n") : QStringLiteral("\n\n");
        text += QString(static_cast<qsizetype>(std::max(block.indent - 1, 0)) * 2, QLatin1Char(' '));
        if (!block.marker.isEmpty()) text += block.marker + QLatin1Char(' ');
        if (block.type == ViewBlock::Type::rule)
            text += QStringLiteral("———");
        else if (block.type == ViewBlock::Type::math)
            text += formula_in_words(block.plain);
        else
            text += block.type == ViewBlock::Type::table ? block.plain.trimmed() : block.plain;
    }
    return text;
}

std::vector<ViewBlock> AnswerBlocks::of(const storage::Message& message) {
    const bool streams = message.status == storage::Status::streaming;
    std::vector<ViewBlock> blocks;
    if (!message.reasoning.empty()) {
        ViewBlock reasoning;
        reasoning.type = ViewBlock::Type::reasoning;
        reasoning.plain = to_qstring(message.reasoning).trimmed();
        reasoning.duration_ms = message.reasoning_ms;
        reasoning.tokens = message.reasoning_tokens;
        reasoning.is_open = streams && message.content.empty();
        blocks.push_back(std::move(reasoning));
    }
    if (!streams) {
        stream_.reset();
        settled_.clear();
        settled_count_ = 0;
        for (const auto& block : parse_markdown(message.content))
            append_view_blocks(block, blocks);
        join_quotes(blocks);
        return blocks;
    }
    read(message);
    blocks.insert(blocks.end(), settled_.begin(), settled_.end());
    const auto& parsed = stream_->blocks();
    for (std::size_t i = settled_count_; i < parsed.size(); ++i)
        append_view_blocks(parsed[i], blocks);
    join_quotes(blocks);
    return blocks;
}

/// Gives the parser what is new. A text that is not a continuation starts it again.
void AnswerBlocks::read(const storage::Message& message) {
    const std::string_view text = message.content;
    if (stream_ && !text.starts_with(stream_->source())) {
        stream_.reset();
        settled_.clear();
        settled_count_ = 0;
    }
    if (!stream_) stream_ = std::make_unique<StreamingMarkdown>();
    stream_->append(text.substr(stream_->source().size()));
    for (; settled_count_ < stream_->stable_count(); ++settled_count_)
        append_view_blocks(stream_->blocks()[settled_count_], settled_);
}

} // namespace spoutnik::app
