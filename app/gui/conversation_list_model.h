// SPDX-License-Identifier: MIT
// The sidebar: every conversation under its heading, and what a search finds in them.
#pragma once

#include "storage/conversations.h"
#include "storage/search.h"

#include <QAbstractListModel>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

#include <set>
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

/// A line without the marks of Markdown: what the eye would read.
QString plain_line(const std::string& markdown);

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
    Q_PROPERTY(int removedCount READ removedCount NOTIFY undoChanged)
    /// What the list shows: "" all that is not archived, "archive", "folder/3", "tag/recipes".
    Q_PROPERTY(QString place READ place WRITE setPlace NOTIFY placeChanged)
    Q_PROPERTY(QString placeName READ placeName NOTIFY arrangementChanged) // of a folder or tag
    /// Maps with "id" (folders), "name" and "count".
    Q_PROPERTY(QVariantList folders READ folders NOTIFY arrangementChanged)
    Q_PROPERTY(QVariantList tags READ tags NOTIFY arrangementChanged)
    Q_PROPERTY(int selectedCount READ selectedCount NOTIFY selectionChanged)

  public:
    enum RoleName {
        IdRole = Qt::UserRole + 1,
        TitleRole,
        LastLineRole,
        GroupRole, ///< "pinned", "today", "yesterday", "week" or "2026-03"
        PinnedRole,
        StreamingRole,
        ArchivedRole,
        FolderRole, ///< its id, 0 for none
        TagsRole,   ///< by name
        SelectedRole,
    };

    explicit ConversationListModel(StoreThread& store, QObject* parent = nullptr);
    ~ConversationListModel() override;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    int count() const { return static_cast<int>(rows_.size()); }
    SearchListModel* search() { return &search_; }
    bool canUndo() const { return !removed_.empty(); }
    int removedCount() const { return static_cast<int>(removed_.size()); }
    QString place() const { return place_; }
    void setPlace(const QString& place);
    QString placeName() const;
    QVariantList folders() const { return folders_; }
    QVariantList tags() const { return tags_; }
    int selectedCount() const { return static_cast<int>(selected_.size()); }
    QString removedTitle() const { return removed_title_; }

    /// Reads the list again; rows that stay are moved and changed in place.
    void refresh();
    Q_INVOKABLE void rename(qint64 conversation, const QString& title);
    /// These act on every selected conversation when `conversation` is one of them.
    Q_INVOKABLE void setPinned(qint64 conversation, bool pinned);
    Q_INVOKABLE void setArchived(qint64 conversation, bool archived);
    Q_INVOKABLE void setFolder(qint64 conversation, qint64 folder); ///< 0: out of its folder
    Q_INVOKABLE void moveToNewFolder(qint64 conversation, const QString& name);
    Q_INVOKABLE void setTag(qint64 conversation, const QString& name, bool has);
    Q_INVOKABLE void renameFolder(qint64 folder, const QString& name);
    /// Its conversations stay.
    Q_INVOKABLE void removeFolder(qint64 folder);
    Q_INVOKABLE void toggleSelected(int row);
    /// From the last one toggled to this one.
    Q_INVOKABLE void selectTo(int row);
    Q_INVOKABLE void selectAll();
    Q_INVOKABLE void clearSelection();
    Q_INVOKABLE qint64 firstSelected() const;
    Q_INVOKABLE QVariantList selectedIds() const;
    /// Takes a conversation away, for good once the time to undo is over.
    Q_INVOKABLE void remove(qint64 conversation);
    Q_INVOKABLE void undo();
    Q_INVOKABLE void forgetUndo();
    Q_INVOKABLE qint64 idAt(int row) const;
    /// The first row from `from` on that is this conversation, else -1.
    Q_INVOKABLE int rowOf(qint64 conversation, int from = 0) const;

  signals:
    void countChanged();
    void undoChanged();
    void placeChanged();
    void arrangementChanged(); ///< folders or tags
    void selectionChanged();
    void renamed(qint64 conversation, const QString& title);
    void removed(qint64 conversation);
    void restored(qint64 conversation);

  private:
    /// What a change of the store brings back to show.
    struct State {
        std::vector<storage::ConversationSummary> rows;
        QVariantList folders, tags;
    };
    void show(std::vector<storage::ConversationSummary> rows);
    std::vector<storage::ConversationId> meant(qint64 conversation) const;
    template <class Change>
    void change(Change change);
    void select(const std::set<storage::ConversationId>& ids);

    StoreThread& store_;
    SearchListModel search_;
    std::vector<storage::ConversationSummary> rows_;
    QString place_;
    QVariantList folders_;
    QVariantList tags_;
    std::set<storage::ConversationId> selected_;
    int anchor_ = 0; ///< row of the last one toggled
    std::vector<storage::ConversationId> removed_;
    QString removed_title_;
    QTimer midnight_; ///< headings change with the day
};

} // namespace spoutnik::app
