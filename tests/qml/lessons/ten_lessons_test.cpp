// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/ten_lessons_test.h"

#include "app/starter/starter_model.h"
#include "tests/qml/lessons/accessible_pages.h"
#include "tests/qml/lessons/real_engine.h"
#include "tests/unit/storage/faulty_vfs.h"

#include <QFile>
#include <QGuiApplication>
#include <QInputMethodEvent>
#include <QProcess>
#include <QSignalSpy>
#include <sqlite3.h>

#include <set>

namespace spoutnik::test {

using storage::Status;

namespace {

const QString sum = QStringLiteral("What is 17 + 25?");

QString row_text(app::ConversationTreeModel& tree, int row) {
    const auto index = tree.index(row);
    return QString::number(tree.data(index, app::ConversationTreeModel::DepthRole).toInt()) +
           (tree.data(index, app::ConversationTreeModel::ShownRole).toBool() ? QStringLiteral("*")
                                                                             : QStringLiteral(" ")) +
           tree.data(index, app::ConversationTreeModel::LineRole).toString();
}

/// The outline as the window shows it: depth, whether it is on the shown branch, beginning of the text.
QStringList outline(RealWindow& window) {
    auto* tree = window->chat()->tree();
    tree->load(window->chat()->conversation());
    wait_for("the outline", [&] { return tree->count() > 0; });
    QStringList rows;
    for (int row = 0; row < tree->count(); ++row)
        rows << row_text(*tree, row);
    tree->load(0);
    return rows;
}

/// Every word drawn in the conversation that is shown, message by message.
QString drawn_words(app::Application& app) {
    QString words;
    for_each(item(app, "conversationView"), [&](QQuickItem* each) {
        if (each->isVisible() && each->property("selectByKeyboard").isValid()) {
            QString text;
            QMetaObject::invokeMethod(each, "getText", Q_RETURN_ARG(QString, text), Q_ARG(int, 0),
                                      Q_ARG(int, each->property("length").toInt()));
            words += text + QLatin1Char('\n');
        }
    });
    return words;
}

} // namespace

void TenLessonsTest::initTestCase() {
    if (app::find_starter_model().empty()) QSKIP("the starter model is not there");
}

void TenLessonsTest::lesson_1_a_kill_in_mid_stream_loses_neither_prompt_nor_answer() {
    // In the first word of the reasoning, in its middle, and in the answer.
    for (const auto& [pieces, in_answer] : {std::pair(1, false), {20, false}, {4, true}}) {
        RealWindow window;
        QProcess program;
        program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        program.start(QCoreApplication::applicationFilePath(),
                      {QStringLiteral("--answer-and-hold"), window.folder.path(), QString::number(pieces),
                       in_answer ? QStringLiteral("answer") : QStringLiteral("any")});
        QByteArray shown;
        while (!shown.endsWith("\nheld\n") && program.waitForReadyRead(patience_ms))
            shown += program.readAllStandardOutput();
        QVERIFY2(shown.endsWith("\nheld\n"), shown);
        program.kill(); // SIGKILL
        program.waitForFinished(patience_ms);
        QCOMPARE(program.exitStatus(), QProcess::CrashExit);
        shown.chop(6);
        QVERIFY(!shown.isEmpty());

        auto& app = window.open();
        app.chat()->open(1);
        QTRY_COMPARE(app.chat()->messages()->count(), 2);
        QCOMPARE(app.chat()->messages()->at(0).content, sum.toStdString());
        const auto answer = window.last();
        QCOMPARE(answer.status, Status::interrupted);
        QCOMPARE(QByteArray::fromStdString(answer.reasoning + answer.content), shown);
        QCOMPARE(!answer.content.empty(), in_answer);
        QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("endNote")));
        // And it goes on from there.
        press(app, Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(window.last().status, Status::done, patience_ms);
        QVERIFY2(QString::fromStdString(window.last_text()).contains(QStringLiteral("42")),
                 window.last_text().c_str());
        window.quit();
        QCOMPARE(integrity(window), std::string("ok"));
    }
}

void TenLessonsTest::lesson_2_a_full_disk_is_said_and_the_database_stays_whole() {
    using storage::testing::FaultyVfs;
    auto& disk = FaultyVfs::instance();
    sqlite3_vfs_register(sqlite3_vfs_find(FaultyVfs::name), 1);
    {
        RealWindow window;
        auto& app = window.open();
        window.type_and_send(sum);
        window.drain();
        // The storage's thread alone may touch the disk's switch.
        app.store().run([&disk](app::Store&) { disk.arm(FaultyVfs::Fault::disk_full, 1); });
        app.chat()->send(QStringLiteral("Hello"));
        auto* note = item(app, "storageNote");
        QTRY_VERIFY_WITH_TIMEOUT(note->isVisible(), patience_ms);
        QCOMPARE(note->property("title").toString(), QStringLiteral("The disk is full."));
        QTRY_VERIFY(!app.chat()->answering());
        QTRY_COMPARE(text_of(item(app, "composerInput")), QStringLiteral("Hello")); // nothing typed is lost
        app.store().run([&disk](app::Store&) {
            disk.disarm();
            disk.forget();
        });
        window.drain();
        QCOMPARE(integrity(window), std::string("ok"));
        QCOMPARE(stored(window).size(), std::size_t(2));

        // There is room again: the same question goes through, in the same window.
        item(app, "composerInput")->forceActiveFocus();
        press(app, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(app.chat()->messages()->count(), 4, patience_ms);
        QTRY_COMPARE_WITH_TIMEOUT(window.last().status, Status::done, patience_ms);
        window.drain();
        QCOMPARE(stored(window).size(), std::size_t(4));

        // Full in the middle of an answer: what was shown stays in sight, what was stored stays whole.
        window.send_and_hold(sum, 10);
        app.store().run([&disk](app::Store&) { disk.arm(FaultyVfs::Fault::disk_full, 1); });
        window.valve->release();
        QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
        QTRY_COMPARE_WITH_TIMEOUT(app.storageProblem(), QStringLiteral("disk_full"), patience_ms);
        QVERIFY(QString::fromStdString(window.last_text()).contains(QStringLiteral("42")));
        app.store().run([&disk](app::Store&) {
            disk.disarm();
            disk.forget();
        });
        window.drain();
        window.quit();
        QCOMPARE(integrity(window), std::string("ok"));

        // What the database could not take, the journal or the next start has.
        window.open();
        window->chat()->open(1);
        QTRY_COMPARE(window->chat()->messages()->count(), 6);
        QCOMPARE(window->chat()->messages()->at(4).content, sum.toStdString());
        window.quit();
    }
    sqlite3_vfs_unregister(sqlite3_vfs_find(FaultyVfs::name));
    sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
}

void TenLessonsTest::lesson_3_old_schemas_and_null_fields_open() {
    RealWindow window;
    QFile script(QStringLiteral(SPOUTNIK_SOURCE_DIR "/tests/data/storage_schema_1.sql"));
    QVERIFY(script.open(QIODevice::ReadOnly));
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(window.folder.filePath(QStringLiteral("spoutnik.db")).toUtf8().constData(), &raw),
             SQLITE_OK);
    QCOMPARE(sqlite3_exec(raw, script.readAll().constData(), nullptr, nullptr, nullptr), SQLITE_OK);
    // Every column that may be null, is null, in one conversation that a careless hand has added.
    QCOMPARE(sqlite3_exec(raw,
                          "INSERT INTO conversation(uuid) VALUES('00000000-0000-4000-8000-00000000dead');"
                          "INSERT INTO message(conversation) SELECT max(id) FROM conversation;"
                          "INSERT INTO message(conversation, parent) SELECT conversation, id FROM message "
                          "ORDER BY id DESC LIMIT 1;"
                          "UPDATE conversation SET active_leaf = (SELECT max(id) FROM message) "
                          "WHERE uuid LIKE '%dead';",
                          nullptr, nullptr, nullptr),
             SQLITE_OK);
    sqlite3_close(raw);

    auto& app = window.open();
    auto* list = app.conversations();
    QTRY_VERIFY(list->count() >= 2);
    int messages = 0;
    for (int row = 0; row < list->count(); ++row) {
        const qint64 id = list->idAt(row);
        app.chat()->open(id);
        QTRY_COMPARE(app.chat()->conversation(), id);
        messages += app.chat()->messages()->count();
        QTest::qWait(1); // drawn once
    }
    QVERIFY(messages >= 4);
    app.chat()->open(list->idAt(list->count() - 1));
    QTRY_COMPARE(app.chat()->conversation(), list->idAt(list->count() - 1));
    const auto& answer = window.type_and_send(sum); // and can be gone on with
    QCOMPARE(answer.status, Status::done);
    QVERIFY(QString::fromStdString(answer.content).contains(QStringLiteral("42")));
    QVERIFY(app.storageProblem().isEmpty());
}

void TenLessonsTest::lesson_4_one_block_of_a_thousand_messages_is_updated_while_streaming() {
    RealWindow window;
    with_database(window, [](storage::Conversations& conversations) {
        storage::Tree tree;
        for (int i = 0; i < 1000; ++i) {
            storage::Tree::Node node;
            node.message.id = i + 1;
            if (i > 0) node.message.parent = i;
            node.message.role = i % 2 == 0 ? storage::Role::user : storage::Role::assistant;
            node.message.content =
                "# Message " + std::to_string(i) + "\n\nA paragraph.\n\n- a list\n- of two";
            tree.messages.push_back(std::move(node));
        }
        tree.conversation.active_leaf = 1000;
        conversations.insert(std::span(&tree, 1));
    });
    auto& app = window.open();
    app.chat()->open(1);
    auto* messages = app.chat()->messages();
    QTRY_COMPARE(messages->count(), 1000);
    QTest::qWait(50);
    std::set<int> changed_messages;
    std::set<std::pair<int, int>> changed_blocks;
    int changes = 0;
    const auto watch_rows = connect(messages, &QAbstractItemModel::dataChanged, this,
                                    [&](const QModelIndex& first, const QModelIndex& last) {
                                        for (int row = first.row(); row <= last.row(); ++row)
                                            changed_messages.insert(row);
                                    });
    const auto watch_blocks = [&](int row) {
        auto* blocks = &messages->blocks_at(row);
        connect(blocks, &QAbstractItemModel::dataChanged, this,
                [&, row, blocks](const QModelIndex& first, const QModelIndex& last) {
                    ++changes;
                    for (int block = first.row(); block <= last.row(); ++block) {
                        changed_blocks.insert({row, block});
                        // Only the last block, or the reasoning at the moment when it closes.
                        if (block < blocks->rowCount() - 2) qFatal("a finished block was touched");
                    }
                });
        connect(blocks, &QAbstractItemModel::modelReset, this, [] { qFatal("all blocks were made anew"); });
    };
    for (int row = 0; row < messages->count(); ++row)
        watch_blocks(row);
    const auto watch_new = connect(messages, &QAbstractItemModel::rowsInserted, this,
                                   [&](const QModelIndex&, int first, int last) {
                                       for (int row = first; row <= last; ++row)
                                           watch_blocks(row);
                                   });
    const auto& answer = window.type_and_send(sum);
    QCOMPARE(answer.status, Status::done);
    disconnect(watch_rows);
    disconnect(watch_new);
    QVERIFY2(changes >= 8,
             qPrintable(QString::number(changes) + QStringLiteral(" changes for so many pieces: ") +
                        QString::number(window.valve->pieces().size())));
    QCOMPARE(changed_messages, std::set<int>{1001});
    for (const auto& [row, block] : changed_blocks)
        QCOMPARE(row, 1001);
}

void TenLessonsTest::lesson_5_characters_split_across_tokens_and_an_orphan_closing_tag() {
    RealWindow window;
    window.model_file = window.folder.filePath(QStringLiteral("awkward.gguf"));
    write_awkward_starter(window.model_file);
    auto& app = window.open();
    // No word on the screen may ever hold half a character or a tag.
    connect(app.chat()->messages(), &QAbstractItemModel::dataChanged, this, [&] {
        const auto shown = QString::fromStdString(window.last().reasoning + window.last().content);
        if (shown.contains(QChar(0xFFFD)) || shown.contains(QStringLiteral("think>")))
            qFatal("shown: %s", qPrintable(shown));
    });
    const auto& answer = window.type_and_send(sum);
    QCOMPARE(answer.status, Status::done);
    QCOMPARE(window.valve->orphans(), 1); // the </think> came without its opening tag
    QCOMPARE(QString::fromStdString(answer.content), QStringLiteral("17 + 25 = 42"));
    const QString reasoning = QString::fromStdString(answer.reasoning);
    QVERIFY2(reasoning.trimmed().startsWith(QStringLiteral("is an€ addition: 17 + 25.\nUnits: 7 + 5 = 12")),
             qPrintable(reasoning));
    QCOMPARE(reasoning.count(QChar(0x20AC)), 1);
    window.drain();
    const auto kept = stored(window);
    QCOMPARE(QString::fromStdString(kept[1].reasoning), reasoning);
    QCOMPARE(kept[1].content, std::string("17 + 25 = 42"));
    QVERIFY(!drawn_words(app).contains(QStringLiteral("think>")));
    QVERIFY(!text_of(item(app, "reasoningHead")).isEmpty()); // folded as reasoning
}

void TenLessonsTest::lesson_6_export_then_import_gives_the_same_tree() {
    RealWindow window;
    auto& app = window.open();
    const QString code = QStringLiteral("What is 17 + 25? `#include <iostream>` & \"quotes\"");
    window.type_and_send(code);
    press(app, Qt::Key_R, Qt::ControlModifier); // a second answer
    QTRY_COMPARE_WITH_TIMEOUT(window.last().sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    app.chat()->edit(app.chat()->lastPrompt(), QStringLiteral("#include <iostream>\nint main() {}"));
    QTRY_COMPARE_WITH_TIMEOUT(app.chat()->messages()->at(0).sibling_count, std::int64_t(2), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!app.chat()->answering(), patience_ms);
    window.type_and_send(QStringLiteral("Hello"));
    window.drain();
    const QStringList tree = outline(window);
    QVERIFY(tree.size() >= 7);
    window.quit();

    const QStringList here{QStringLiteral("--data"), window.folder.path()};
    for (const char* format : {"json", "openwebui"}) {
        RealWindow other;
        const QString file = other.folder.filePath(QStringLiteral("export.json"));
        const QString data = other.folder.filePath(QStringLiteral("data"));
        run_cli(QStringList{QStringLiteral("export"), QStringLiteral("--all"), QStringLiteral("--format"),
                            QLatin1String(format), QStringLiteral("--output"), file} +
                here);
        run_cli({QStringLiteral("import"), file, QStringLiteral("--data"), data});
        // Opened in the window, not only read back: the same outline, the same branch in sight.
        app::ApplicationOptions options;
        options.data_folder = data.toStdString();
        options.sessions = app::engine_sessions();
        options.language = QStringLiteral("en");
        app::Application again(std::move(options));
        wait_for("the storage", [&] { return again.ready(); });
        QTRY_COMPARE(again.conversations()->count(), 1);
        again.show();
        again.chat()->open(again.conversations()->idAt(0));
        QTRY_VERIFY(again.chat()->messages()->count() > 0);
        again.chat()->tree()->load(again.chat()->conversation());
        QTRY_COMPARE(again.chat()->tree()->count(), tree.size());
        QStringList rows;
        for (int row = 0; row < tree.size(); ++row)
            rows << row_text(*again.chat()->tree(), row);
        QCOMPARE(rows, tree);
        QCOMPARE(again.chat()->messages()->at(0).content, std::string("#include <iostream>\nint main() {}"));
        QTRY_VERIFY(drawn_words(again).contains(QStringLiteral("#include <iostream>")));
    }
    // What people read elsewhere: the angle brackets are there, once, as a browser and an editor show them.
    QTemporaryDir out;
    for (const auto& [format, expected] : {std::pair("markdown", "#include <iostream>\nint main() {}"),
                                           std::pair("html", "#include &lt;iostream&gt;")}) {
        const QString path = out.filePath(QLatin1String(format));
        run_cli(QStringList{QStringLiteral("export"), QStringLiteral("--all"), QStringLiteral("--format"),
                            QLatin1String(format), QStringLiteral("--output"), path} +
                here);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll().contains(expected), format);
    }
}

void TenLessonsTest::lesson_7_every_page_by_keyboard_and_every_control_has_a_name() {
    for (const char* language : {"en", "fr"}) {
        RealWindow window(QString::fromLatin1(language));
        auto& app = window.open();
        window.type_and_send(sum);
        window.drain();
        const QString problem = problems_of_pages(app);
        QVERIFY2(problem.isEmpty(), qPrintable(QLatin1String(language) + QStringLiteral(": ") + problem));
        const QString unreached = unreached_by_tab(app);
        QVERIFY2(unreached.isEmpty(), qPrintable(QLatin1String(language) + QStringLiteral(": ") + unreached));
    }
}

void TenLessonsTest::lesson_8_return_during_preedit_does_not_send() {
    RealWindow window;
    auto& app = window.open();
    auto* input = item(app, "composerInput");
    QTRY_VERIFY(input->hasActiveFocus());
    const auto compose = [&](const QString& preedit) {
        QInputMethodEvent event(preedit, {});
        QCoreApplication::sendEvent(input, &event);
    };
    type(app, sum.left(8));
    compose(QStringLiteral("じゅう"));
    QVERIFY(input->property("inputMethodComposing").toBool());
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter})
        press(app, key);
    window.drain();
    QCOMPARE(app.chat()->messages()->count(), 0);
    QVERIFY(window.valve->asked().empty());
    compose({}); // the composition is given up
    QTRY_VERIFY(!input->property("inputMethodComposing").toBool());
    type(app, sum.mid(8));
    press(app, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(app.chat()->messages()->count() == 2 && !app.chat()->answering(), patience_ms);
    QCOMPARE(app.chat()->messages()->at(0).content, sum.toStdString());

    // The same where a message is edited.
    press(app, Qt::Key_E, Qt::ControlModifier);
    QTRY_VERIFY(find(app.window()->contentItem(), QStringLiteral("editArea")));
    input = item(app, "editArea");
    QTRY_VERIFY(input->hasActiveFocus());
    compose(QStringLiteral("に"));
    press(app, Qt::Key_Return);
    window.drain();
    QCOMPARE(app.chat()->messages()->at(0).sibling_count, std::int64_t(1));
    compose({});
    press(app, Qt::Key_Escape);
    QTRY_VERIFY(!find(app.window()->contentItem(), QStringLiteral("editArea")));
}

void TenLessonsTest::lesson_9_too_little_memory_is_a_message_and_the_process_lives() {
    RealWindow window;
    // The starter, with a context that it says it can have and that no machine has the memory for.
    window.model_file = window.folder.filePath(QStringLiteral("thirsty.gguf"));
    write_thirsty_starter(window.model_file);
    auto& app = window.open();
    using app::ModelController;
    app.settings()->setContext(2'000'000'000);
    QVERIFY(app.model()->needsReload());
    app.model()->reload();
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->state(), ModelController::State::Failed, patience_ms);
    auto* note = item(app, "modelNote");
    QTRY_VERIFY(note->isVisible());
    const QString said = note->property("title").toString() + note->property("detail").toString();
    QVERIFY2(said.contains(QStringLiteral("memory")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("GB")) || said.contains(QStringLiteral("GiB")), qPrintable(said));
    // A question now is kept, and says why it has no answer.
    window.ask(sum);
    QCOMPARE(window.last().status, Status::error);
    // One button, and the conversation goes on with the starter.
    press_button(app, find(note, QStringLiteral("noteButton")));
    QTRY_COMPARE_WITH_TIMEOUT(app.model()->state(), ModelController::State::Ready, patience_ms);
    press(app, Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(window.last().status == Status::done, patience_ms);
    QVERIFY(QString::fromStdString(window.last_text()).contains(QStringLiteral("42")));
    QVERIFY(!note->isVisible());
}

void TenLessonsTest::lesson_10_a_number_in_brackets_stays_text() {
    RealWindow window;
    const std::string cited = "Three sources say so [1], [2] and [3]; none is [9].\n\n"
                              "| claim | source |\n|---|---|\n| this | [9] |\n\n- [9] alone\n\n"
                              "17 + 25 =";
    with_database(window, [&](storage::Conversations& conversations) {
        const auto id = conversations.create("sources").id;
        const auto turn = conversations.begin_turn(
            id, "What is 17 + 25? Sources: [1] https://a.example [2] https://b.example [3] https://c.example",
            "model");
        storage::Answer answer;
        answer.content = cited;
        conversations.finish(turn.answer, Status::interrupted, answer);
    });
    auto& app = window.open();
    app.chat()->open(1);
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    // The real engine goes on with it: numbers in brackets pass through prompt, answer, storage and view.
    press(app, Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE_WITH_TIMEOUT(window.last().status, Status::done, patience_ms);
    QVERIFY2(window.last_text().starts_with(cited), window.last_text().c_str());
    window.drain();
    QVERIFY(stored(window)[1].content.starts_with(cited));
    QTRY_VERIFY(drawn_words(app).contains(QStringLiteral("[1], [2] and [3]; none is [9].")));
    QCOMPARE(drawn_words(app).count(QStringLiteral("[9]")), 3);
    // None of them is a link.
    for (const auto& block : app.chat()->messages()->blocks_at(1).blocks())
        QVERIFY2(!block.html.contains(QStringLiteral("<a ")), qPrintable(block.html));
}

} // namespace spoutnik::test
