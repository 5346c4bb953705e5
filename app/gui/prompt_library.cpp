// SPDX-License-Identifier: MIT
#include "app/gui/prompt_library.h"

#include "app/gui/store_thread.h"

#include <QRegularExpression>

#include <algorithm>
#include <utility>

namespace spoutnik::app {

namespace {

const QRegularExpression& variable() {
    static const QRegularExpression pattern(QStringLiteral("\\{\\{\\s*([^{}\\n]{1,60}?)\\s*\\}\\}"));
    return pattern;
}

} // namespace

PromptLibrary::PromptLibrary(StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), store_(store) {
}

int PromptLibrary::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant PromptLibrary::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Prompt& prompt = prompts_[static_cast<std::size_t>(index.row())];
    if (role == NameRole || role == Qt::DisplayRole) return prompt.name;
    return role == TextRole ? QVariant(prompt.text) : QVariant();
}

QHash<int, QByteArray> PromptLibrary::roleNames() const {
    return {{NameRole, "name"}, {TextRole, "text"}};
}

void PromptLibrary::load(const std::vector<storage::Prompt>& stored) {
    beginResetModel();
    prompts_.clear();
    for (const auto& prompt : stored)
        prompts_.push_back({QString::fromStdString(prompt.title), QString::fromStdString(prompt.content),
                            std::make_shared<storage::PromptId>(prompt.id)});
    std::sort(prompts_.begin(), prompts_.end(),
              [](const Prompt& a, const Prompt& b) { return a.name.localeAwareCompare(b.name) < 0; });
    endResetModel();
    emit countChanged();
}

int PromptLibrary::keep(int row, const QString& name, const QString& text) {
    Prompt kept;
    kept.name = name.simplified().left(60);
    kept.text = text.trimmed();
    if (kept.name.isEmpty() || kept.text.isEmpty() || row >= count()) return -1;
    beginResetModel();
    if (row >= 0) {
        kept.id = prompts_[static_cast<std::size_t>(row)].id;
        prompts_.erase(prompts_.begin() + row);
    }
    const auto is_taken = [&](const QString& wanted) {
        return std::any_of(prompts_.begin(), prompts_.end(), [&](const Prompt& prompt) {
            return prompt.name.compare(wanted, Qt::CaseInsensitive) == 0;
        });
    };
    const QString wanted = kept.name;
    for (int number = 2; is_taken(kept.name); ++number)
        kept.name = QStringLiteral("%1 %2").arg(wanted).arg(number);
    const auto place =
        std::lower_bound(prompts_.begin(), prompts_.end(), kept, [](const Prompt& a, const Prompt& b) {
            return a.name.localeAwareCompare(b.name) < 0;
        });
    const auto now = static_cast<int>(place - prompts_.begin());
    prompts_.insert(place, std::move(kept));
    endResetModel();
    emit countChanged();
    save(prompts_[static_cast<std::size_t>(now)]);
    return now;
}

void PromptLibrary::remove(int row) {
    if (row < 0 || row >= count()) return;
    const auto id = prompts_[static_cast<std::size_t>(row)].id;
    beginRemoveRows({}, row, row);
    prompts_.erase(prompts_.begin() + row);
    endRemoveRows();
    emit countChanged();
    store_.run([id](Store& store) {
        if (*id != 0) storage::Prompts(store.database).remove(*id);
    });
}

QString PromptLibrary::nameAt(int row) const {
    return row < 0 || row >= count() ? QString() : prompts_[static_cast<std::size_t>(row)].name;
}

QString PromptLibrary::textAt(int row) const {
    return row < 0 || row >= count() ? QString() : prompts_[static_cast<std::size_t>(row)].text;
}

QStringList PromptLibrary::variables(const QString& text) const {
    QStringList names;
    for (auto found = variable().globalMatch(text); found.hasNext();) {
        const QString name = found.next().captured(1);
        if (!names.contains(name)) names << name;
    }
    return names;
}

QString PromptLibrary::filled(const QString& text, const QVariantMap& values) const {
    QString out;
    qsizetype at = 0;
    for (auto found = variable().globalMatch(text); found.hasNext();) {
        const auto match = found.next();
        out += QStringView(text).mid(at, match.capturedStart() - at);
        out += values.contains(match.captured(1)) ? values.value(match.captured(1)).toString()
                                                  : match.captured();
        at = match.capturedEnd();
    }
    out += QStringView(text).mid(at);
    return out;
}

void PromptLibrary::save(const Prompt& prompt) {
    store_.run(
        [id = prompt.id, name = prompt.name.toStdString(), text = prompt.text.toStdString()](Store& store) {
            storage::Prompts prompts(store.database);
            if (*id == 0)
                *id = prompts.add(name, text);
            else
                prompts.update(*id, name, text);
        });
}

} // namespace spoutnik::app
