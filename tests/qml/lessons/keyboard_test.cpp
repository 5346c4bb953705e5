// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/keyboard_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/real_engine.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeySequence>
#include <QSet>

namespace spoutnik::test {

using storage::Status;

namespace {

const QString sum = QStringLiteral("What is 17 + 25?");

struct Row {
    QString what, keys;
};

/// The rows of the page of shortcuts.
std::vector<Row> shortcut_rows(app::Application& app) {
    press(app, Qt::Key_F1);
    wait_for("the page", [&] { return find(app.window()->contentItem(), QStringLiteral("shortcutsPage")); });
    std::vector<Row> rows;
    for_each(item(app, "shortcutsPage"), [&](QQuickItem* each) {
        if (each->property("isWanted").isValid())
            rows.push_back({each->property("what").toString(), each->property("keys").toString()});
    });
    press(app, Qt::Key_Escape);
    wait_for("the conversation", [&] { return app.window()->property("page").toString().isEmpty(); });
    return rows;
}

} // namespace

void KeyboardTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void KeyboardTest::every_shortcut_of_the_page_does_what_it_says() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(sum);
    window.drain();
    auto* chat = app.chat();
    auto* list = app.conversations();
    const auto page = [&] { return app.window()->property("page").toString(); };
    const auto answered = [&] { return !chat->answering(); };
    const auto until = [&](const std::function<bool()>& is_true) {
        return QTest::qWaitFor(is_true, patience_ms);
    };
    const auto to_list = [&] {
        item(app, "conversationList")->forceActiveFocus(Qt::TabFocusReason);
        item(app, "conversationList")->setProperty("currentIndex", 0);
    };
    const auto to_composer = [&](const QString& text = {}) {
        auto* input = item(app, "composerInput");
        input->forceActiveFocus();
        input->setProperty("text", text);
    };
    const auto prompts_opened = [&] {
        press(app, Qt::Key_P, Qt::ControlModifier);
        const bool is_open = until([&] { return popup(app, "promptsDialog")->property("opened").toBool(); });
        item(app, "promptList")->forceActiveFocus(Qt::TabFocusReason);
        return is_open;
    };
    const auto closed = [&](const char* dialog) {
        press(app, Qt::Key_Escape);
        return until([&] { return !popup(app, dialog)->property("visible").toBool(); });
    };
    using Check = std::function<bool()>;
    constexpr auto ctrl = Qt::ControlModifier;
    constexpr auto ctrl_shift = Qt::ControlModifier | Qt::ShiftModifier;
    // In the order in which they are tried: each leaves the window as the next wants it.
    const std::vector<std::pair<QString, Check>> checks{
        {QStringLiteral("Conversation/New conversation"),
         [&] {
             press(app, Qt::Key_N, ctrl);
             return until([&] { return chat->conversation() == 0; });
         }},
        {QStringLiteral("Conversation/New private conversation, never written to the disk"),
         [&] {
             press(app, Qt::Key_N, ctrl_shift);
             return until([&] { return chat->isPrivate(); });
         }},
        {QStringLiteral("In the list of conversations/Open"),
         [&] {
             to_list();
             press(app, Qt::Key_Return);
             return until([&] { return chat->conversation() == 1 && chat->messages()->count() == 2; });
         }},
        {QStringLiteral("Conversation/Go to the message field"),
         [&] {
             to_list();
             press(app, Qt::Key_L, ctrl);
             return until([&] { return item(app, "composerInput")->hasActiveFocus(); });
         }},
        {QStringLiteral("Conversation/New line"),
         [&] {
             to_composer(QStringLiteral("a"));
             press(app, Qt::Key_End);
             press(app, Qt::Key_Return, Qt::ShiftModifier);
             return text_of(item(app, "composerInput")) == QStringLiteral("a\n");
         }},
        {QStringLiteral("Conversation/Send"),
         [&] {
             to_composer(sum);
             press(app, Qt::Key_Return);
             return until([&] { return chat->messages()->count() == 4 && answered(); });
         }},
        {QStringLiteral("Conversation/Copy the last answer"),
         [&] {
             press(app, Qt::Key_C, ctrl_shift);
             return QGuiApplication::clipboard()->text() == QString::fromStdString(window.last_text());
         }},
        {QStringLiteral("Conversation/Earlier prompts, in an empty message field"),
         [&] {
             to_composer();
             press(app, Qt::Key_Up);
             const bool is_back = text_of(item(app, "composerInput")) == sum;
             to_composer();
             return is_back;
         }},
        {QStringLiteral("Conversation/Commands, in an empty message field"),
         [&] {
             to_composer();
             type(app, QStringLiteral("/"));
             const bool is_there = until([&] { return item(app, "slashMenu")->isVisible(); });
             press(app, Qt::Key_Escape);
             to_composer();
             return is_there;
         }},
        {QStringLiteral("Conversation/Answer again"),
         [&] {
             press(app, Qt::Key_R, ctrl);
             return until([&] { return window.last().sibling_count == 2 && answered(); });
         }},
        {QStringLiteral("Conversation/Previous version of the last message"),
         [&] {
             press(app, Qt::Key_Left, Qt::AltModifier);
             return until([&] { return window.last().sibling_index == 0; });
         }},
        {QStringLiteral("Conversation/Next version of the last message"),
         [&] {
             press(app, Qt::Key_Right, Qt::AltModifier);
             return until([&] { return window.last().sibling_index == 1; });
         }},
        {QStringLiteral("Conversation/Stop the answer, or close what is open"),
         [&] {
             window.send_and_hold_in_answer(sum, 4);
             press(app, Qt::Key_Escape);
             return until([&] { return answered() && window.last().status == Status::interrupted; });
         }},
        {QStringLiteral("Conversation/Go on with the interrupted answer"),
         [&] {
             press(app, Qt::Key_R, ctrl_shift);
             return until([&] { return answered() && window.last().status == Status::done; });
         }},
        {QStringLiteral("Conversation/Edit the last message"),
         [&] {
             press(app, Qt::Key_E, ctrl);
             const auto editor = [&] {
                 return find(app.window()->contentItem(), QStringLiteral("editArea"));
             };
             const bool is_there = until([&] { return editor() && editor()->hasActiveFocus(); });
             press(app, Qt::Key_Escape);
             return is_there && until([&] { return !editor(); });
         }},
        {QStringLiteral("Conversation/All branches of this conversation"),
         [&] {
             press(app, Qt::Key_T, ctrl);
             const bool is_there = until([&] { return page() == QStringLiteral("tree"); });
             press(app, Qt::Key_Escape);
             return is_there && until([&] { return page().isEmpty(); });
         }},
        {QStringLiteral("Conversation/Your own prompts"),
         [&] {
             app.prompts()->keep(-1, QStringLiteral("one"), QStringLiteral("text of one"));
             return prompts_opened() && closed("promptsDialog");
         }},
        {QStringLiteral("In the list of prompts/Use"),
         [&] {
             if (!prompts_opened()) return false;
             press(app, Qt::Key_Return);
             const bool is_used =
                 until([&] { return text_of(item(app, "composerInput")) == QStringLiteral("text of one"); });
             to_composer();
             return is_used;
         }},
        {QStringLiteral("In the list of prompts/Change"),
         [&] {
             if (!prompts_opened()) return false;
             press(app, Qt::Key_F2);
             return until([&] { return item(app, "promptName")->hasActiveFocus(); }) &&
                    closed("promptsDialog");
         }},
        {QStringLiteral("In the list of prompts/Delete"),
         [&] {
             if (!prompts_opened()) return false;
             press(app, Qt::Key_Delete);
             return until([&] { return app.prompts()->count() == 0; }) && closed("promptsDialog");
         }},
        {QStringLiteral("Window/Search everything"),
         [&] {
             press(app, Qt::Key_K, ctrl);
             return until([&] { return item(app, "searchField")->hasActiveFocus(); });
         }},
        {QStringLiteral("Window/Show or hide the sidebar"),
         [&] {
             press(app, Qt::Key_B, ctrl);
             const bool is_away = until([&] { return !item(app, "sidebar")->isVisible(); });
             press(app, Qt::Key_B, ctrl);
             return is_away && until([&] { return item(app, "sidebar")->isVisible(); });
         }},
        {QStringLiteral("Window/Choose the model"),
         [&] {
             press(app, Qt::Key_M, ctrl_shift);
             return until([&] { return popup(app, "modelPopup")->property("opened").toBool(); }) &&
                    closed("modelPopup");
         }},
        {QStringLiteral("Window/Settings"),
         [&] {
             press(app, Qt::Key_Comma, ctrl);
             const bool is_there = until([&] { return page() == QStringLiteral("settings"); });
             press(app, Qt::Key_Escape);
             return is_there && until([&] { return page().isEmpty(); });
         }},
        {QStringLiteral("Window/Import, export, backups"),
         [&] {
             press(app, Qt::Key_E, ctrl_shift);
             const bool is_there = until([&] { return page() == QStringLiteral("files"); });
             press(app, Qt::Key_Escape);
             return is_there && until([&] { return page().isEmpty(); });
         }},
        {QStringLiteral("Window/This page"),
         [&] {
             press(app, Qt::Key_F1);
             const bool is_there = until([&] { return page() == QStringLiteral("shortcuts"); });
             press(app, Qt::Key_Escape);
             return is_there && until([&] { return page().isEmpty(); });
         }},
        {QStringLiteral("In the list of conversations/Rename"),
         [&] {
             to_list();
             press(app, Qt::Key_F2);
             if (!until([&] {
                     auto* field = find(app.window()->contentItem(), QStringLiteral("titleField"));
                     return field && field->hasActiveFocus();
                 }))
                 return false;
             type(app, QStringLiteral("Renamed"));
             press(app, Qt::Key_Return);
             return until([&] { return chat->title() == QStringLiteral("Renamed"); });
         }},
        {QStringLiteral("In the list of conversations/Select or deselect"),
         [&] {
             to_list();
             press(app, Qt::Key_X);
             const bool is_selected = list->selectedCount() == 1;
             press(app, Qt::Key_X);
             return is_selected && list->selectedCount() == 0;
         }},
        {QStringLiteral("In the list of conversations/Select all"),
         [&] {
             to_list();
             press(app, Qt::Key_A, ctrl);
             const bool is_selected = list->selectedCount() == list->count();
             press(app, Qt::Key_Escape);
             return is_selected && list->selectedCount() == 0;
         }},
        {QStringLiteral("In the list of conversations/Folder and tags"),
         [&] {
             to_list();
             press(app, Qt::Key_F6);
             return until([&] { return popup(app, "arrangeDialog")->property("opened").toBool(); }) &&
                    closed("arrangeDialog");
         }},
        {QStringLiteral("In the list of conversations/Menu of the conversation: pin, archive and the rest"),
         [&] {
             to_list();
             press(app, Qt::Key_Menu);
             const auto open_menus = [&] {
                 int open = 0;
                 for_each(item(app, "conversationList"),
                          [&](QQuickItem* each) { open += each->property("menuOpen").toBool() ? 1 : 0; });
                 return open;
             };
             const bool is_open = until([&] { return open_menus() == 1; });
             press(app, Qt::Key_Escape);
             return is_open && until([&] { return open_menus() == 0; });
         }},
        {QStringLiteral("In the list of conversations/Delete"),
         [&] {
             to_list();
             press(app, Qt::Key_Delete);
             return until([&] { return list->count() == 0; });
         }},
        {QStringLiteral("In the list of conversations/Undo the deletion"),
         [&] {
             to_list();
             press(app, Qt::Key_Z, ctrl);
             return until([&] { return list->count() == 1; });
         }},
    };
    QSet<QString> tried;
    for (const auto& [what, check] : checks) {
        QVERIFY2(check(), qPrintable(what));
        tried.insert(what.section(QLatin1Char('/'), 1));
    }
    // Opens the same page and the desktop's own dialog over it, which has no keys of ours.
    tried.insert(QStringLiteral("Import conversations"));
    tried.insert(QStringLiteral("Quit")); // ends the program of this test: seen to be bound below
    for (const Row& row : shortcut_rows(app))
        QVERIFY2(tried.contains(row.what), qPrintable(row.what + QStringLiteral(" is not tried here")));
}

void KeyboardTest::every_shortcut_of_the_window_is_on_the_page() {
    RealWindow window;
    auto& app = window.open();
    QSet<QString> told;
    for (const Row& row : shortcut_rows(app)) {
        QString keys = row.keys;
        keys.replace(QChar(0x2190), QStringLiteral("Left")).replace(QChar(0x2192), QStringLiteral("Right"));
        told.insert(QKeySequence(keys).toString());
    }
    const QSet<QString> second_names{QStringLiteral("Ctrl+F"), QStringLiteral("Ctrl+/")};
    int bound = 0;
    for (auto* shortcut : app.window()->findChildren<QObject*>()) {
        if (!shortcut->inherits("QQuickShortcut")) continue;
        ++bound;
        QVariantList sequences = shortcut->property("sequences").toList();
        sequences << shortcut->property("sequence");
        for (const QVariant& each : sequences) {
            const QString keys = QKeySequence(each.toString()).toString();
            QVERIFY2(keys.isEmpty() || told.contains(keys) || second_names.contains(keys), qPrintable(keys));
        }
    }
    QVERIFY(bound > 15);
}

void KeyboardTest::escape_leaves_what_is_being_typed_first() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 17 + 25?"));
    window.drain();
    const QString title = app.chat()->title();

    // A title being changed stays what it was.
    auto* list = item(app, "conversationList");
    list->forceActiveFocus(Qt::TabFocusReason);
    press(app, Qt::Key_F2);
    wait_for("the field", [&] { return find(list, QStringLiteral("titleField")) != nullptr; });
    type(app, QStringLiteral("Never this"));
    press(app, Qt::Key_Escape);
    wait_for("its end", [&] { return find(list, QStringLiteral("titleField")) == nullptr; });
    QCOMPARE(app.chat()->title(), title);
    QVERIFY(list->hasActiveFocus());

    // A search ends: from its hits to its field, there to the list, then to the composer.
    press(app, Qt::Key_K, Qt::ControlModifier);
    auto* field = item(app, "searchField");
    type(app, QStringLiteral("what"));
    wait_for("the hit", [&] { return app.conversations()->search()->rowCount() == 1; });
    press(app, Qt::Key_Down);
    QVERIFY(!field->hasActiveFocus());
    press(app, Qt::Key_Escape);
    QVERIFY(field->hasActiveFocus());
    QCOMPARE(text_of(field), QStringLiteral("what"));
    press(app, Qt::Key_Escape);
    QCOMPARE(text_of(field), QString());
    QVERIFY(list->isVisible());
    press(app, Qt::Key_Escape);
    QVERIFY(item(app, "composerInput")->hasActiveFocus());

    // So does the filter of the shortcuts, before its page.
    press(app, Qt::Key_F1);
    auto* filter = item(app, "shortcutFilter");
    type(app, QStringLiteral("stop"));
    press(app, Qt::Key_Escape);
    QCOMPARE(text_of(filter), QString());
    QCOMPARE(app.window()->property("page").toString(), QStringLiteral("shortcuts"));
    press(app, Qt::Key_Escape);
    QCOMPARE(app.window()->property("page").toString(), QString());
}

} // namespace spoutnik::test
