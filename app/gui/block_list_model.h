// SPDX-License-Identifier: MIT
// The blocks of one message. While an answer streams only its last blocks change; the rows before them are
// never touched, so what has been drawn and selected stays.
#pragma once

#include "app/gui/view_block.h"

#include <QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <vector>

namespace spoutnik::app {

class BlockListModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Blocks belong to a message")

  public:
    enum RoleName {
        TypeRole = Qt::UserRole + 1,
        HtmlRole,
        PlainRole,
        LanguageRole,
        LevelRole,
        IndentRole,
        QuoteRole,
        JoinedRole,
        MarkerRole,
        TightRole,
        RowsRole,
        AlignmentsRole,
        DurationRole,
        TokensRole,
        OpenRole,
    };

    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// Replaces the blocks, telling views only of those that differ.
    void set_blocks(std::vector<ViewBlock> blocks);
    const std::vector<ViewBlock>& blocks() const { return blocks_; }

  private:
    std::vector<ViewBlock> blocks_;
};

} // namespace spoutnik::app
