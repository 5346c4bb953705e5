// SPDX-License-Identifier: MIT
// Every message of the shown conversation, branches and all, as rows of an outline: a message, then what came
// below it. Rows stand further in only after a fork, so that a long talk without versions is one straight
// column.
#pragma once

#include "storage/conversations.h"

#include <QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <vector>

namespace spoutnik::app {

class StoreThread;

/// A message's place in the outline.
struct TreeRow {
    storage::MessageId message = 0;
    int depth = 0; ///< forks above it
    bool is_from_user = false;
    bool is_shown = false;   ///< on the branch that is read now
    bool is_version = false; ///< has siblings
    QString line;            ///< its beginning
    qint64 time_ms = 0;

    bool operator==(const TreeRow&) const = default;
};

/// The outline of a tree: `all` in any order that has parents before children, `branch` is what is shown.
std::vector<TreeRow> outline_of(const std::vector<storage::Message>& all,
                                const std::vector<storage::Message>& branch);

class ConversationTreeModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to the chat")
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    Q_PROPERTY(
        int forks READ forks NOTIFY countChanged) // messages with several answers or versions below them

  public:
    enum RoleName {
        IdRole = Qt::UserRole + 1,
        DepthRole,
        FromUserRole,
        ShownRole,
        VersionRole,
        LineRole,
        TimeRole
    };

    explicit ConversationTreeModel(StoreThread& store, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    int count() const { return static_cast<int>(rows_.size()); }
    int forks() const { return forks_; }

    /// Reads the tree of a conversation; 0 empties the model.
    Q_INVOKABLE void load(qint64 conversation);
    /// The last row that is on the shown branch, -1 where there is none.
    Q_INVOKABLE int lastShown() const;
    Q_INVOKABLE qint64 idAt(int row) const;

  signals:
    void countChanged();

  private:
    void show(std::vector<TreeRow> rows);

    StoreThread& store_;
    std::vector<TreeRow> rows_;
    int forks_ = 0;
    std::uint64_t asked_ = 0; ///< a late answer to an earlier load() is dropped
};

} // namespace spoutnik::app
