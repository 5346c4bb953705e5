// SPDX-License-Identifier: MIT
#include "app/gui/message_list_model.h"

#include <QDateTime>
#include <QQmlEngine>

namespace spoutnik::app {

namespace {

/// True when nothing that is shown differs.
bool looks_same(const storage::Message& a, const storage::Message& b) {
    return a.status == b.status && a.content == b.content && a.reasoning == b.reasoning &&
           a.reasoning_ms == b.reasoning_ms && a.reasoning_tokens == b.reasoning_tokens &&
           a.generated_tokens == b.generated_tokens && a.tokens_per_second == b.tokens_per_second &&
           a.error == b.error && a.sibling_index == b.sibling_index && a.sibling_count == b.sibling_count;
}

QString to_qstring(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

MessageListModel::MessageListModel(QObject* parent) : QAbstractListModel(parent) {
}
MessageListModel::~MessageListModel() = default;

int MessageListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant MessageListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Entry& entry = entries_[static_cast<std::size_t>(index.row())];
    const storage::Message& message = entry.message;
    switch (role) {
    case IdRole:
        return static_cast<qint64>(message.id);
    case FromUserRole:
        return message.role == storage::Role::user;
    case StatusRole:
        return to_qstring(storage::name_of(message.status));
    case Qt::DisplayRole:
    case TextRole:
        return QString::fromStdString(message.content);
    case BlocksRole:
        return QVariant::fromValue(&blocks_at(index.row()));
    case TimeRole:
        return QDateTime::fromMSecsSinceEpoch(message.created_ms);
    case SpeedRole:
        return message.tokens_per_second;
    case TokensRole:
        return static_cast<qint64>(message.generated_tokens);
    case SiblingRole:
        return static_cast<int>(message.sibling_index);
    case SiblingsRole:
        return static_cast<int>(message.sibling_count);
    case ErrorRole:
        return QString::fromStdString(message.error);
    case ModelRole:
        return QString::fromStdString(message.model);
    default:
        return {};
    }
}

QHash<int, QByteArray> MessageListModel::roleNames() const {
    return {{IdRole, "messageId"},      {FromUserRole, "fromUser"}, {StatusRole, "status"},
            {TextRole, "text"},         {BlocksRole, "blocks"},     {TimeRole, "time"},
            {SpeedRole, "speed"},       {TokensRole, "tokens"},     {SiblingRole, "sibling"},
            {SiblingsRole, "siblings"}, {ErrorRole, "error"},       {ModelRole, "model"}};
}

/// Made when a delegate asks: a conversation of years has thousands of messages and shows ten.
BlockListModel& MessageListModel::blocks_at(int row) const {
    const Entry& entry = entries_[static_cast<std::size_t>(row)];
    if (!entry.blocks) {
        entry.blocks.reset(new BlockListModel);
        QQmlEngine::setObjectOwnership(entry.blocks.get(), QQmlEngine::CppOwnership);
        show(entry);
    }
    return *entry.blocks;
}

/// The person's own words are shown as they were typed: they have no blocks.
void MessageListModel::show(const Entry& entry) {
    if (entry.blocks && entry.message.role != storage::Role::user)
        entry.blocks->set_blocks(entry.answer.of(entry.message));
}

void MessageListModel::set_branch(std::vector<storage::Message> branch) {
    std::size_t kept = 0;
    while (kept < entries_.size() && kept < branch.size() && entries_[kept].message.id == branch[kept].id) {
        update_row(static_cast<int>(kept), branch[kept]);
        ++kept;
    }
    if (kept < entries_.size()) {
        beginRemoveRows({}, static_cast<int>(kept), count() - 1);
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(kept), entries_.end());
        endRemoveRows();
    }
    if (kept < branch.size()) {
        beginInsertRows({}, static_cast<int>(kept), static_cast<int>(branch.size()) - 1);
        entries_.reserve(branch.size());
        for (std::size_t i = kept; i < branch.size(); ++i)
            entries_.push_back({std::move(branch[i]), {}, {}});
        endInsertRows();
    }
    emit countChanged();
}

void MessageListModel::update(const storage::Message& message) {
    const int row = rowOf(message.id);
    if (row >= 0) update_row(row, message);
}

void MessageListModel::update_row(int row, const storage::Message& message) {
    Entry& entry = entries_[static_cast<std::size_t>(row)];
    if (looks_same(entry.message, message)) return;
    entry.message = message;
    show(entry);
    const QModelIndex changed = index(row);
    emit dataChanged(changed, changed);
}

const storage::Message* MessageListModel::find(storage::MessageId id) const {
    const int row = rowOf(id);
    return row < 0 ? nullptr : &at(row);
}

int MessageListModel::rowOf(qint64 id) const {
    for (int row = count() - 1; row >= 0; --row) // what changes is nearly always the last
        if (at(row).id == id) return row;
    return -1;
}

} // namespace spoutnik::app
