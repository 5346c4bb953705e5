// SPDX-License-Identifier: MIT
#include "app/gui/system_appearance.h"

#include "app/gui/settings.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QPalette>

namespace spoutnik::app {

namespace {
const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString interface = QStringLiteral("org.freedesktop.portal.Settings");
const QString appearance = QStringLiteral("org.freedesktop.appearance");
const QString gnome_interface = QStringLiteral("org.gnome.desktop.interface");

/// The portal wraps a value in one or two variants, depending on its version.
QVariant unwrap(QVariant value) {
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}
} // namespace

SystemAppearance::SystemAppearance(Settings& settings, QObject* parent)
    : QObject(parent), settings_(settings) {
    settings_.setSystemDark(QGuiApplication::palette().color(QPalette::Window).lightness() < 128);
    auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    bus.connect(service, path, interface, QStringLiteral("SettingChanged"), this,
                SLOT(changed(QString, QString, QDBusVariant)));
    ask(appearance, QStringLiteral("color-scheme"));
    ask(gnome_interface, QStringLiteral("enable-animations"));
}

void SystemAppearance::ask(const QString& space, const QString& key) {
    auto message = QDBusMessage::createMethodCall(service, path, interface, QStringLiteral("Read"));
    message << space << key;
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(message), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, space, key](QDBusPendingCallWatcher* call) {
                const QDBusPendingReply<QDBusVariant> reply = *call;
                if (reply.isValid()) changed(space, key, reply.value());
                call->deleteLater();
            });
}

void SystemAppearance::changed(const QString& space, const QString& key, const QDBusVariant& value) {
    const QVariant inner = unwrap(value.variant());
    constexpr uint no_preference = 0;
    constexpr uint prefers_dark = 1;
    if (space == appearance && key == QLatin1String("color-scheme") && inner.toUInt() != no_preference)
        settings_.setSystemDark(inner.toUInt() == prefers_dark);
    if (space == gnome_interface && key == QLatin1String("enable-animations"))
        settings_.setReducedMotion(!inner.toBool());
}

} // namespace spoutnik::app
