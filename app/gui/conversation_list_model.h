// SPDX-License-Identifier: MIT
// The sidebar: every conversation under its heading, and what a search finds in them.
#pragma once

#include "storage/conversations.h"
#include "storage/search.h"

#include <QAbstractListModel>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

#include <vector>

namespace spoutnik::app {

class StoreThread;

/// What a search found, the best first, one row a hit.
class SearchListModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to the conversation list")
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged)
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    Q_PROPERTY(bool searching READ searching NOTIFY countChanged)

  public:
    enum RoleName { ConversationRole = Qt::UserRole + 1, MessageRole, TitleRole, SnippetRole };

    explicit SearchListModel(StoreThread& store, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    QString query() const { return query_; }
    void setQuery(const QString& query);
    int count() const { return static_cast<int>(hits_.size()); }
    bool searching() const { return is_searching_; }
    void search(); ///< again, after the conversations changed

  signals:
    void queryChanged();
    void countChanged();

  private:
    StoreThread& store_;
    QString query_;
    QTimer typing_;
    bool is_searching_ = false;
    std::vector<storage::SearchHit> hits_;
};

/// A hit's line as rich text: escaped, the found words in bold.
QString snippet_html(const storage::SearchHit& hit);

class ConversationListModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    Q_PROPERTY(spoutnik::app::SearchListModel* search READ search CONSTANT)
    /// The conversation that remove() took away and undo() brings back; empty when there is nothing to undo.
    Q_PROPERTY(bool canUndo READ canUndo NOTIFY undoChanged)
    Q_PROPERTY(QString removedTitle READ removedTitle NOTIFY undoChanged)

  public:
    enum RoleName {
        IdRole = Qt::UserRole + 1,
        TitleRole,
        LastLineRole,
        GroupRole, ///< "pinned", "today", "yesterday", "week" or "2026-03"
        PinnedRole,
        StreamingRole,
    };

    explicit ConversationListModel(StoreThread& store, QObject* parent = nullptr);
    ~ConversationListModel() override;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    int count() const { return static_cast<int>(rows_.size()); }
    SearchListModel* search() { return &search_; }
    bool canUndo() const { return removed_ != 0; }
    QString removedTitle() const { return removed_title_; }

    /// Reads the list again; rows that stay are moved and changed in place.
    void refresh();
    Q_INVOKABLE void rename(qint64 conversation, const QString& title);
    Q_INVOKABLE void setPinned(qint64 conversation, bool pinned);
    /// Takes a conversation away, for good once the time to undo is over.
    Q_INVOKABLE void remove(qint64 conversation);
    Q_INVOKABLE void undo();
    Q_INVOKABLE void forgetUndo();
    Q_INVOKABLE qint64 idAt(int row) const;
    Q_INVOKABLE int rowOf(qint64 conversation) const;

  signals:
    void countChanged();
    void undoChanged();
    void renamed(qint64 conversation, const QString& title);
    void removed(qint64 conversation);
    void restored(qint64 conversation);

  private:
    void show(std::vector<storage::ConversationSummary> rows);

    StoreThread& store_;
    SearchListModel search_;
    std::vector<storage::ConversationSummary> rows_;
    storage::ConversationId removed_ = 0;
    QString removed_title_;
    QTimer midnight_; ///< headings change with the day
};

} // namespace spoutnik::app
