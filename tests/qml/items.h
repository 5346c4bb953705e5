// SPDX-License-Identifier: MIT
// Finding one's way in the window: what is drawn, and what a screen reader is told.
#pragma once

#include "app/gui/application.h"

#include <QAccessible>
#include <QQuickItem>
#include <QTest>

#include <functional>

namespace spoutnik::test {

/// Depth first through what is drawn: delegates have no parent among QObjects. Null where there is none.
inline QQuickItem* find(QQuickItem* root, const QString& name) {
    if (root->objectName() == name) return root;
    for (auto* child : root->childItems())
        if (auto* found = find(child, name)) return found;
    return nullptr;
}

/// Calls see for an item and everything in it.
inline void for_each(QQuickItem* root, const std::function<void(QQuickItem*)>& see) {
    see(root);
    for (auto* child : root->childItems())
        for_each(child, see);
}

/// The item of this name; there must be one.
inline QQuickItem* item(app::Application& app, const char* name) {
    auto* found = find(app.window()->contentItem(), QLatin1String(name));
    if (!found) qFatal("no item %s", name);
    return found;
}

/// A dialog or menu of this name, which is no item.
inline QObject* popup(app::Application& app, const char* name) {
    auto* found = app.window()->findChild<QObject*>(QLatin1String(name));
    if (!found) qFatal("no popup %s", name);
    return found;
}

inline QString text_of(QQuickItem* item) {
    return item->property("text").toString();
}

/// Latin letters, one key each.
inline void type(app::Application& app, const QString& text) {
    for (const QChar character : text)
        QTest::keyClick(app.window(), character.toLatin1());
}

inline void press(app::Application& app, Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
    QTest::keyClick(app.window(), key, modifiers);
}

inline void click(app::Application& app, QQuickItem* item, Qt::MouseButton button = Qt::LeftButton,
                  Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(app.window(), button, modifiers,
                      item->mapToScene(QPointF(item->width() / 2, item->height() / 2)).toPoint());
}

/// Focus by Tab, then Space: as a person without a mouse presses a button.
inline void press_button(app::Application& app, QQuickItem* button) {
    button->forceActiveFocus(Qt::TabFocusReason);
    QTest::keyClick(app.window(), Qt::Key_Space);
}

/// Calls see for a node of the accessible tree and everything below it.
inline void visit(QAccessibleInterface* node, const std::function<void(QAccessibleInterface*)>& see) {
    if (!node) return;
    see(node);
    for (int i = 0; i < node->childCount(); ++i)
        visit(node->child(i), see);
}

} // namespace spoutnik::test
