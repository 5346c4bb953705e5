// SPDX-License-Identifier: MIT
#include "app/gui/block_list_model.h"

#include <algorithm>

namespace spoutnik::app {

QString name_of(ViewBlock::Type type) {
    switch (type) {
    case ViewBlock::Type::reasoning:
        return QStringLiteral("reasoning");
    case ViewBlock::Type::text:
        return QStringLiteral("text");
    case ViewBlock::Type::heading:
        return QStringLiteral("heading");
    case ViewBlock::Type::code:
        return QStringLiteral("code");
    case ViewBlock::Type::table:
        return QStringLiteral("table");
    case ViewBlock::Type::math:
        return QStringLiteral("math");
    case ViewBlock::Type::rule:
        return QStringLiteral("rule");
    }
    return {};
}

int BlockListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(blocks_.size());
}

QVariant BlockListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const ViewBlock& block = blocks_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case TypeRole:
        return name_of(block.type);
    case HtmlRole:
        return block.html;
    case Qt::DisplayRole:
    case PlainRole:
        return block.plain;
    case LanguageRole:
        return block.language;
    case LevelRole:
        return block.level;
    case IndentRole:
        return block.indent;
    case QuoteRole:
        return block.quote;
    case JoinedRole:
        return block.joined;
    case MarkerRole:
        return block.marker;
    case TightRole:
        return block.is_tight;
    case RowsRole:
        return QVariant::fromValue(block.rows);
    case AlignmentsRole:
        return QVariant::fromValue(block.alignments);
    case DurationRole:
        return block.duration_ms;
    case TokensRole:
        return block.tokens;
    case OpenRole:
        return block.is_open;
    default:
        return {};
    }
}

QHash<int, QByteArray> BlockListModel::roleNames() const {
    return {{TypeRole, "type"},         {HtmlRole, "html"},     {PlainRole, "plain"},
            {LanguageRole, "language"}, {LevelRole, "level"},   {IndentRole, "indent"},
            {QuoteRole, "quote"},       {JoinedRole, "joined"}, {MarkerRole, "marker"},
            {TightRole, "tight"},       {RowsRole, "rows"},     {AlignmentsRole, "alignments"},
            {DurationRole, "duration"}, {TokensRole, "tokens"}, {OpenRole, "open"}};
}

void BlockListModel::set_blocks(std::vector<ViewBlock> blocks) {
    const auto shared = std::min(blocks_.size(), blocks.size());
    // A row keeps its delegate as long as its type stays; from the first other type on, rows are replaced.
    std::size_t kept = 0;
    while (kept < shared && blocks_[kept].type == blocks[kept].type)
        ++kept;
    for (std::size_t i = 0; i < kept; ++i) {
        if (blocks_[i] == blocks[i]) continue;
        blocks_[i] = std::move(blocks[i]);
        const QModelIndex changed = index(static_cast<int>(i));
        emit dataChanged(changed, changed);
    }
    if (kept < blocks_.size()) {
        beginRemoveRows({}, static_cast<int>(kept), static_cast<int>(blocks_.size()) - 1);
        blocks_.resize(kept);
        endRemoveRows();
    }
    if (kept < blocks.size()) {
        beginInsertRows({}, static_cast<int>(kept), static_cast<int>(blocks.size()) - 1);
        std::move(blocks.begin() + static_cast<std::ptrdiff_t>(kept), blocks.end(),
                  std::back_inserter(blocks_));
        endInsertRows();
    }
}

} // namespace spoutnik::app
