// SPDX-License-Identifier: MIT
#include "app/gui/conversation_tree_model.h"

#include "app/gui/conversation_list_model.h"
#include "app/gui/store_thread.h"

#include <QDateTime>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace spoutnik::app {

namespace {

constexpr qsizetype line_length = 160; // characters, more than a row shows

QString first_line(const storage::Message& message) {
    const std::string& text = message.content.empty() ? message.reasoning : message.content;
    return plain_line(text.substr(0, line_length * 4)).simplified().left(line_length);
}

} // namespace

std::vector<TreeRow> outline_of(const std::vector<storage::Message>& all,
                                const std::vector<storage::Message>& branch) {
    std::map<storage::MessageId, std::vector<const storage::Message*>> below; // 0: roots
    std::set<storage::MessageId> shown;
    for (const auto& message : branch)
        shown.insert(message.id);
    for (const auto& message : all)
        below[message.parent.value_or(0)].push_back(&message);

    struct Step {
        const storage::Message* message;
        int depth;
        bool is_version;
    };
    std::vector<Step> waiting; // a stack: a conversation is deeper than a call stack should be
    const auto push_below = [&](storage::MessageId parent, int depth) {
        const auto found = below.find(parent);
        if (found == below.end()) return;
        const auto& children = found->second;
        const bool forks = children.size() > 1;
        for (std::size_t i = children.size(); i-- > 0;) // the first is taken from the stack first
            waiting.push_back({children[i], depth + (forks ? 1 : 0), forks});
    };
    std::vector<TreeRow> rows;
    push_below(0, 0);
    while (!waiting.empty()) {
        const Step step = waiting.back();
        waiting.pop_back();
        const auto& message = *step.message;
        rows.push_back({message.id, step.depth, message.role == storage::Role::user,
                        shown.contains(message.id), step.is_version, first_line(message),
                        message.created_ms});
        push_below(message.id, step.depth);
    }
    return rows;
}

ConversationTreeModel::ConversationTreeModel(StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), store_(store) {
}

int ConversationTreeModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant ConversationTreeModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const TreeRow& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case IdRole:
        return static_cast<qint64>(row.message);
    case DepthRole:
        return row.depth;
    case FromUserRole:
        return row.is_from_user;
    case ShownRole:
        return row.is_shown;
    case VersionRole:
        return row.is_version;
    case Qt::DisplayRole:
    case LineRole:
        return row.line;
    case TimeRole:
        return QDateTime::fromMSecsSinceEpoch(row.time_ms);
    default:
        return {};
    }
}

QHash<int, QByteArray> ConversationTreeModel::roleNames() const {
    return {{IdRole, "messageId"}, {DepthRole, "depth"},       {FromUserRole, "fromUser"},
            {ShownRole, "shown"},  {VersionRole, "isVersion"}, {LineRole, "line"},
            {TimeRole, "time"}};
}

void ConversationTreeModel::load(qint64 conversation) {
    const auto asked = ++asked_;
    if (conversation == 0) {
        show({});
        return;
    }
    store_.run(
        this,
        [conversation](Store& store) {
            return outline_of(store.conversations.all_messages(conversation),
                              store.conversations.branch(conversation));
        },
        [this, asked](std::vector<TreeRow> rows) {
            if (asked == asked_) show(std::move(rows));
        });
}

void ConversationTreeModel::show(std::vector<TreeRow> rows) {
    if (rows_ == rows) return;
    beginResetModel();
    rows_ = std::move(rows);
    forks_ = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (rows_[i].is_version && (i == 0 || rows_[i].depth > rows_[i - 1].depth)) ++forks_;
    endResetModel();
    emit countChanged();
}

int ConversationTreeModel::lastShown() const {
    for (int row = count() - 1; row >= 0; --row)
        if (rows_[static_cast<std::size_t>(row)].is_shown) return row;
    return -1;
}

qint64 ConversationTreeModel::idAt(int row) const {
    return row < 0 || row >= count() ? 0 : rows_[static_cast<std::size_t>(row)].message;
}

} // namespace spoutnik::app
