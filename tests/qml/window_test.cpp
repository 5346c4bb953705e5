// SPDX-License-Identifier: MIT
#include "tests/qml/window_test.h"

#include "tests/qml/fixture.h"
#include "tests/qml/sample_conversations.h"

#include <QAccessible>
#include <QClipboard>
#include <QDesktopServices>
#include <QDragEnterEvent>
#include <QFile>
#include <QGuiApplication>
#include <QInputMethodEvent>
#include <QMimeData>
#include <QQuickItem>
#include <QSet>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <functional>

namespace spoutnik::test {

namespace {

/// Depth first through what is drawn: delegates have no parent among QObjects.
QQuickItem* find(QQuickItem* root, const QString& name) {
    if (root->objectName() == name) return root;
    for (auto* child : root->childItems())
        if (auto* found = find(child, name)) return found;
    return nullptr;
}

/// Calls see for an item and everything in it.
void for_each(QQuickItem* root, const std::function<void(QQuickItem*)>& see) {
    see(root);
    for (auto* child : root->childItems())
        for_each(child, see);
}

QQuickItem* item(app::Application& app, const char* name) {
    auto* found = find(app.window()->contentItem(), QLatin1String(name));
    if (!found) qFatal("no item %s", name);
    return found;
}

QString text_of(QQuickItem* item) {
    return item->property("text").toString();
}

void type(app::Application& app, const QString& text) {
    for (const QChar character : text)
        QTest::keyClick(app.window(), character.toLatin1());
}

bool is_control(QAccessible::Role role) {
    static const QSet<int> controls{
        QAccessible::Button,       QAccessible::CheckBox, QAccessible::RadioButton,
        QAccessible::EditableText, QAccessible::Slider,   QAccessible::SpinBox,
        QAccessible::ButtonMenu,   QAccessible::List,     QAccessible::ListItem};
    return controls.contains(role);
}

bool is_button(QAccessible::Role role) {
    return role == QAccessible::Button || role == QAccessible::CheckBox || role == QAccessible::RadioButton ||
           role == QAccessible::ButtonMenu;
}

/// Sixty questions and answers, one of which has a word that no other has.
void write_long_conversation(const Fixture& fixture, const std::string& word) {
    storage::OpenOptions options;
    options.folder = fixture.folder.path().toStdString();
    storage::Database database(std::move(options));
    storage::Conversations conversations(database);
    const auto id = conversations.create("long").id;
    for (int i = 0; i < 60; ++i) {
        const std::string question = "question " + std::to_string(i) + (i == 30 ? " " + word : "");
        const auto turn = conversations.begin_turn(id, question, "model");
        storage::Answer answer;
        const std::string text = rich_answer(i % 2 == 0);
        answer.content = text;
        conversations.finish(turn.answer, storage::Status::done, answer);
    }
}

void visit(QAccessibleInterface* node, const std::function<void(QAccessibleInterface*)>& see) {
    if (!node) return;
    see(node);
    for (int i = 0; i < node->childCount(); ++i)
        visit(node->child(i), see);
}

} // namespace

void WindowTest::return_sends_and_shift_return_does_not() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start(true);
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    type(app, QStringLiteral("hi"));
    QTest::keyClick(app.window(), Qt::Key_Return, Qt::ShiftModifier);
    type(app, QStringLiteral("there"));
    QCOMPARE(text_of(input), QStringLiteral("hi\nthere"));
    QCOMPARE(app.chat()->messages()->count(), 0);
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(app.chat()->messages()->at(0).content, std::string("hi\nthere"));
    QCOMPARE(text_of(input), QString());
    QTest::keyClick(app.window(), Qt::Key_Return); // nothing to send
    fixture.drain();
    QCOMPARE(app.chat()->messages()->count(), 2);
}

void WindowTest::return_during_preedit_does_not_send() {
    Fixture fixture;
    auto& app = fixture.start(true);
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    QInputMethodEvent composing(QStringLiteral("にほん"), {});
    QCoreApplication::sendEvent(input, &composing);
    QVERIFY(input->property("inputMethodComposing").toBool());
    QTest::keyClick(app.window(), Qt::Key_Return);
    fixture.drain();
    QCOMPARE(app.chat()->messages()->count(), 0);
    QInputMethodEvent commit;
    commit.setCommitString(QStringLiteral("日本"));
    QCoreApplication::sendEvent(input, &commit);
    QCOMPARE(text_of(input), QStringLiteral("日本"));
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(app.chat()->messages()->at(0).content, std::string("日本"));
}

void WindowTest::keys_reach_every_place() {
    Fixture fixture;
    fixture.script->answer = "first";
    auto& app = fixture.start(true);
    auto* window = app.window();
    const auto page = [&] { return window->property("page").toString(); };
    fixture.ask(QStringLiteral("one"));

    QTest::keyClick(window, Qt::Key_Comma, Qt::ControlModifier);
    QTRY_COMPARE(page(), QStringLiteral("settings"));
    QTest::keyClick(window, Qt::Key_Escape);
    QTRY_COMPARE(page(), QString());
    QTest::keyClick(window, Qt::Key_F1);
    QTRY_COMPARE(page(), QStringLiteral("shortcuts"));
    QTest::keyClick(window, Qt::Key_Escape);
    QTRY_VERIFY(item(app, "composerInput")->hasActiveFocus());
    QTest::keyClick(window, Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(item(app, "searchField")->hasActiveFocus());
    QTest::keyClick(window, Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(item(app, "composerInput")->hasActiveFocus());
    QTest::keyClick(window, Qt::Key_B, Qt::ControlModifier);
    QTRY_VERIFY(!item(app, "sidebar")->isVisible());
    QTest::keyClick(window, Qt::Key_B, Qt::ControlModifier);
    QTRY_VERIFY(item(app, "sidebar")->isVisible());

    fixture.script->answer = "second";
    QTest::keyClick(window, Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("second"));
    QTRY_VERIFY(!app.chat()->answering());
    QTest::keyClick(window, Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("first"));
    QTest::keyClick(window, Qt::Key_Right, Qt::AltModifier);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("second"));

    QTest::keyClick(window, Qt::Key_E, Qt::ControlModifier);
    QTRY_VERIFY(find(window->contentItem(), QStringLiteral("editArea")));
    QTRY_VERIFY(item(app, "editArea")->hasActiveFocus());
    type(app, QStringLiteral("!"));
    QTest::keyClick(window, Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->at(0).content, std::string("one!"));
    QTRY_VERIFY(!app.chat()->answering());

    QTest::keyClick(window, Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(app.chat()->conversation(), qint64(0));
}

void WindowTest::escape_stops() {
    Fixture fixture;
    fixture.script->reasoning = "hm ";
    fixture.script->stops_in_reasoning = true;
    auto& app = fixture.start(true);
    app.chat()->send(QStringLiteral("think"));
    QTRY_COMPARE(app.chat()->phase(), app::ChatController::Phase::Reasoning);
    QTest::keyClick(app.window(), Qt::Key_Escape);
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(fixture.last().status, storage::Status::interrupted);
    QCOMPARE(fixture.last().reasoning, std::string("hm "));
}

void WindowTest::reasoning_folds_and_opens() {
    Fixture fixture;
    fixture.script->orphan = "Six times seven.\n";
    fixture.script->answer = "It is 42.";
    fixture.script->figures.reasoning_seconds = 6.2;
    fixture.script->figures.reasoning_tokens = 214;
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("6 x 7?"));
    auto* block = item(app, "reasoningBlock");
    auto* head = item(app, "reasoningHead");
    QCOMPARE(text_of(head), QStringLiteral("Thought for 6 s · 214 tokens"));
    QCOMPARE(block->property("plain").toString(), QStringLiteral("Six times seven."));
    QVERIFY(!block->property("bodyShown").toBool());
    const double folded = block->height();
    head->forceActiveFocus(Qt::TabFocusReason);
    QTest::keyClick(app.window(), Qt::Key_Space);
    QTRY_VERIFY(block->property("bodyShown").toBool());
    QTRY_VERIFY(block->height() > folded + 10);
    QTest::keyClick(app.window(), Qt::Key_Space);
    QTRY_COMPARE(block->height(), folded);
}

void WindowTest::reader_who_scrolls_up_is_left_alone() {
    Fixture fixture;
    for (int i = 0; i < 200; ++i)
        fixture.script->answer += "A paragraph of some words.\n\n ";
    fixture.script->pace = std::chrono::milliseconds(1);
    auto& app = fixture.start(true);
    auto* view = item(app, "conversationView");
    app.chat()->send(QStringLiteral("write"));
    const auto below = [&] { return view->property("belowView").toDouble(); };
    QTRY_VERIFY_WITH_TIMEOUT(view->property("contentHeight").toDouble() > 2 * view->height(), patience_ms);
    QTRY_VERIFY(below() < 2); // it follows
    QMetaObject::invokeMethod(view, "page", Q_ARG(double, -0.9));
    const double held = view->property("contentY").toDouble();
    QVERIFY(!view->property("follows").toBool());
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    QTest::qWait(50);
    QVERIFY(std::abs(view->property("contentY").toDouble() - held) < 1); // a pixel's rounding
    QVERIFY(below() > 100);
    auto* jump = item(app, "jumpButton");
    QTRY_VERIFY(jump->isVisible());
    QTest::mouseClick(app.window(), Qt::LeftButton, {},
                      jump->mapToScene(QPointF(jump->width() / 2, jump->height() / 2)).toPoint());
    QTRY_VERIFY(below() < 2);
    QTRY_VERIFY(!jump->isVisible());
}

void WindowTest::a_search_leads_to_the_message() {
    Fixture fixture;
    write_long_conversation(fixture, "needle");
    auto& app = fixture.start(true);
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 120);
    auto* view = item(app, "conversationView");
    QTest::keyClick(app.window(), Qt::Key_K, Qt::ControlModifier);
    type(app, QStringLiteral("needle"));
    QTRY_COMPARE(app.conversations()->search()->count(), 1);
    QTest::keyClick(app.window(), Qt::Key_Down);
    QTest::keyClick(app.window(), Qt::Key_Return);
    constexpr int row = 60;
    QTRY_COMPARE(view->property("found").toLongLong(), qint64(app.chat()->messages()->at(row).id));
    const auto place = [&] {
        QQuickItem* message = nullptr;
        QMetaObject::invokeMethod(view, "itemAtIndex", Q_RETURN_ARG(QQuickItem*, message), Q_ARG(int, row));
        return message ? message->y() - view->property("contentY").toDouble() : -1e9;
    };
    QTRY_VERIFY(std::abs(place()) < 2); // at the top of the page
    QTest::qWait(50);
    QVERIFY(std::abs(place()) < 2);
    app.chat()->newConversation();
    QTRY_COMPARE(view->property("found").toLongLong(), qint64(0));
    QTest::keyClick(app.window(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClick(app.window(), Qt::Key_Return); // the first hit, from the field
    QTRY_COMPARE(app.chat()->conversation(), qint64(1));
    QTRY_VERIFY(std::abs(place()) < 2);
}

void WindowTest::versions_of_a_question_are_reached_by_keys() {
    Fixture fixture;
    fixture.script->answer = "to the first";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("first"));
    fixture.script->answer = "to the second";
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("second"));
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("to the second"));
    QTRY_VERIFY(!app.chat()->answering());
    QTest::keyClick(app.window(), Qt::Key_Left,
                    Qt::AltModifier); // the answer has one version, its question two
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("to the first"));
    QTest::keyClick(app.window(), Qt::Key_Right, Qt::AltModifier);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("to the second"));
}

void WindowTest::the_page_keeps_still_when_an_answer_ends() {
    Fixture fixture;
    fixture.script->answer = "a few words";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start(true);
    app.chat()->send(QStringLiteral("go"));
    QTRY_VERIFY(app.chat()->messages()->count() == 2 && fixture.last().content == "a few words");
    auto* view = item(app, "conversationView");
    const auto height = [&] { return view->property("contentHeight").toDouble(); };
    QTest::qWait(50);
    const double before = height();
    app.chat()->messages()->update([&] {
        auto done = fixture.last();
        done.status = storage::Status::done;
        return done;
    }());
    QTest::qWait(50);
    QCOMPARE(height(), before);
}

void WindowTest::a_slash_offers_commands_and_prompts() {
    Fixture fixture;
    auto& app = fixture.start(true);
    auto* window = app.window();
    auto* input = item(app, "composerInput");
    auto* menu = item(app, "slashMenu");
    QTRY_VERIFY(input->hasActiveFocus());
    type(app, QStringLiteral("/"));
    QTRY_VERIFY(menu->isVisible());
    type(app, QStringLiteral("set"));
    QTest::keyClick(window, Qt::Key_Return);
    QTRY_COMPARE(window->property("page").toString(), QStringLiteral("settings"));
    QCOMPARE(text_of(input), QString());
    QTest::keyClick(window, Qt::Key_Escape);
    QTRY_VERIFY(input->hasActiveFocus());

    // Escape leaves the text alone, which can then be sent as it is.
    type(app, QStringLiteral("/new"));
    QTest::keyClick(window, Qt::Key_Escape);
    QTRY_VERIFY(!menu->isVisible());
    QCOMPARE(text_of(input), QStringLiteral("/new"));
    QTest::keyClick(window, Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(app.chat()->messages()->at(0).content, std::string("/new"));
    QTRY_VERIFY(!app.chat()->answering());
    type(app, QStringLiteral("/etc/passwd")); // no command at all
    QTRY_VERIFY(!menu->isVisible());
    input->setProperty("text", QString());

    app.prompts()->keep(-1, QStringLiteral("haiku"), QStringLiteral("A haiku on {{what}}."));
    type(app, QStringLiteral("/hai"));
    QTRY_VERIFY(menu->isVisible());
    QTest::keyClick(window, Qt::Key_Tab);
    auto* dialog = window->findChild<QObject*>(QStringLiteral("variablesDialog"));
    QTRY_VERIFY(dialog->property("opened").toBool());
    type(app, QStringLiteral("rain"));
    QTest::keyClick(window, Qt::Key_Return);
    QTRY_COMPARE(text_of(input), QStringLiteral("A haiku on rain."));
    QTRY_VERIFY(input->hasActiveFocus());
    fixture.start(true); // and is there again
    QCOMPARE(fixture->prompts()->nameAt(0), QStringLiteral("haiku"));
}

void WindowTest::earlier_prompts_come_back_with_the_arrows() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("first"));
    fixture.ask(QStringLiteral("second"));
    auto* input = item(app, "composerInput");
    input->forceActiveFocus();
    const auto press = [&](Qt::Key key) {
        QTest::keyClick(app.window(), key);
        return text_of(input);
    };
    QCOMPARE(press(Qt::Key_Up), QStringLiteral("second"));
    QCOMPARE(press(Qt::Key_Up), QStringLiteral("first"));
    QCOMPARE(press(Qt::Key_Up), QStringLiteral("first"));
    QCOMPARE(press(Qt::Key_Down), QStringLiteral("second"));
    QCOMPARE(press(Qt::Key_Down), QString());
    type(app, QStringLiteral("typed"));
    QCOMPARE(press(Qt::Key_Up), QStringLiteral("typed")); // what one writes is never replaced
}

void WindowTest::files_are_dropped_and_pasted_into_the_message() {
    Fixture fixture;
    auto& app = fixture.start(true);
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    const auto write = [&](const char* name, const QByteArray& bytes) {
        QFile file(fixture.folder.filePath(QLatin1String(name)));
        if (!file.open(QIODevice::WriteOnly)) qFatal("no file");
        file.write(bytes);
        return QUrl::fromLocalFile(file.fileName());
    };
    const QUrl code = write("a.py", "print(1)\n");
    auto* mime = new QMimeData;
    mime->setUrls({code});
    QGuiApplication::clipboard()->setMimeData(mime);
    QTest::keyClick(app.window(), Qt::Key_V, Qt::ControlModifier);
    const QString attached = QStringLiteral("a.py:\n\n```py\nprint(1)\n```\n");
    QTRY_COMPARE(text_of(input), attached);

    QMimeData dropped;
    dropped.setUrls({write("b.txt", "two")});
    const QPoint middle(900, 300);
    QDragEnterEvent enter(middle, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(app.window(), &enter);
    QDropEvent drop(middle, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(app.window(), &drop);
    QTRY_COMPARE(text_of(input), attached + QStringLiteral("\nb.txt:\n\n```\ntwo\n```\n"));

    app.files()->read({write("c.bin", QByteArray("\0\xff", 2))});
    QTRY_COMPARE(app.files()->problem(), QStringLiteral("not_text"));
    app.files()->read({write("d.txt", QByteArray(600 * 1024, 'x'))});
    QTRY_COMPARE(app.files()->problem(), QStringLiteral("too_large"));
    app.files()->read({QUrl(QStringLiteral("https://example.org/x.txt"))});
    QTRY_COMPARE(app.files()->problem(), QStringLiteral("unreadable"));
    QVERIFY(text_of(input).endsWith(QStringLiteral("two\n```\n")));
}

void WindowTest::a_stopped_answer_goes_on_by_keyboard() {
    Fixture fixture;
    fixture.script->answer = "one ";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start(true);
    app.chat()->send(QStringLiteral("count"));
    QTRY_VERIFY(app.chat()->messages()->count() == 2 && fixture.last().content == "one ");
    QTest::keyClick(app.window(), Qt::Key_Escape);
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(item(app, "endNote")->property("action").toString(), QStringLiteral("Go on"));
    fixture.script->answer = " two";
    fixture.script->stops_in_answer = false;
    QTest::keyClick(app.window(), Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("one two"));
    QTRY_VERIFY(!app.chat()->answering());
    QCOMPARE(fixture.last().sibling_count, std::int64_t(1));
}

void WindowTest::the_tree_leads_to_another_branch() {
    Fixture fixture;
    fixture.script->answer = "to the first";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("first"));
    fixture.script->answer = "to the second";
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("second"));
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("to the second"));
    QTRY_VERIFY(!app.chat()->answering());
    fixture.drain();
    QTest::keyClick(app.window(), Qt::Key_T, Qt::ControlModifier);
    QTRY_COMPARE(app.chat()->tree()->count(), 4);
    auto* list = item(app, "treeList");
    QTRY_VERIFY(list->hasActiveFocus());
    QTRY_COMPARE(list->property("currentIndex").toInt(), 3); // where one reads
    for (int i = 0; i < 2; ++i)
        QTest::keyClick(app.window(), Qt::Key_Up);
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(QString::fromStdString(fixture.last().content), QStringLiteral("to the first"));
    QTRY_COMPARE(app.window()->property("page").toString(), QString());
}

void WindowTest::shortcuts_are_searched() {
    Fixture fixture;
    auto& app = fixture.start(true);
    QTest::keyClick(app.window(), Qt::Key_F1);
    QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("shortcutFilter")));
    QTRY_VERIFY(item(app, "shortcutFilter")->hasActiveFocus());
    const auto rows = [&] {
        int count = 0;
        for_each(item(app, "shortcutsPage"), [&](QQuickItem* each) {
            if (each->property("isWanted").isValid() && each->isVisible()) ++count;
        });
        return count;
    };
    QVERIFY(rows() > 15);
    type(app, QStringLiteral("renam"));
    QTRY_COMPARE(rows(), 1);
    QTest::keyClick(app.window(), Qt::Key_A, Qt::ControlModifier);
    type(app, QStringLiteral("ctrl+k"));
    QTRY_COMPARE(rows(), 1);
    QTest::keyClick(app.window(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(app.window(), Qt::Key_Backspace);
    QTRY_VERIFY(rows() > 15);
}

void WindowTest::conversations_are_selected_and_arranged_by_keyboard() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start(true);
    for (const char* question : {"one", "two", "three"}) {
        app.chat()->newConversation();
        fixture.ask(QLatin1String(question));
    }
    auto* list = app.conversations();
    QTRY_COMPARE(list->count(), 3);
    auto* view = item(app, "conversationList");
    view->forceActiveFocus();
    QTRY_COMPARE(view->property("currentIndex").toInt(), 0);
    QTest::keyClick(app.window(), Qt::Key_X);
    QTest::keyClick(app.window(), Qt::Key_Down);
    QTest::keyClick(app.window(), Qt::Key_X);
    QCOMPARE(list->selectedCount(), 2);
    QTRY_VERIFY(item(app, "selectionBar")->isVisible());
    QTest::keyClick(app.window(), Qt::Key_F6);
    auto* dialog = app.window()->findChild<QObject*>(QStringLiteral("arrangeDialog"));
    QTRY_VERIFY(dialog->property("opened").toBool());
    type(app, QStringLiteral("Kitchen"));
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(list->folders().size(), 1);
    QCOMPARE(list->folders().first().toMap().value(QStringLiteral("count")).toInt(), 2);
    QTRY_VERIFY(!dialog->property("visible").toBool());
    view->forceActiveFocus();
    QTest::keyClick(app.window(), Qt::Key_Escape); // ends the selection and nothing else
    QTRY_COMPARE(list->selectedCount(), 0);
    QVERIFY(view->hasActiveFocus());
    list->setPlace(QStringLiteral("archive"));
    QTRY_COMPARE(text_of(item(app, "placeButton")), QStringLiteral("Archive"));
}

void WindowTest::a_link_shows_its_address_before_it_opens() {
    Fixture fixture;
    fixture.script->answer =
        "[my bank](https://xn--bnk-ela.example/%C3%A9?a=b) ![no](http://tracker.example/x.png)";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("where?"));
    Recorder opened;
    QDesktopServices::setUrlHandler(QStringLiteral("https"), &opened, "open");
    auto* dialog = app.window()->findChild<QObject*>(QStringLiteral("linkDialog"));
    QVERIFY(dialog);
    const auto click_link = [&] {
        QQuickItem* text = nullptr;
        for_each(item(app, "conversationView"), [&](QQuickItem* each) {
            if (each->property("hoveredLink").isValid() && each->isVisible() &&
                each->property("text").toString().contains(QStringLiteral("my bank")))
                text = each;
        });
        QVERIFY(text);
        QTest::mouseClick(app.window(), Qt::LeftButton, {}, text->mapToScene(QPointF(12, 12)).toPoint());
    };
    click_link();
    QTRY_VERIFY(dialog->property("opened").toBool());
    QCOMPARE(dialog->property("address").toString(),
             QStringLiteral("https://xn--bnk-ela.example/%C3%A9?a=b"));
    QTest::keyClick(app.window(), Qt::Key_Escape);
    QTRY_VERIFY(!dialog->property("visible").toBool());
    QVERIFY(opened.urls.isEmpty());
    click_link();
    QTRY_VERIFY(dialog->property("opened").toBool());
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(opened.urls.size(), 1);
    QDesktopServices::unsetUrlHandler(QStringLiteral("https"));
    QVERIFY(app.addressOf(QStringLiteral("file:///etc/passwd")).isEmpty());
    QVERIFY(app.addressOf(QStringLiteral("javascript:alert(1)")).isEmpty());
    QVERIFY(app.addressOf(QStringLiteral("https://bаnk.example/")) // a Cyrillic а
                .contains(QStringLiteral("xn--")));
}

void WindowTest::code_and_tables_are_copied_and_saved() {
    Fixture fixture;
    fixture.script->answer = rich_answer(false);
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("median"));
    QMetaObject::invokeMethod(item(app, "conversationView"), "toBeginning");
    QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("copyCodeButton")));
    const auto press = [&](const char* name) {
        item(app, name)->forceActiveFocus(Qt::TabFocusReason);
        QTest::keyClick(app.window(), Qt::Key_Space);
    };
    press("copyCodeButton");
    const QString code = QGuiApplication::clipboard()->text();
    QVERIFY(code.startsWith(QStringLiteral("import heapq\n")));
    press("copyCsvButton");
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("Operation,Time,Memory\r\nadd,")));

    const QString path = fixture.folder.filePath(QStringLiteral("code.py"));
    QSignalSpy saved(app.files(), &app::TextFiles::saved);
    QCOMPARE(app.files()->codeFileName(QStringLiteral("python")), QStringLiteral("code.py"));
    app.files()->save(QUrl::fromLocalFile(path), code);
    QTRY_COMPARE(saved.count(), 1);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(file.readAll()), code);
    app.files()->save(QUrl::fromLocalFile(fixture.folder.filePath(QStringLiteral("no/such/folder.py"))),
                      code);
    QTRY_VERIFY(item(app, "fileNote")->isVisible());
    QVERIFY(item(app, "fileNote")->property("title").toString().contains(QStringLiteral("folder.py")));
    app.files()->dismissProblem();
    QTRY_VERIFY(!item(app, "fileNote")->isVisible());
}

void WindowTest::language_changes_at_once() {
    Fixture fixture({}, QString());
    auto& app = fixture.start(true);
    app.settings()->setLanguage(QStringLiteral("en"));
    QTRY_COMPARE(text_of(item(app, "settingsButton")), QStringLiteral("Settings"));
    app.settings()->setLanguage(QStringLiteral("fr"));
    QTRY_COMPARE(text_of(item(app, "settingsButton")), QStringLiteral("Réglages"));
    fixture.start(true); // and is remembered
    QTRY_COMPARE(text_of(item(*fixture, "settingsButton")), QStringLiteral("Réglages"));
}

void WindowTest::the_model_says_what_is_on_the_gpu() {
    const auto facts_of = [](Fixture& fixture) {
        auto& app = fixture.start(true);
        QMetaObject::invokeMethod(item(app, "modelChip"), "openPopup");
        const QString facts = text_of(item(app, "modelFacts"));
        fixture.quit(); // one window at a time
        return facts;
    };
    Fixture without;
    without.script->placement.devices = {{"cpu", 42'000'000'000}};
    QVERIFY(!facts_of(without).contains(QStringLiteral("GPU")));
    Fixture english;
    english.script->placement.devices = {{"cuda", 12'000'000'000}, {"cpu", 42'000'000'000}};
    QVERIFY(facts_of(english).contains(QStringLiteral("12.0 GB on the GPU, 42.0 GB in memory")));
    Fixture french({}, QStringLiteral("fr"));
    french.script->placement = english.script->placement;
    QVERIFY(facts_of(french).contains(QStringLiteral("sur la carte graphique")));
}

void WindowTest::the_model_says_why_it_is_not_on_the_gpu() {
    using kernels::cuda::GpuAbsence;
    const auto facts_with = [](GpuAbsence why, const QString& language) {
        Fixture fixture({}, language);
        fixture.script->placement.gpu_absence = why;
        auto& app = fixture.start(true);
        QMetaObject::invokeMethod(item(app, "modelChip"), "openPopup");
        return text_of(item(app, "modelFacts"));
    };
    const auto english = QStringLiteral("en");
    QVERIFY(!facts_with(GpuAbsence::none, english).contains(QStringLiteral("on the processor")));
    QVERIFY(facts_with(GpuAbsence::no_driver, english)
                .contains(QStringLiteral("\non the processor: no NVIDIA driver is installed\n")));
    QVERIFY(facts_with(GpuAbsence::other_version, english).contains(QStringLiteral("another version")));
    QVERIFY(facts_with(GpuAbsence::old_driver, QStringLiteral("fr"))
                .contains(QStringLiteral("le pilote NVIDIA est trop ancien")));
}

void WindowTest::large_letters_leave_the_header_free() {
    Fixture fixture;
    auto& app = fixture.start(true);
    app.window()->resize(760, 600);
    app.settings()->setTextScale(2);
    auto* heading = item(app, "emptyHeading");
    QTRY_VERIFY(heading->height() > 60); // on two lines
    QVERIFY(heading->mapToScene(QPointF()).y() >= 48);
}

void WindowTest::every_control_has_a_name() {
    Fixture fixture;
    fixture.script->reasoning = "thought";
    fixture.script->answer = rich_answer(false);
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("everything"));
    for (const char* page : {"", "files", "settings", "shortcuts", "tree"}) {
        app.window()->setProperty("page", QLatin1String(page));
        QTest::qWait(50);
        int controls = 0;
        visit(QAccessible::queryAccessibleInterface(app.window()), [&](QAccessibleInterface* node) {
            if (node->state().invisible) return;
            const auto* object = node->object();
            if (node->role() == QAccessible::StaticText)
                QVERIFY2(!node->text(QAccessible::Name).isEmpty(), "words that nobody can hear");
            if (!is_control(node->role())) return;
            ++controls;
            if (const auto* control = qobject_cast<const QQuickItem*>(object);
                control && is_button(node->role()))
                QVERIFY2(control->width() >= 36 && control->height() >= 36,
                         qPrintable(node->text(QAccessible::Name) + QStringLiteral(" is hard to hit")));
            QVERIFY2(!node->text(QAccessible::Name).isEmpty(),
                     object ? object->metaObject()->className() : "a control without an object");
        });
        QVERIFY2(controls >= 8, page);
    }
}

void WindowTest::tab_reaches_every_control() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("hello"));
    auto* composer = item(app, "composerInput");
    composer->forceActiveFocus();
    QTest::keyClick(app.window(), Qt::Key_Tab); // leaves the field, and is no character of it
    QVERIFY(!composer->hasActiveFocus());
    QCOMPARE(text_of(composer), QString());
    QSet<QString> reached;
    auto* stop = composer;
    for (int i = 0; i < 100 && (i == 0 || stop != composer); ++i, stop = stop->nextItemInFocusChain(true))
        for (auto* inside = stop; inside; inside = inside->parentItem())
            reached.insert(inside->objectName());
    QCOMPARE(stop, composer); // the way is a round
    for (const char* name : {"newButton", "searchField", "conversationList", "settingsButton", "modelChip",
                             "copyButton", "regenerateButton", "thinkChip", "composerInput"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
}

void WindowTest::a_long_conversation_opens() {
    Fixture fixture;
    write_long_conversation(fixture, "needle");
    auto& app = fixture.start(true);
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 120);
    auto* view = item(app, "conversationView");
    QTRY_VERIFY(view->property("belowView").toDouble() < 2);
    QTest::keyClick(app.window(), Qt::Key_Escape);
    view->forceActiveFocus();
    QTest::keyClick(app.window(), Qt::Key_Home);
    QTRY_VERIFY(view->property("belowView").toDouble() > 1000);
    type(app, QStringLiteral("x")); // typing on the page goes to the composer
    QTRY_VERIFY(item(app, "composerInput")->hasActiveFocus());
    QCOMPARE(text_of(item(app, "composerInput")), QStringLiteral("x"));
}

} // namespace spoutnik::test
