// SPDX-License-Identifier: MIT
// Prompts the person keeps, with variables to be filled in: "Translate into {{language}}: {{text}}". Each is
// a row of the database's prompt table, written when it changes and only then.
#pragma once

#include "storage/prompts.h"

#include <QAbstractListModel>
#include <QStringList>
#include <QVariantMap>
#include <QtQml/qqmlregistration.h>

#include <memory>
#include <vector>

namespace spoutnik::app {

class StoreThread;

class PromptLibrary : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    Q_PROPERTY(int count READ count NOTIFY countChanged)

  public:
    struct Prompt {
        QString name; ///< one word or a few, what /name finds
        QString text;
        /// Its row, 0 until it has one. Read and written on the storage thread only: what is asked of a
        /// prompt there comes after its creation there.
        std::shared_ptr<storage::PromptId> id = std::make_shared<storage::PromptId>(0);
    };
    enum RoleName { NameRole = Qt::UserRole + 1, TextRole };

    explicit PromptLibrary(StoreThread& store, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    int count() const { return static_cast<int>(prompts_.size()); }

    /// What the database holds.
    void load(const std::vector<storage::Prompt>& stored);

    /// Adds a prompt (row -1) or changes one; names are made unique. Sorted by name; the row it has now, -1
    /// when there was nothing to keep.
    Q_INVOKABLE int keep(int row, const QString& name, const QString& text);
    Q_INVOKABLE void remove(int row);
    Q_INVOKABLE QString nameAt(int row) const;
    Q_INVOKABLE QString textAt(int row) const;
    /// The names between {{ and }}, in order, each once.
    Q_INVOKABLE QStringList variables(const QString& text) const;
    /// The text with each {{name}} replaced; what is in a value is never read as a variable again.
    Q_INVOKABLE QString filled(const QString& text, const QVariantMap& values) const;

  signals:
    void countChanged();

  private:
    void save(const Prompt& prompt);

    StoreThread& store_;
    std::vector<Prompt> prompts_;
};

} // namespace spoutnik::app
