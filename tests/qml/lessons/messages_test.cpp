// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/messages_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/real_engine.h"
#include "tests/qml/sample_conversations.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QFile>
#include <QGuiApplication>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTcpServer>

#include <cmath>

namespace spoutnik::test {

using storage::Status;

namespace {

const QString sum = QStringLiteral("What is 17 + 25?");

/// An answer that is there from the start, as the only one of a conversation.
void keep_answer(const Fixture& fixture, const std::string& text, Status status = Status::done) {
    with_database(fixture, [&](storage::Conversations& conversations) {
        const auto id = conversations.create("kept").id;
        const auto turn = conversations.begin_turn(id, "a question", "model");
        storage::Answer answer;
        answer.content = text;
        conversations.finish(turn.answer, status, answer);
    });
}

/// The button of this name that belongs to a row of the conversation.
QQuickItem* of_message(app::Application& app, int row, const char* name) {
    QQuickItem* message = nullptr;
    QMetaObject::invokeMethod(item(app, "conversationView"), "itemAtIndex",
                              Q_RETURN_ARG(QQuickItem*, message), Q_ARG(int, row));
    QQuickItem* found = nullptr;
    if (message)
        for_each(message, [&](QQuickItem* each) {
            if (each->objectName() == QLatin1String(name) && each->isVisible()) found = each;
        });
    if (!found) qFatal("message %d has no %s", row, name);
    return found;
}

/// Opens "More" under a message by keyboard and chooses an item by the arrows.
void choose_in_more(app::Application& app, int row, const char* name) {
    press_button(app, of_message(app, row, "moreButton"));
    QQuickItem* wanted = nullptr;
    wait_for(name, [&] {
        wanted = find(app.window()->contentItem(), QLatin1String(name));
        return wanted && wanted->isVisible();
    });
    for (int steps = 0; steps < 20 && !wanted->property("highlighted").toBool(); ++steps)
        press(app, Qt::Key_Down);
    press(app, Qt::Key_Return);
    wait_for("the menu to close", [&] { return !wanted->isVisible(); });
}

} // namespace

void MessagesTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void MessagesTest::edit_regenerate_and_the_switcher_at_each_fork() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(sum);
    const std::string first = window.last_text();
    press(app, Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(window.last().sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    QCOMPARE(window.last().sibling_index, std::int64_t(1));
    // The switcher under the answer, by the mouse and by keys.
    QTest::qWait(20);
    click(app, of_message(app, 1, "previousBranch"));
    QTRY_COMPARE(window.last().sibling_index, std::int64_t(0));
    QCOMPARE(window.last_text(), first);
    press(app, Qt::Key_Right, Qt::AltModifier);
    QTRY_COMPARE(window.last().sibling_index, std::int64_t(1));
    press(app, Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(window.last().sibling_index, std::int64_t(0));

    // An edited question is a fork of its own; both versions and both answers of the first stay.
    press(app, Qt::Key_E, Qt::ControlModifier);
    QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("editArea")));
    QTRY_VERIFY(item(app, "editArea")->hasActiveFocus());
    press(app, Qt::Key_A, Qt::ControlModifier);
    type(app, QStringLiteral("What is 30 + 31?"));
    press(app, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(app.chat()->messages()->at(0).sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    QVERIFY2(QString::fromStdString(window.last_text()).contains(QStringLiteral("61")),
             window.last_text().c_str());
    QTest::qWait(20);
    click(app, of_message(app, 0, "previousBranch"));
    QTRY_COMPARE(app.chat()->messages()->at(0).content, sum.toStdString());
    QCOMPARE(window.last().sibling_count, std::int64_t(2));
    window.drain();
    window.quit();
    with_database(window, [](storage::Conversations& conversations) {
        if (conversations.all_messages(1).size() != 5) qFatal("two questions and three answers are kept");
    });
}

void MessagesTest::the_tree_shows_every_version_and_leads_to_it() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(sum);
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("What is 30 + 31?"));
    QTRY_COMPARE_WITH_TIMEOUT(app.chat()->messages()->at(0).sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    window.drain();
    press(app, Qt::Key_T, Qt::ControlModifier);
    QTRY_COMPARE(app.chat()->tree()->count(), 4);
    QCOMPARE(app.chat()->tree()->forks(), 1);
    auto* list = item(app, "treeList");
    QTRY_VERIFY(list->hasActiveFocus());
    QTRY_COMPARE(list->property("currentIndex").toInt(), 3);
    press(app, Qt::Key_Up);
    press(app, Qt::Key_Up);
    press(app, Qt::Key_Return);
    QTRY_COMPARE(app.chat()->messages()->at(0).content, sum.toStdString());
    QTRY_COMPARE(app.window()->property("page").toString(), QString());
}

void MessagesTest::an_answer_stopped_with_escape_goes_on() {
    RealWindow window;
    auto& app = window.open();
    for (const bool in_answer : {false, true}) {
        if (in_answer)
            window.send_and_hold_in_answer(sum, 4);
        else
            window.send_and_hold(sum, 8);
        QVERIFY(app.chat()->answering());
        press(app, Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
        const auto cut = window.last();
        QCOMPARE(cut.status, Status::interrupted);
        QVERIFY(!(cut.reasoning + cut.content).empty());
        QVERIFY(QString::fromStdString(cut.content).indexOf(QStringLiteral("42")) < 0);
        window.drain();
        QCOMPARE(stored(window).back().status, Status::interrupted);
        QCOMPARE(stored(window).back().reasoning, cut.reasoning);
        press_button(app, find(of_message(app, app.chat()->messages()->count() - 1, "endNote"),
                               QStringLiteral("noteButton")));
        QTRY_COMPARE_WITH_TIMEOUT(window.last().status, Status::done, patience_ms);
        QCOMPARE(window.last().id, cut.id); // the same message, no version of it
        const auto whole = window.last();
        QVERIFY2(QString::fromStdString(whole.content).endsWith(QStringLiteral("42")), whole.content.c_str());
        QVERIFY(QString::fromStdString(whole.reasoning)
                    .startsWith(QString::fromStdString(cut.reasoning).trimmed()));
    }
}

void MessagesTest::a_message_is_deleted_with_undo_and_then_for_good() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(sum);
    window.type_and_send(QStringLiteral("Hello xylophone"));
    choose_in_more(app, 2, "deleteMessageItem");
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTRY_VERIFY(item(app, "removedNote")->isVisible());
    press_button(app, find(item(app, "removedNote"), QStringLiteral("noteButton")));
    QTRY_COMPARE(app.chat()->messages()->count(), 4);
    QTest::qWait(20);
    choose_in_more(app, 2, "deleteMessageItem");
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTRY_VERIFY(app.chat()->canRestore());
    app.chat()->forgetRemoved(); // what the note does when its time is over
    window.drain();
    QCOMPARE(stored(window).size(), std::size_t(2));
    window.quit();
    QString where;
    QVERIFY2(!is_on_disk(window, "xylophone", &where), qPrintable(where));
}

void MessagesTest::copy_as_text_and_as_markdown() {
    RealWindow window;
    keep_answer(window, "# Sum\n\n**17** + 25 is `42`.", Status::done);
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTest::qWait(20);
    const auto clipboard = [] { return QGuiApplication::clipboard()->text(); };
    choose_in_more(app, 1, "copyMarkdownItem");
    QCOMPARE(clipboard(), QStringLiteral("# Sum\n\n**17** + 25 is `42`."));
    choose_in_more(app, 1, "copyPlainItem");
    QCOMPARE(clipboard(), QStringLiteral("Sum\n\n17 + 25 is 42."));
    // And what the real model says.
    const auto& answer = window.type_and_send(sum);
    press(app, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(clipboard(), QString::fromStdString(answer.content));
    QTest::qWait(20);
    press_button(app, of_message(app, 2, "copyButton"));
    QCOMPARE(clipboard(), sum);
}

void MessagesTest::reasoning_tells_time_and_tokens_while_it_streams_then_folds() {
    RealWindow window;
    auto& app = window.open();
    window.send_and_hold(sum, 20);
    QTRY_COMPARE(app.chat()->phase(), app::ChatController::Phase::Reasoning);
    auto* head = item(app, "reasoningHead");
    auto* block = item(app, "reasoningBlock");
    QVERIFY(block->property("open").toBool());
    QVERIFY(block->property("bodyShown").toBool());
    // The seconds go on while nothing comes; the tokens are told with them.
    static const QRegularExpression live(QStringLiteral("^Thinking… \\d+ s · \\d+ tokens$"));
    QTRY_VERIFY_WITH_TIMEOUT(live.match(text_of(head)).hasMatch(), patience_ms);
    window.valve->release();
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    QTRY_VERIFY(text_of(item(app, "reasoningHead")).startsWith(QStringLiteral("Thought for ")));
    block = item(app, "reasoningBlock");
    QVERIFY(!block->property("bodyShown").toBool());
    const double folded = block->height();
    press_button(app, item(app, "reasoningHead"));
    QTRY_VERIFY(block->height() > folded + 10);
    QVERIFY(block->property("plain").toString().contains(QStringLiteral("Units: 7 + 5 = 12")));
}

void MessagesTest::autoscroll_lets_go_when_the_reader_scrolls_up() {
    RealWindow window;
    std::string pages;
    for (int i = 0; i < 40; ++i)
        pages += "A paragraph of some words, number " + std::to_string(i) + ".\n\n";
    keep_answer(window, pages);
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    auto* view = item(app, "conversationView");
    const auto below = [&] { return view->property("belowView").toDouble(); };
    QTRY_VERIFY(below() < 2);
    window.send_and_hold(sum, 2);
    QTRY_VERIFY(below() < 2); // it follows
    view->forceActiveFocus();
    press(app, Qt::Key_PageUp);
    QVERIFY(!view->property("follows").toBool());
    const double held = view->property("contentY").toDouble();
    const auto shown = window.valve->pieces().size();
    window.valve->release();
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    QVERIFY(window.valve->pieces().size() > shown + 2); // more of it came
    QTest::qWait(50);
    QVERIFY(std::abs(view->property("contentY").toDouble() - held) < 1);
    QVERIFY(below() > 50);
    auto* jump = item(app, "jumpButton");
    QTRY_VERIFY(jump->isVisible());
    press_button(app, jump);
    QTRY_VERIFY(below() < 2);
}

void MessagesTest::rich_answers_are_drawn_copied_and_saved() {
    RealWindow window;
    keep_answer(window, rich_answer(false) + "\n- [x] done\n- [ ] to do\n\n$$\\notacommand{x}$$\n");
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    auto* view = item(app, "conversationView");
    QMetaObject::invokeMethod(view, "toBeginning");
    QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("copyCodeButton")));
    const auto clipboard = [] { return QGuiApplication::clipboard()->text(); };
    press_button(app, item(app, "copyCodeButton"));
    QVERIFY(clipboard().startsWith(QStringLiteral("import heapq\n")));
    press_button(app, item(app, "copyCsvButton"));
    QVERIFY(clipboard().startsWith(QStringLiteral("Operation,Time,Memory\r\n")));
    // Save, as the dialog does when a name is chosen.
    const QString path = window.folder.filePath(QStringLiteral("code.py"));
    QSignalSpy saved(app.files(), &app::TextFiles::saved);
    app.files()->save(QUrl::fromLocalFile(path), QStringLiteral("import heapq\n"));
    QTRY_COMPARE(saved.count(), 1);
    QVERIFY(QFile::exists(path));
    // Colours: at least twenty languages have a name and words in colour.
    int coloured = 0;
    for (const char* language :
         {"c",          "cpp",   "csharp", "css", "go",    "haskell", "html",       "java",
          "javascript", "json",  "kotlin", "lua", "php",   "perl",    "python",     "ruby",
          "rust",       "scala", "sh",     "sql", "swift", "toml",    "typescript", "yaml"})
        if (!app.codeLanguage(QLatin1String(language)).isEmpty()) ++coloured;
    QVERIFY(coloured >= 20);
    // Formulas are drawn; one that nobody can draw shows its source.
    int drawn = 0;
    bool has_source = false;
    for_each(view, [&](QQuickItem* each) {
        if (each->objectName() == QLatin1String("formula") && each->property("isKnown").toBool()) ++drawn;
        if (each->isVisible() && text_of(each).contains(QStringLiteral("\\notacommand"))) has_source = true;
    });
    QVERIFY(drawn >= 1);
    QVERIFY(has_source);
    QString words;
    for (const auto& block : app.chat()->messages()->blocks_at(1).blocks())
        words += block.marker + block.plain + QLatin1Char('\n');
    QVERIFY2(words.contains(QChar(0x2611)) || words.contains(QChar(0x2612)) ||
                 words.contains(QChar(0x2713)) || words.contains(QChar(0x2610)),
             qPrintable(words)); // boxes of the task list
}

void MessagesTest::links_are_opened_by_keyboard_and_images_never_fetched() {
    RealWindow window;
    QTcpServer tracker; // would see a picture being fetched
    QVERIFY(tracker.listen(QHostAddress::LocalHost));
    int visits = 0;
    connect(&tracker, &QTcpServer::newConnection, this, [&] { ++visits; });
    const std::string there = "http://127.0.0.1:" + std::to_string(tracker.serverPort()) + "/x.png";
    keep_answer(window, "[my bank](https://bank.example/a) and ![a picture](" + there + ")\n\n<img src=\"" +
                            there + "\">\n\n[more](https://more.example/)");
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QTest::qWait(100);
    QStringList opened;
    struct Browser : QObject {};
    auto* dialog = popup(app, "linkDialog");
    choose_in_more(app, 1, "openLinkItem");
    QTRY_VERIFY(dialog->property("opened").toBool()); // the address is shown before it opens
    QCOMPARE(dialog->property("address").toString(), QStringLiteral("https://bank.example/a"));
    press(app, Qt::Key_Escape);
    QTRY_VERIFY(!dialog->property("visible").toBool());
    QCOMPARE(visits, 0);
}

void MessagesTest::errors_of_the_engine_are_said_in_french() {
    RealWindow window(QStringLiteral("fr"));
    window.model_file = window.folder.filePath(QStringLiteral("broken.gguf"));
    QFile broken(window.model_file);
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("not a model");
    broken.close();
    auto& app = window.open(false);
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->state(), app::ModelController::State::Failed, patience_ms);
    auto* note = item(app, "modelNote");
    QTRY_VERIFY(note->isVisible());
    QCOMPARE(note->property("title").toString(), QStringLiteral("Le modèle ne peut pas servir."));
    const QString detail = note->property("detail").toString();
    QVERIFY2(detail.startsWith(QStringLiteral("Ce n’est pas un fichier de modèle GGUF")), qPrintable(detail));
    QVERIFY2(detail.contains(QStringLiteral("not a GGUF file")), qPrintable(detail)); // what the engine said
    // A question without a model.
    window.ask(sum);
    QCOMPARE(window.last().status, Status::error);
    auto* end = item(app, "endNote");
    QVERIFY2(end->property("title").toString().contains(QStringLiteral("aucun modèle n’est prêt")),
             qPrintable(end->property("title").toString()));
}

} // namespace spoutnik::test
