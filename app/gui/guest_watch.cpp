// SPDX-License-Identifier: MIT
#include "app/gui/guest_watch.h"

#include "app/gui/store_thread.h"

namespace spoutnik::app {

namespace {
constexpr int pause_ms = 330; // an import writes many times a second
} // namespace

GuestWatch::GuestWatch(StoreThread& store, QObject* parent) : QObject(parent), store_(store) {
    soon_.setSingleShot(true);
    soon_.setInterval(pause_ms);
    connect(&watcher_, &QFileSystemWatcher::fileChanged, this, [this] {
        if (!soon_.isActive()) soon_.start();
    });
    connect(&soon_, &QTimer::timeout, this, &GuestWatch::look);
}

void GuestWatch::watch(const QString& file) {
    if (!watcher_.files().isEmpty()) watcher_.removePaths(watcher_.files());
    watcher_.addPath(file);
}

void GuestWatch::look() {
    store_.run(
        this, [](Store& store) { return store.database.was_changed_elsewhere(); },
        [this](bool is_new) {
            if (is_new) emit changed();
        });
}

} // namespace spoutnik::app
