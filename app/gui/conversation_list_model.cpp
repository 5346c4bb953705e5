// SPDX-License-Identifier: MIT
#include "app/gui/conversation_list_model.h"

#include "app/gui/store_thread.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <set>
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

/// The line without the marks of Markdown: what the eye would read.
QString plain_line(const std::string& markdown) {
    static const QRegularExpression marks(
        QStringLiteral("^(#{1,6}|>|[-*+]|\\d+[.)])\\s+|\\*\\*|__|`+|\\${1,2}|(?<!\\w)[*_]|[*_](?!\\w)"));
    return QString::fromStdString(markdown).remove(marks);
}

bool looks_same(const storage::ConversationSummary& a, const storage::ConversationSummary& b) {
    return a.conversation.title == b.conversation.title && a.last_line == b.last_line &&
           a.is_streaming == b.is_streaming && a.group == b.group;
}

} // namespace

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
            // A title made of the first message is found twice: once is enough.
            std::set<std::pair<storage::ConversationId, std::string>> seen;
            std::erase_if(
                hits, [&](const auto& hit) { return !seen.emplace(hit.conversation, hit.snippet).second; });
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
    default:
        return {};
    }
}

QHash<int, QByteArray> ConversationListModel::roleNames() const {
    return {{IdRole, "conversationId"}, {TitleRole, "title"},   {LastLineRole, "lastLine"},
            {GroupRole, "group"},       {PinnedRole, "pinned"}, {StreamingRole, "streaming"}};
}

void ConversationListModel::refresh() {
    store_.run(
        this, [](Store& store) { return store.conversations.list(); },
        [this](std::vector<storage::ConversationSummary> rows) { show(std::move(rows)); });
    if (!search_.query().isEmpty()) search_.search();
}

void ConversationListModel::show(std::vector<storage::ConversationSummary> rows) {
    const auto is_wanted = [&](storage::ConversationId id) {
        return std::any_of(rows.begin(), rows.end(),
                           [id](const auto& row) { return row.conversation.id == id; });
    };
    for (int i = count() - 1; i >= 0; --i) {
        if (is_wanted(rows_[static_cast<std::size_t>(i)].conversation.id)) continue;
        beginRemoveRows({}, i, i);
        rows_.erase(rows_.begin() + i);
        endRemoveRows();
    }
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
        auto& wanted = rows[static_cast<std::size_t>(i)];
        const int from = rowOf(wanted.conversation.id);
        if (from < 0) {
            beginInsertRows({}, i, i);
            rows_.insert(rows_.begin() + i, std::move(wanted));
            endInsertRows();
            continue;
        }
        if (from != i) { // always from further down: the rows before i are already in place
            beginMoveRows({}, from, from, {}, i);
            std::rotate(rows_.begin() + i, rows_.begin() + from, rows_.begin() + from + 1);
            endMoveRows();
        }
        auto& row = rows_[static_cast<std::size_t>(i)];
        const bool same = looks_same(row, wanted);
        row = std::move(wanted);
        if (!same) emit dataChanged(index(i), index(i));
    }
    emit countChanged();
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
    store_.run(
        this, [conversation, pinned](Store& store) { store.conversations.set_pinned(conversation, pinned); },
        [this] { refresh(); });
}

void ConversationListModel::remove(qint64 conversation) {
    forgetUndo();
    const int row = rowOf(conversation);
    const QString title = row < 0 ? QString() : data(index(row), TitleRole).toString();
    store_.run(
        this, [conversation](Store& store) { store.conversations.remove(conversation); },
        [this, conversation, title] {
            removed_ = conversation;
            removed_title_ = title;
            emit undoChanged();
            emit removed(conversation);
            refresh();
        });
}

void ConversationListModel::undo() {
    if (removed_ == 0) return;
    const auto id = removed_;
    removed_ = 0;
    emit undoChanged();
    store_.run(
        this, [id](Store& store) { store.conversations.restore(id); },
        [this, id] {
            refresh();
            emit restored(id);
        });
}

void ConversationListModel::forgetUndo() {
    if (removed_ == 0) return;
    store_.run([id = removed_](Store& store) { store.conversations.purge(id); });
    removed_ = 0;
    emit undoChanged();
}

qint64 ConversationListModel::idAt(int row) const {
    return row < 0 || row >= count() ? 0 : rows_[static_cast<std::size_t>(row)].conversation.id;
}

int ConversationListModel::rowOf(qint64 conversation) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [conversation](const auto& r) {
        return r.conversation.id == conversation;
    });
    return row == rows_.end() ? -1 : static_cast<int>(row - rows_.begin());
}

} // namespace spoutnik::app
