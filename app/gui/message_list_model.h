// SPDX-License-Identifier: MIT
// The branch of the conversation that is shown: one row a message, root first.
#pragma once

#include "app/gui/answer_blocks.h"
#include "app/gui/block_list_model.h"
#include "storage/conversations.h"

#include <QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <memory>
#include <vector>

namespace spoutnik::app {

class MessageListModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to the chat")
    Q_PROPERTY(int count READ count NOTIFY countChanged)

  public:
    enum RoleName {
        IdRole = Qt::UserRole + 1,
        FromUserRole,
        StatusRole, ///< "streaming", "done", "interrupted", "error"
        TextRole,   ///< what was typed, or the answer's Markdown
        BlocksRole,
        TimeRole,
        SpeedRole, ///< tokens/s of decode, 0 when not known
        TokensRole,
        SiblingRole,
        SiblingsRole,
        ErrorRole,
        ModelRole,
    };

    explicit MessageListModel(QObject* parent = nullptr);
    ~MessageListModel() override;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    int count() const { return static_cast<int>(entries_.size()); }

    /// Shows this branch; messages already there keep their rows.
    void set_branch(std::vector<storage::Message> branch);
    /// A newer state of one message; ignored when it is not shown.
    void update(const storage::Message& message);
    const storage::Message* find(storage::MessageId id) const;
    /// Row of a message, -1 when it is not shown.
    Q_INVOKABLE int rowOf(qint64 id) const;
    /// The message of a row, 0 where there is none.
    Q_INVOKABLE qint64 idAt(int row) const { return row < 0 || row >= count() ? 0 : at(row).id; }
    const storage::Message& at(int row) const { return entries_[static_cast<std::size_t>(row)].message; }
    BlockListModel& blocks_at(int row) const;

  signals:
    void countChanged();

  private:
    /// Delegates let go of a model only when they are gone themselves, an event later.
    struct DeleteLater {
        void operator()(BlockListModel* model) const { model->deleteLater(); }
    };
    struct Entry {
        storage::Message message;
        mutable std::unique_ptr<BlockListModel, DeleteLater> blocks; ///< none before it is first asked for
        mutable AnswerBlocks answer;                                 ///< of the model's messages
    };
    static void show(const Entry& entry);
    void update_row(int row, const storage::Message& message);

    std::vector<Entry> entries_;
};

} // namespace spoutnik::app
