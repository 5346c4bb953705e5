// SPDX-License-Identifier: MIT
// Asks the desktop portal whether it is dark and whether it wants less motion, and listens for changes. Where
// there is no portal the palette's window colour decides.
// Source: org.freedesktop.portal.Settings, namespaces org.freedesktop.appearance and
// org.gnome.desktop.interface.
#pragma once

#include <QDBusVariant>
#include <QObject>

namespace spoutnik::app {

class Settings;

class SystemAppearance : public QObject {
    Q_OBJECT
  public:
    explicit SystemAppearance(Settings& settings, QObject* parent = nullptr);

  private slots:
    void changed(const QString& space, const QString& key, const QDBusVariant& value);

  private:
    void ask(const QString& space, const QString& key);

    Settings& settings_;
};

} // namespace spoutnik::app
