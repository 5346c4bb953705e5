// SPDX-License-Identifier: MIT
#include "app/gui/conversation_list_model.h"

#include "app/gui/store_thread.h"
#include "storage/folders.h"
#include "storage/tags.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>
#include <utility>

namespace spoutnik::app {

namespace {

constexpr int typing_pause_ms = 120;
constexpr int minute_ms = 60'000;
constexpr std::size_t most_hits = 100;

QString heading_of(const storage::DateGroup& group) {
    switch (group.kind) {
    case storage::DateGroup::Kind::pinned:
        return QStringLiteral("pinned");
    case storage::DateGroup::Kind::today:
        return QStringLiteral("today");
    case storage::DateGroup::Kind::yesterday:
        return QStringLiteral("yesterday");
    case storage::DateGroup::Kind::this_week:
        return QStringLiteral("week");
    case storage::DateGroup::Kind::month:
        return QStringLiteral("%1-%2").arg(group.year).arg(group.month, 2, 10, QLatin1Char('0'));
    }
    return {};
}

/// What a place of the sidebar asks of the store.
storage::ListFilter filter_of(const QString& place) {
    storage::ListFilter filter;
    if (place == QLatin1String("archive")) {
        filter.archived = storage::ListFilter::Archived::only;
    } else if (place.startsWith(QLatin1String("folder/"))) {
        filter.folder = place.mid(7).toLongLong();
    } else if (place.startsWith(QLatin1String("tag/"))) {
        filter.tags = {place.mid(4).toStdString()};
    }
    return filter;
}

bool looks_same(const storage::ConversationSummary& a, const storage::ConversationSummary& b) {
    return a.conversation.title == b.conversation.title && a.last_line == b.last_line &&
           a.is_streaming == b.is_streaming && a.group == b.group && a.tags == b.tags &&
           a.conversation.folder == b.conversation.folder &&
           a.conversation.is_archived == b.conversation.is_archived;
}

} // namespace

QString plain_line(const std::string& markdown) {
    static const QRegularExpression marks(
        QStringLiteral("^(#{1,6}|>|[-*+]|\\d+[.)])\\s+|\\*\\*|__|`+|\\${1,2}|(?<!\\w)[*_]|[*_](?!\\w)"));
    return QString::fromStdString(markdown).remove(marks);
}

// --- search ------------------------------------------------------------------------------------------------

namespace {

/// Where a snippet has to begin for its first hit to be in sight in a narrow row: at a word, a little before
/// it.
std::size_t first_shown(const storage::SearchHit& hit) {
    constexpr std::size_t most_before = 24; // bytes
    if (hit.hits.empty() || hit.hits.front().begin <= most_before) return 0;
    const auto begin = hit.hits.front().begin;
    const auto space = hit.snippet.find(' ', begin - most_before);
    return space < begin ? space + 1 : begin;
}

} // namespace

QString snippet_html(const storage::SearchHit& hit) {
    const auto part = [&](std::size_t begin, std::size_t end) {
        QString text = QString::fromUtf8(hit.snippet.data() + begin, static_cast<qsizetype>(end - begin));
        for (const auto* mark : {"**", "__", "`"})
            text.remove(QLatin1String(mark));
        return text.toHtmlEscaped();
    };
    std::size_t at = first_shown(hit);
    QString html = at > 0 ? QStringLiteral("… ") : QString();
    for (const auto& range : hit.hits) {
        html += part(at, range.begin) + QLatin1String("<b>") + part(range.begin, range.end) +
                QLatin1String("</b>");
        at = range.end;
    }
    return html + part(at, hit.snippet.size());
}

SearchListModel::SearchListModel(StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), store_(store) {
    typing_.setSingleShot(true);
    typing_.setInterval(typing_pause_ms);
    connect(&typing_, &QTimer::timeout, this, &SearchListModel::search);
}

int SearchListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant SearchListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const auto& hit = hits_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case ConversationRole:
        return static_cast<qint64>(hit.conversation);
    case MessageRole:
        return static_cast<qint64>(hit.message.value_or(0));
    case Qt::DisplayRole:
    case TitleRole:
        return QString::fromStdString(hit.conversation_title);
    case SnippetRole:
        return snippet_html(hit);
    default:
        return {};
    }
}

QHash<int, QByteArray> SearchListModel::roleNames() const {
    return {{ConversationRole, "conversationId"},
            {MessageRole, "messageId"},
            {TitleRole, "title"},
            {SnippetRole, "snippet"}};
}

void SearchListModel::setQuery(const QString& query) {
    if (query_ == query) return;
    query_ = query;
    is_searching_ = !query_.trimmed().isEmpty();
    emit queryChanged();
    typing_.start();
}

void SearchListModel::search() {
    if (query_.trimmed().isEmpty()) {
        beginResetModel();
        hits_.clear();
        endResetModel();
        is_searching_ = false;
        emit countChanged();
        return;
    }
    store_.run(
        this,
        [text = query_.toStdString()](Store& store) {
            auto hits = storage::search(store.database, text, most_hits);
            // A title made of the first message is found twice: once is enough, and the message is what leads
            // to its place, on whatever branch.
            std::set<std::pair<storage::ConversationId, std::string>> seen;
            const auto is_known = [&](const auto& hit) {
                return !seen.emplace(hit.conversation, hit.snippet).second;
            };
            std::erase_if(hits, [&](const auto& hit) { return hit.message && is_known(hit); });
            std::erase_if(hits, [&](const auto& hit) { return !hit.message && is_known(hit); });
            return hits;
        },
        [this, asked = query_](std::vector<storage::SearchHit> hits) {
            if (asked != query_) return; // a newer question is on its way
            beginResetModel();
            hits_ = std::move(hits);
            endResetModel();
            is_searching_ = false;
            emit countChanged();
        });
}

// --- conversations -----------------------------------------------------------------------------------------

ConversationListModel::ConversationListModel(StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), store_(store), search_(store, this) {
    midnight_.setInterval(minute_ms);
    connect(&midnight_, &QTimer::timeout, this, [this, day = QDate::currentDate()]() mutable {
        if (day != QDate::currentDate()) {
            day = QDate::currentDate();
            refresh();
        }
    });
    midnight_.start();
}

ConversationListModel::~ConversationListModel() = default;

int ConversationListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant ConversationListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const auto& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case IdRole:
        return static_cast<qint64>(row.conversation.id);
    case Qt::DisplayRole:
    case TitleRole:
        return QString::fromStdString(row.conversation.title);
    case LastLineRole:
        return plain_line(row.last_line);
    case GroupRole:
        return heading_of(row.group);
    case PinnedRole:
        return row.conversation.is_pinned;
    case StreamingRole:
        return row.is_streaming;
    case ArchivedRole:
        return row.conversation.is_archived;
    case FolderRole:
        return static_cast<qint64>(row.conversation.folder.value_or(0));
    case TagsRole: {
        QStringList names;
        for (const auto& tag : row.tags)
            names << QString::fromStdString(tag);
        return names;
    }
    case SelectedRole:
        return selected_.contains(row.conversation.id);
    default:
        return {};
    }
}

QHash<int, QByteArray> ConversationListModel::roleNames() const {
    return {{IdRole, "conversationId"}, {TitleRole, "title"},   {LastLineRole, "lastLine"},
            {GroupRole, "group"},       {PinnedRole, "pinned"}, {StreamingRole, "streaming"},
            {ArchivedRole, "archived"}, {FolderRole, "folder"}, {TagsRole, "tags"},
            {SelectedRole, "selected"}};
}

void ConversationListModel::refresh() {
    change([](Store&) {});
    if (!search_.query().isEmpty()) search_.search();
}

/// Runs change(Store&), then reads what is shown again.
template <class Change>
void ConversationListModel::change(Change change) {
    store_.run(
        this,
        [change = std::move(change), filter = filter_of(place_)](Store& store) {
            change(store);
            State state{store.conversations.list(filter), {}, {}};
            for (const auto& folder : storage::Folders(store.database).list())
                state.folders << QVariantMap{
                    {QStringLiteral("id"), static_cast<qint64>(folder.id)},
                    {QStringLiteral("name"), QString::fromStdString(folder.name)},
                    {QStringLiteral("count"), static_cast<int>(folder.conversations)}};
            for (const auto& tag : storage::Tags(store.database).list())
                state.tags << QVariantMap{{QStringLiteral("name"), QString::fromStdString(tag.name)},
                                          {QStringLiteral("count"), static_cast<int>(tag.conversations)}};
            return state;
        },
        [this, asked = place_](State state) {
            if (folders_ != state.folders || tags_ != state.tags) {
                folders_ = state.folders;
                tags_ = state.tags;
                emit arrangementChanged();
            }
            if (asked == place_) show(std::move(state.rows));
        });
}

void ConversationListModel::setPlace(const QString& place) {
    if (place_ == place) return;
    place_ = place;
    clearSelection();
    emit placeChanged();
    emit arrangementChanged();
    refresh();
}

QString ConversationListModel::placeName() const {
    if (place_.startsWith(QLatin1String("tag/"))) return place_.mid(4);
    for (const auto& folder : folders_)
        if (place_ ==
            QStringLiteral("folder/%1").arg(folder.toMap().value(QStringLiteral("id")).toLongLong()))
            return folder.toMap().value(QStringLiteral("name")).toString();
    return {};
}

/// The selection where the conversation is part of it, else the conversation alone.
std::vector<storage::ConversationId> ConversationListModel::meant(qint64 conversation) const {
    if (selected_.contains(conversation)) return {selected_.begin(), selected_.end()};
    return {conversation};
}

void ConversationListModel::setArchived(qint64 conversation, bool archived) {
    change([ids = meant(conversation), archived](Store& store) {
        store.conversations.set_archived(ids, archived);
    });
    clearSelection();
}

void ConversationListModel::setFolder(qint64 conversation, qint64 folder) {
    change([ids = meant(conversation), folder](Store& store) {
        store.conversations.set_folder(ids, folder == 0 ? std::nullopt : std::optional(folder));
    });
}

void ConversationListModel::moveToNewFolder(qint64 conversation, const QString& name) {
    if (name.simplified().isEmpty()) return;
    change([ids = meant(conversation), name = name.simplified().toStdString()](Store& store) {
        const auto folder = storage::Folders(store.database).create(name);
        store.conversations.set_folder(ids, folder);
    });
}

void ConversationListModel::setTag(qint64 conversation, const QString& name, bool has) {
    if (name.simplified().isEmpty()) return;
    change([ids = meant(conversation), name = name.simplified().toStdString(), has](Store& store) {
        storage::Tags tags(store.database);
        if (has)
            tags.add(ids, name);
        else
            tags.remove(ids, name);
    });
}

void ConversationListModel::renameFolder(qint64 folder, const QString& name) {
    if (name.simplified().isEmpty()) return;
    change([folder, name = name.simplified().toStdString()](Store& store) {
        storage::Folders(store.database).rename(folder, name);
    });
}

void ConversationListModel::removeFolder(qint64 folder) {
    if (place_ == QStringLiteral("folder/%1").arg(folder)) setPlace({});
    change([folder](Store& store) { storage::Folders(store.database).remove(folder); });
}

// --- selection

void ConversationListModel::select(const std::set<storage::ConversationId>& ids) {
    if (selected_ == ids) return;
    selected_ = ids;
    if (count() > 0) emit dataChanged(index(0), index(count() - 1), {SelectedRole});
    emit selectionChanged();
}

void ConversationListModel::toggleSelected(int row) {
    const auto id = idAt(row);
    if (id == 0) return;
    anchor_ = row;
    auto ids = selected_;
    if (ids.erase(id) == 0) ids.insert(id);
    select(ids);
}

void ConversationListModel::selectTo(int row) {
    auto ids = selected_;
    for (int i = std::min(anchor_, row); i <= std::max(anchor_, row); ++i)
        if (idAt(i) != 0) ids.insert(idAt(i));
    select(ids);
}

void ConversationListModel::selectAll() {
    std::set<storage::ConversationId> ids;
    for (const auto& row : rows_)
        ids.insert(row.conversation.id);
    select(ids);
}

void ConversationListModel::clearSelection() {
    select({});
}

qint64 ConversationListModel::firstSelected() const {
    return selected_.empty() ? 0 : *selected_.begin();
}

QVariantList ConversationListModel::selectedIds() const {
    QVariantList ids;
    for (const auto id : selected_)
        ids << static_cast<qint64>(id);
    return ids;
}

/// Rows that stay are moved and changed in place, the others come and go in runs: ten thousand at once must
/// not be ten thousand changes.
void ConversationListModel::show(std::vector<storage::ConversationSummary> rows) {
    std::unordered_set<storage::ConversationId> wanted;
    for (const auto& row : rows)
        wanted.insert(row.conversation.id);
    std::unordered_set<storage::ConversationId> known;
    for (const auto& row : rows_)
        known.insert(row.conversation.id);

    const auto is_gone = [&](int row) {
        return !wanted.contains(rows_[static_cast<std::size_t>(row)].conversation.id);
    };
    for (int last = count() - 1; last >= 0; --last) {
        if (!is_gone(last)) continue;
        int first = last;
        while (first > 0 && is_gone(first - 1))
            --first;
        beginRemoveRows({}, first, last);
        rows_.erase(rows_.begin() + first, rows_.begin() + last + 1);
        endRemoveRows();
        last = first;
    }
    const int end = static_cast<int>(rows.size());
    for (int i = 0; i < end; ++i) {
        auto& newer = rows[static_cast<std::size_t>(i)];
        if (!known.contains(newer.conversation.id)) {
            int behind = i + 1;
            while (behind < end && !known.contains(rows[static_cast<std::size_t>(behind)].conversation.id))
                ++behind;
            beginInsertRows({}, i, behind - 1);
            rows_.insert(rows_.begin() + i, std::make_move_iterator(rows.begin() + i),
                         std::make_move_iterator(rows.begin() + behind));
            endInsertRows();
            i = behind - 1;
            continue;
        }
        if (idAt(i) != newer.conversation.id) { // further down: the rows before i are already in place
            const int from = rowOf(newer.conversation.id, i);
            beginMoveRows({}, from, from, {}, i);
            std::rotate(rows_.begin() + i, rows_.begin() + from, rows_.begin() + from + 1);
            endMoveRows();
        }
        auto& row = rows_[static_cast<std::size_t>(i)];
        const bool same = looks_same(row, newer);
        row = std::move(newer);
        if (!same) emit dataChanged(index(i), index(i));
    }
    emit countChanged();
    auto still = selected_;
    std::erase_if(still, [&](auto id) { return !wanted.contains(id); });
    select(still);
}

void ConversationListModel::rename(qint64 conversation, const QString& title) {
    const QString clean = title.simplified();
    store_.run(
        this,
        [conversation, text = clean.toStdString()](Store& store) {
            store.conversations.rename(conversation, text);
        },
        [this, conversation, clean] {
            emit renamed(conversation, clean);
            refresh();
        });
}

void ConversationListModel::setPinned(qint64 conversation, bool pinned) {
    change(
        [ids = meant(conversation), pinned](Store& store) { store.conversations.set_pinned(ids, pinned); });
}

void ConversationListModel::remove(qint64 conversation) {
    forgetUndo();
    const auto ids = meant(conversation);
    const int row = rowOf(conversation);
    const QString title = row < 0 ? QString() : data(index(row), TitleRole).toString();
    clearSelection();
    store_.run(
        this, [ids](Store& store) { store.conversations.remove(ids); },
        [this, ids, title] {
            removed_ = ids;
            removed_title_ = title;
            emit undoChanged();
            for (const auto id : ids)
                emit removed(id);
            refresh();
        });
}

void ConversationListModel::undo() {
    if (removed_.empty()) return;
    const auto ids = std::exchange(removed_, {});
    emit undoChanged();
    store_.run(
        this, [ids](Store& store) { store.conversations.restore(ids); },
        [this, ids] {
            refresh();
            emit restored(ids.front());
        });
}

void ConversationListModel::forgetUndo() {
    if (removed_.empty()) return;
    store_.run([ids = std::exchange(removed_, {})](Store& store) {
        for (const auto id : ids)
            store.conversations.purge(id);
    });
    emit undoChanged();
}

qint64 ConversationListModel::idAt(int row) const {
    return row < 0 || row >= count() ? 0 : rows_[static_cast<std::size_t>(row)].conversation.id;
}

int ConversationListModel::rowOf(qint64 conversation, int from) const {
    for (int row = from; row < count(); ++row)
        if (idAt(row) == conversation) return row;
    return -1;
}

} // namespace spoutnik::app
