// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/composer_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/real_engine.h"

#include <QClipboard>
#include <QDragEnterEvent>
#include <QFile>
#include <QGuiApplication>
#include <QMimeData>

namespace spoutnik::test {

void ComposerTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void ComposerTest::it_grows_with_the_text_and_then_scrolls() {
    RealWindow window;
    auto& app = window.open();
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    const auto height = [&] { return input->parentItem()->parentItem()->height(); }; // the field that scrolls
    const double one_line = height();
    for (int line = 0; line < 3; ++line) {
        type(app, QStringLiteral("x"));
        press(app, Qt::Key_Return, Qt::ShiftModifier);
    }
    QTRY_VERIFY(height() > one_line + 40);
    input->setProperty("text", QStringLiteral("line\n").repeated(200));
    QTRY_VERIFY(height() <= 0.4 * app.window()->height());
    QVERIFY(height() > 0.25 * app.window()->height());
    input->setProperty("text", QString());
    QTRY_COMPARE(height(), one_line);
}

void ComposerTest::a_draft_is_kept_for_each_conversation_over_a_restart() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 1 + 1?"));
    type(app, QStringLiteral("first draft"));
    press(app, Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(text_of(item(app, "composerInput")), QString());
    window.type_and_send(QStringLiteral("What is 2 + 2?"));
    type(app, QStringLiteral("second draft"));
    press(app, Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(text_of(item(app, "composerInput")), QString());
    type(app, QStringLiteral("of a new one"));
    app.chat()->open(1);
    QTRY_COMPARE(text_of(item(app, "composerInput")), QStringLiteral("first draft"));
    auto& again = window.open();
    for (const auto& [conversation, draft] :
         {std::pair<qint64, const char*>{2, "second draft"}, {1, "first draft"}}) {
        again.chat()->open(conversation);
        QTRY_COMPARE(again.chat()->conversation(), conversation);
        QTRY_COMPARE(text_of(item(again, "composerInput")), QLatin1String(draft));
    }
    // Sent, it is no draft any more.
    item(again, "composerInput")->forceActiveFocus();
    press(again, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(again.chat()->messages()->count() == 4 && !again.chat()->answering(),
                             patience_ms);
    auto& third = window.open();
    third.chat()->open(1);
    QTRY_COMPARE(third.chat()->messages()->count(), 4);
    QCOMPARE(text_of(item(third, "composerInput")), QString());
}

void ComposerTest::text_files_are_pasted_and_dropped_into_the_message() {
    RealWindow window;
    auto& app = window.open();
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    const auto write = [&](const char* name, const QByteArray& bytes) {
        QFile file(window.folder.filePath(QLatin1String(name)));
        if (!file.open(QIODevice::WriteOnly)) qFatal("no file");
        file.write(bytes);
        return QUrl::fromLocalFile(file.fileName());
    };
    auto* copied = new QMimeData;
    copied->setUrls({write("a.cpp", "#include <iostream>\n")});
    QGuiApplication::clipboard()->setMimeData(copied);
    press(app, Qt::Key_V, Qt::ControlModifier);
    const QString first = QStringLiteral("a.cpp:\n\n```cpp\n#include <iostream>\n```\n");
    QTRY_COMPARE(text_of(input), first);
    QMimeData dropped;
    dropped.setUrls({write("b.txt", "two")});
    const QPoint middle(900, 300);
    QDragEnterEvent enter(middle, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(app.window(), &enter);
    QDropEvent drop(middle, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(app.window(), &drop);
    QTRY_COMPARE(text_of(input), first + QStringLiteral("\nb.txt:\n\n```\ntwo\n```\n"));
    // They go to the model and to the disk as they are.
    press(app, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && !app.chat()->answering(), patience_ms);
    QVERIFY(QString::fromStdString(window.valve->asked().back().messages.back().content).startsWith(first));
    QVERIFY(QString::fromStdString(stored(window)[0].content).startsWith(first));
}

void ComposerTest::earlier_prompts_come_back_with_the_arrows() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 1 + 1?"));
    window.type_and_send(QStringLiteral("What is 2 + 2?"));
    auto* input = item(app, "composerInput");
    const auto after = [&](Qt::Key key) {
        press(app, key);
        return text_of(input);
    };
    QCOMPARE(after(Qt::Key_Up), QStringLiteral("What is 2 + 2?"));
    QCOMPARE(after(Qt::Key_Up), QStringLiteral("What is 1 + 1?"));
    QCOMPARE(after(Qt::Key_Down), QStringLiteral("What is 2 + 2?"));
    press(app, Qt::Key_Return); // asked once more
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 6 && !app.chat()->answering(), patience_ms);
    QCOMPARE(app.chat()->messages()->at(4).content, std::string("What is 2 + 2?"));
}

void ComposerTest::prompts_with_variables_come_from_the_library() {
    RealWindow window;
    auto& app = window.open();
    press(app, Qt::Key_P, Qt::ControlModifier);
    auto* dialog = popup(app, "promptsDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    QTRY_VERIFY(item(app, "promptName")->hasActiveFocus()); // there is none yet: a new one
    type(app, QStringLiteral("sum"));
    press(app, Qt::Key_Tab);
    type(app, QStringLiteral("What is {{a}} + {{b}}?"));
    press_button(app, item(app, "keepPromptButton"));
    QTRY_COMPARE(app.prompts()->count(), 1);
    QTRY_VERIFY(item(app, "promptList")->hasActiveFocus());
    press(app, Qt::Key_Return); // choose it
    auto* variables = popup(app, "variablesDialog");
    QTRY_VERIFY(variables->property("opened").toBool());
    type(app, QStringLiteral("17"));
    press(app, Qt::Key_Tab);
    type(app, QStringLiteral("25"));
    press(app, Qt::Key_Return);
    auto* input = item(app, "composerInput");
    QTRY_COMPARE(text_of(input), QStringLiteral("What is 17 + 25?"));
    QTRY_VERIFY(input->hasActiveFocus());
    press(app, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && !app.chat()->answering(), patience_ms);
    QVERIFY(QString::fromStdString(window.last_text()).contains(QStringLiteral("42")));
    window.drain();
    auto& again = window.open();
    QTRY_COMPARE(again.prompts()->count(), 1);
    // It is a command as well.
    type(again, QStringLiteral("/su"));
    QTRY_VERIFY(item(again, "slashMenu")->isVisible());
    press(again, Qt::Key_Return);
    QTRY_VERIFY(popup(again, "variablesDialog")->property("opened").toBool());
}

void ComposerTest::slash_commands_do_what_they_say() {
    RealWindow window;
    auto& app = window.open();
    const auto command = [&](const char* name) {
        item(app, "composerInput")->forceActiveFocus();
        type(app, QStringLiteral("/") + QLatin1String(name));
        wait_for("the menu", [&] { return item(app, "slashMenu")->isVisible(); });
        press(app, Qt::Key_Return);
    };
    const auto page = [&] { return app.window()->property("page").toString(); };
    window.type_and_send(QStringLiteral("What is 17 + 25?"));
    command("again");
    QTRY_COMPARE_WITH_TIMEOUT(window.last().sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    command("copy");
    QTRY_COMPARE(QGuiApplication::clipboard()->text(), QString::fromStdString(window.last_text()));
    window.send_and_hold_in_answer(QStringLiteral("What is 17 + 25?"), 4);
    press(app, Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    command("continue");
    QTRY_COMPARE_WITH_TIMEOUT(window.last().status, storage::Status::done, patience_ms);
    const bool thought = app.settings()->think();
    command("think");
    QTRY_COMPARE(app.settings()->think(), !thought);
    command("think");
    for (const char* name : {"settings", "keys", "branches"}) {
        command(name);
        QTRY_VERIFY(!page().isEmpty());
        press(app, Qt::Key_Escape);
        QTRY_VERIFY(page().isEmpty());
    }
    command("search");
    QTRY_VERIFY(item(app, "searchField")->hasActiveFocus());
    command("prompts");
    auto* dialog = popup(app, "promptsDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    press(app, Qt::Key_Escape);
    QTRY_VERIFY(!dialog->property("visible").toBool());
    command("private");
    QTRY_VERIFY(app.chat()->isPrivate());
    command("new");
    QTRY_COMPARE(app.chat()->conversation(), qint64(0));
    QCOMPARE(text_of(item(app, "composerInput")), QString()); // none of them was sent
}

} // namespace spoutnik::test
