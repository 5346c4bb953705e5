// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/accessible_pages.h"

#include "tests/qml/fixture.h"
#include "tests/qml/items.h"

#include <QSet>

namespace spoutnik::test {

namespace {

const QSet<int>& controls() {
    static const QSet<int> roles{QAccessible::Button,       QAccessible::CheckBox,   QAccessible::RadioButton,
                                 QAccessible::EditableText, QAccessible::Slider,     QAccessible::SpinBox,
                                 QAccessible::ButtonMenu,   QAccessible::List,       QAccessible::Link,
                                 QAccessible::ListItem,     QAccessible::MenuItem,   QAccessible::ComboBox,
                                 QAccessible::PageTab,      QAccessible::ProgressBar};
    return roles;
}

bool is_button(QAccessible::Role role) {
    return role == QAccessible::Button || role == QAccessible::CheckBox || role == QAccessible::RadioButton ||
           role == QAccessible::ButtonMenu;
}

void to_page(app::Application& app, const char* page) {
    app.window()->setProperty("page", QLatin1String(page));
    QTest::qWait(30);
}

Place page(const char* name) {
    return {QString::fromLatin1(name), [name](app::Application& app) { to_page(app, name); },
            [](app::Application& app) { to_page(app, ""); }};
}

/// A dialog or menu that opens by a call, and closes by Escape.
Place dialog(const char* name, std::function<void(app::Application&)> open) {
    return {QString::fromLatin1(name), std::move(open), [name](app::Application& app) {
                press(app, Qt::Key_Escape);
                wait_for("the dialog to close",
                         [&] { return !popup(app, name)->property("visible").toBool(); });
            }};
}

void wait_until_open(app::Application& app, const char* name) {
    wait_for(name, [&] { return popup(app, name)->property("opened").toBool(); });
}

QString what_it_is(QAccessibleInterface* node) {
    const auto* object = node->object();
    return object ? QString::fromLatin1(object->metaObject()->className()) + QLatin1Char(' ') +
                        object->objectName() + QLatin1Char(' ') + node->text(QAccessible::Name)
                  : QStringLiteral("something without an object");
}

} // namespace

std::vector<Place> places() {
    const auto no_leave = [](app::Application&) {};
    std::vector<Place> all{{QStringLiteral("conversation"), no_leave, no_leave},
                           page("settings"),
                           page("shortcuts"),
                           page("tree")};
    all.push_back({QStringLiteral("search"),
                   [](app::Application& app) {
                       press(app, Qt::Key_K, Qt::ControlModifier);
                       type(app, QStringLiteral("What"));
                       wait_for("hits", [&] { return app.conversations()->search()->count() > 0; });
                   },
                   [](app::Application& app) {
                       press(app, Qt::Key_Escape);
                       press(app, Qt::Key_L, Qt::ControlModifier);
                   }});
    all.push_back({QStringLiteral("selection"),
                   [](app::Application& app) {
                       wait_for("the list", [&] { return app.conversations()->count() > 0; });
                       app.conversations()->toggleSelected(0);
                   },
                   [](app::Application& app) { app.conversations()->clearSelection(); }});
    all.push_back({QStringLiteral("editing"),
                   [](app::Application& app) {
                       press(app, Qt::Key_E, Qt::ControlModifier);
                       wait_for("the editor", [&] {
                           return find(app.window()->contentItem(), QStringLiteral("editArea")) != nullptr;
                       });
                   },
                   [](app::Application& app) { press(app, Qt::Key_Escape); }});
    all.push_back({QStringLiteral("slash menu"),
                   [](app::Application& app) {
                       auto* input = item(app, "composerInput");
                       input->forceActiveFocus();
                       type(app, QStringLiteral("/"));
                       wait_for("the slash menu", [&] { return item(app, "slashMenu")->isVisible(); });
                   },
                   [](app::Application& app) {
                       press(app, Qt::Key_Escape);
                       item(app, "composerInput")->setProperty("text", QString());
                   }});
    all.push_back(dialog("promptsDialog", [](app::Application& app) {
        press(app, Qt::Key_P, Qt::ControlModifier);
        wait_until_open(app, "promptsDialog");
    }));
    all.push_back(dialog("arrangeDialog", [](app::Application& app) {
        item(app, "conversationList")->forceActiveFocus();
        press(app, Qt::Key_F6);
        wait_until_open(app, "arrangeDialog");
    }));
    all.push_back(dialog("linkDialog", [](app::Application& app) {
        app.askToOpen(QStringLiteral("https://example.org/"));
        wait_until_open(app, "linkDialog");
    }));
    all.push_back(dialog("modelPopup", [](app::Application& app) {
        press(app, Qt::Key_M, Qt::ControlModifier | Qt::ShiftModifier);
        wait_until_open(app, "modelPopup");
    }));
    return all;
}

QString problem_of_what_is_shown(app::Application& app) {
    QString problem;
    int seen = 0;
    visit(QAccessible::queryAccessibleInterface(app.window()), [&](QAccessibleInterface* node) {
        if (!problem.isEmpty() || node->state().invisible) return;
        const auto* control = qobject_cast<const QQuickItem*>(node->object());
        const bool is_nameless = node->text(QAccessible::Name).trimmed().isEmpty();
        if (node->role() == QAccessible::StaticText && is_nameless &&
            !(control && text_of(const_cast<QQuickItem*>(control)).isEmpty()))
            problem = QStringLiteral("words that nobody can hear: ") + what_it_is(node);
        if (!controls().contains(node->role())) return;
        ++seen;
        if (is_nameless) problem = QStringLiteral("no name: ") + what_it_is(node);
        if (control && is_button(node->role()) && (control->width() < 36 || control->height() < 36))
            problem = QStringLiteral("hard to hit: ") + what_it_is(node);
    });
    if (problem.isEmpty() && seen < 4) problem = QStringLiteral("nearly nothing is there");
    // And the other way round: what takes the keyboard is known to the screen reader.
    for_each(app.window()->contentItem(), [&](QQuickItem* each) {
        if (!problem.isEmpty() || !each->activeFocusOnTab() || !each->isVisible() || !each->isEnabled())
            return;
        auto* node = QAccessible::queryAccessibleInterface(each);
        if (!node || node->role() == QAccessible::NoRole || node->role() == QAccessible::Client ||
            node->text(QAccessible::Name).trimmed().isEmpty())
            problem = QStringLiteral("takes the keyboard, but says nothing: ") +
                      QString::fromLatin1(each->metaObject()->className()) + QLatin1Char(' ') +
                      each->objectName();
    });
    return problem;
}

QString problems_of_pages(app::Application& app) {
    for (const Place& place : places()) {
        place.enter(app);
        const QString problem = problem_of_what_is_shown(app);
        place.leave(app);
        if (!problem.isEmpty()) return place.name + QStringLiteral(": ") + problem;
    }
    return {};
}

namespace {

/// What Tab visits from where the keyboard is now, in one direction, until it is back.
QSet<QQuickItem*> round(app::Application& app, bool forward) {
    QSet<QQuickItem*> visited;
    auto* first = app.window()->activeFocusItem();
    if (!first) return visited;
    auto* stop = first;
    do {
        visited.insert(stop);
        stop = stop->nextItemInFocusChain(forward);
    } while (stop && !visited.contains(stop) && visited.size() < 1000);
    return visited;
}

/// The item or a list, number field or menu that it lies in.
bool is_reached(const QQuickItem* control, const QSet<QQuickItem*>& visited) {
    if (visited.contains(const_cast<QQuickItem*>(control))) return true;
    for (auto* around = control->parentItem(); around; around = around->parentItem()) {
        const bool holds_keys = around->inherits("QQuickListView") || around->inherits("QQuickSpinBox") ||
                                around->inherits("QQuickMenu");
        if (holds_keys && visited.contains(around)) return true;
    }
    // A number field's line to type in has the keyboard, and the arrows do what its buttons do.
    for (auto* around = control; around; around = around->parentItem())
        if (around->inherits("QQuickSpinBox"))
            for (auto* inside : visited)
                if (around->isAncestorOf(inside)) return true;
    return false;
}

} // namespace

QString unreached_by_tab(app::Application& app) {
    static const QSet<int> wanted{
        QAccessible::Button,       QAccessible::CheckBox, QAccessible::ButtonMenu, QAccessible::RadioButton,
        QAccessible::EditableText, QAccessible::Slider,   QAccessible::SpinBox};
    for (const Place& place : places()) {
        place.enter(app);
        if (!app.window()->activeFocusItem()) return place.name + QStringLiteral(": the keyboard is nowhere");
        const auto forward = round(app, true);
        const auto backward = round(app, false);
        QString missing;
        visit(QAccessible::queryAccessibleInterface(app.window()), [&](QAccessibleInterface* node) {
            const auto* control = qobject_cast<const QQuickItem*>(node->object());
            if (!missing.isEmpty() || !control || !wanted.contains(node->role()) || !control->isVisible() ||
                !control->isEnabled() || node->state().invisible || node->state().disabled)
                return;
            // Under a dialog nothing else has the keyboard.
            const bool is_under_dialog =
                place.name.endsWith(QStringLiteral("Dialog")) || place.name.endsWith(QStringLiteral("Popup"));
            if (is_under_dialog && !control->window()) return;
            if (is_under_dialog) {
                const auto* own = popup(app, place.name.toLatin1().constData())
                                      ->property("contentItem")
                                      .value<QQuickItem*>();
                if (!own || !own->isAncestorOf(control)) return;
            }
            if (!is_reached(control, forward) || !is_reached(control, backward))
                missing = place.name + QStringLiteral(": ") + what_it_is(node);
        });
        place.leave(app);
        if (!missing.isEmpty()) return missing;
    }
    return {};
}

} // namespace spoutnik::test
