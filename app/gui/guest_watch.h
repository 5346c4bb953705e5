// SPDX-License-Identifier: MIT
// Notices what another program writes into the conversations, as an import on the command line beside the
// window. Asleep until the file that such a program writes to changes.
#pragma once

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

namespace spoutnik::app {

class StoreThread;

class GuestWatch : public QObject {
    Q_OBJECT
  public:
    explicit GuestWatch(StoreThread& store, QObject* parent = nullptr);
    /// storage::Database::guests_file()
    void watch(const QString& file);

  signals:
    void changed(); ///< at most three times a second

  private:
    void look();

    StoreThread& store_;
    QFileSystemWatcher watcher_;
    QTimer soon_;
};

} // namespace spoutnik::app
