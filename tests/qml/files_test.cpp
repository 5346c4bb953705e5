// SPDX-License-Identifier: MIT
#include "tests/qml/files_test.h"

#include "app/gui/file_jobs.h"
#include "storage/archive/writer.h"
#include "storage/conversations.h"
#include "storage/folders.h"
#include "tests/qml/fixture.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFile>
#include <QMimeData>
#include <QProcess>
#include <QQuickItem>
#include <QSignalSpy>
#include <QTest>

#include <csignal>
#include <functional>
#include <sys/mount.h>
#include <sys/resource.h>

namespace spoutnik::test {

namespace {

QQuickItem* find(QQuickItem* root, const QString& name) {
    if (root->objectName() == name && root->isVisible()) return root;
    for (auto* child : root->childItems())
        if (auto* found = find(child, name)) return found;
    return nullptr;
}

/// Waits for a visible item of the window.
QQuickItem* item(app::Application& app, const char* name) {
    QQuickItem* found = nullptr;
    wait_for(name, [&] {
        found = find(app.window()->contentItem(), QLatin1String(name));
        return found != nullptr;
    });
    return found;
}

QObject* object(app::Application& app, const char* name) {
    auto* found = app.window()->findChild<QObject*>(QLatin1String(name));
    if (!found) qFatal("no object %s", name);
    return found;
}

QString sample(const char* name) {
    return QStringLiteral(SPOUTNIK_SOURCE_DIR "/tests/data/archive/") + QLatin1String(name);
}

QUrl local(const QString& path) {
    return QUrl::fromLocalFile(path);
}

QByteArray bytes_of(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) qFatal("no file %s", qPrintable(path));
    return file.readAll();
}

QString write(const QTemporaryDir& folder, const char* name, const QByteArray& bytes) {
    QFile file(folder.filePath(QLatin1String(name)));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("no file %s", name);
    return file.fileName();
}

/// What a task comes to.
QVariantMap outcome(app::Application& app) {
    wait_for("the end of the task", [&] { return !app.archive()->busy(); });
    return app.archive()->outcome();
}

QVariantMap import_files(app::Application& app, const QStringList& paths) {
    QList<QUrl> files;
    for (const auto& path : paths)
        files << local(path);
    app.archive()->importFiles(files);
    return outcome(app);
}

QStringList all_samples() {
    return {sample("chatgpt-conversations.json"), sample("deepseek-conversations.json"),
            sample("open-webui-export.json"), sample("lm-studio.conversation.json")};
}

void go_to_files(app::Application& app) {
    QTest::keyClick(app.window(), Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    item(app, "filesPage");
}

QString said(QQuickItem* of, const char* name) {
    return of->property(name).toString();
}

/// The group of exports: what its file dialog calls with the chosen name.
void export_to(app::Application& app, const QString& path) {
    for (auto* above = item(app, "exportButton"); above; above = above->parentItem())
        if (above->metaObject()->indexOfMethod("exportTo(QUrl)") >= 0) {
            QMetaObject::invokeMethod(above, "exportTo", Q_ARG(QUrl, local(path)));
            return;
        }
    qFatal("nothing exports");
}

void choose(app::Application& app, const char* control, const QString& value) {
    QMetaObject::invokeMethod(item(app, control), "chosen", Q_ARG(QString, value));
}

/// Leads the focus to a control by Tab alone, as a person without a mouse does.
void tab_to(app::Application& app, const char* name) {
    for (int i = 0; i < 200; ++i) {
        const auto* focused = app.window()->activeFocusItem();
        if (focused && focused->objectName() == QLatin1String(name)) return;
        QTest::keyClick(app.window(), Qt::Key_Tab);
    }
    qFatal("Tab does not lead to %s", name);
}

/// Our own file with `count` conversations of `letters` each.
QByteArray own_file(int count, int letters) {
    const auto writer = storage::archive::own_json_writer();
    std::string text = writer->begin(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        storage::Tree tree;
        tree.conversation.uuid =
            QStringLiteral("00000000-0000-4000-8000-%1").arg(i, 12, 10, QLatin1Char('0')).toStdString();
        tree.conversation.title = "Number " + std::to_string(i);
        tree.conversation.created_ms = tree.conversation.updated_ms = 1'700'000'000'000 + i;
        tree.messages.resize(1);
        auto& message = tree.messages.front().message;
        message.id = 1;
        message.content =
            "word" + std::to_string(i) + ' ' + std::string(static_cast<std::size_t>(letters), 'x');
        message.created_ms = message.finished_ms = tree.conversation.created_ms;
        text += writer->add(tree);
    }
    return QByteArray::fromStdString(text + writer->end());
}

int count_in(const QString& folder) {
    return static_cast<int>(QDir(folder).entryList(QDir::Files | QDir::Hidden).size());
}

} // namespace

void FilesTest::an_import_says_what_came_in_and_what_was_left_out() {
    Fixture fixture;
    auto& app = fixture.start(true);
    go_to_files(app);
    const auto told = import_files(app, {sample("chatgpt-conversations.json")});
    QCOMPARE(told.value(QStringLiteral("problem")).toString(), QString());
    QCOMPARE(told.value(QStringLiteral("conversations")).toInt(), 2);
    QTRY_COMPARE(app.conversations()->count(), 1); // the other lies in the archive
    auto* note = item(app, "outcomeNote");
    QCOMPARE(said(note, "title"), QStringLiteral("Imported: 2 conversations with 13 messages."));
    QVERIFY2(said(note, "detail").contains(QStringLiteral("Written by: ChatGPT.")),
             qPrintable(said(note, "detail")));
    QVERIFY2(said(note, "detail").contains(QStringLiteral("2\u00a0images")),
             qPrintable(said(note, "detail")));
    QVERIFY(said(note, "detail").contains(QStringLiteral("1\u00a0conversation without a message")));

    import_files(app, {sample("chatgpt-conversations.json")});
    QCOMPARE(said(item(app, "outcomeNote"), "title"),
             QStringLiteral("Nothing new: all of it is already here."));
    QCOMPARE(app.conversations()->count(), 1);
    import_files(app, {sample("chatgpt-conversations.json"), write(fixture.folder, "x.json", "[1]"),
                       sample("deepseek-conversations.json")});
    const QString detail = said(item(app, "outcomeNote"), "detail");
    QVERIFY2(detail.contains(QStringLiteral("“x.json”: No conversation of a known kind")),
             qPrintable(detail));
    QVERIFY2(detail.contains(QStringLiteral("Already here and left as they are: 2 conversations.")),
             qPrintable(detail));
    QTest::keyClick(app.window(), Qt::Key_Escape);
    QTRY_COMPARE(app.window()->property("page").toString(), QString());
}

void FilesTest::an_import_speaks_french() {
    Fixture fixture({}, QStringLiteral("fr"));
    auto& app = fixture.start(true);
    go_to_files(app);
    import_files(app, {sample("chatgpt-conversations.json")});
    auto* note = item(app, "outcomeNote");
    QCOMPARE(said(note, "title"), QStringLiteral("Importé\u00a0: 2 conversations avec 13 messages."));
    QVERIFY2(said(note, "detail").contains(QStringLiteral("2\u00a0images")),
             qPrintable(said(note, "detail")));
    QVERIFY2(said(note, "detail").contains(QStringLiteral("1\u00a0conversation sans message")),
             qPrintable(said(note, "detail")));
}

void FilesTest::files_are_dropped_on_the_page_and_on_the_sidebar() {
    Fixture fixture;
    auto& app = fixture.start(true);
    const auto drop = [&](const QString& path, const QPoint& where) {
        QMimeData files;
        files.setUrls({local(path)});
        QDragEnterEvent enter(where, Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(app.window(), &enter);
        QDropEvent dropped(where, Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(app.window(), &dropped);
        outcome(app);
    };
    drop(sample("deepseek-conversations.json"), QPoint(100, 400));
    QTRY_COMPARE(app.window()->property("page").toString(),
                 QStringLiteral("files")); // and says what came of it
    QVERIFY(app.archive()->outcome().value(QStringLiteral("conversations")).toInt() > 0);
    drop(sample("chatgpt-conversations.json"), QPoint(800, 300));
    QCOMPARE(app.archive()->outcome().value(QStringLiteral("conversations")).toInt(), 2);
}

void FilesTest::what_cannot_be_imported_is_told_in_words_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");
    const QString invalid = QStringLiteral("invalid");
    QTest::newRow("empty") << QByteArray() << invalid;
    QTest::newRow("no JSON") << QByteArray("hello") << invalid;
    QTest::newRow("other JSON") << QByteArray(R"({"a": [1, 2]})") << invalid;
    QTest::newRow("binary") << QByteArray("\x00\xff\xfe\x80", 4) << invalid;
    QTest::newRow("deep") << QByteArray(1'000'000, '[') << invalid;
    QTest::newRow("zip") << QByteArray("PK\x03\x04 and so on") << QStringLiteral("zip");
    QTest::newRow("backup") << QByteArray("SQLite format 3\0 and so on", 27) << QStringLiteral("backup");
    QTest::newRow("newer")
        << QByteArray(R"({"format": "spoutnik-conversations", "version": 99, "conversations": []})")
        << QStringLiteral("newer_schema");
}

void FilesTest::what_cannot_be_imported_is_told_in_words() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, problem);
    Fixture fixture;
    auto& app = fixture.start(true);
    go_to_files(app);
    const auto told = import_files(app, {write(fixture.folder, "file.json", bytes)});
    QCOMPARE(told.value(QStringLiteral("problem")).toString(), problem);
    auto* note = item(app, "outcomeNote");
    QCOMPARE(said(note, "title"), QStringLiteral("“file.json” could not be imported."));
    QVERIFY2(said(note, "detail").size() > 20, qPrintable(said(note, "detail")));
    QCOMPARE(app.storageProblem(), QString()); // the conversations themselves are well

    QCOMPARE(import_files(app, {fixture.folder.filePath(QStringLiteral("none"))})
                 .value(QStringLiteral("problem"))
                 .toString(),
             QStringLiteral("unreadable"));
    QCOMPARE(import_files(app, {fixture.folder.path()}).value(QStringLiteral("problem")).toString(),
             QStringLiteral("unreadable"));
    QFile huge(fixture.folder.filePath(QStringLiteral("huge.json")));
    QVERIFY(huge.open(QIODevice::WriteOnly) && huge.resize(app::largest_import_bytes + 1)); // takes no room
    QCOMPARE(import_files(app, {huge.fileName()}).value(QStringLiteral("problem")).toString(),
             QStringLiteral("too_large"));
}

void FilesTest::a_large_import_is_stopped_midway_and_taken_up_again() {
    Fixture fixture;
    auto& app = fixture.start(true);
    go_to_files(app);
    const QString file = write(fixture.folder, "many.json", own_file(3000, 2000));
    QObject::connect(app.archive(), &app::ConversationFiles::progressChanged, &app, [&] {
        if (app.archive()->progress() > 0.1) app.archive()->cancel();
    });
    auto told = import_files(app, {file});
    QVERIFY(told.value(QStringLiteral("cancelled")).toBool());
    const int before = told.value(QStringLiteral("conversations")).toInt();
    QVERIFY2(before > 0 && before < 3000, qPrintable(QString::number(before)));
    QTRY_COMPARE(app.conversations()->count(), before);
    QVERIFY(said(item(app, "outcomeNote"), "title").startsWith(QStringLiteral("The import was stopped")));
    QObject::disconnect(app.archive(), &app::ConversationFiles::progressChanged, &app, nullptr);
    told = import_files(app, {file});
    QCOMPARE(told.value(QStringLiteral("conversations")).toInt(), 3000 - before);
    QCOMPARE(told.value(QStringLiteral("alreadyHere")).toInt(), before);
    QTRY_COMPARE(app.conversations()->count(), 3000);
}

void FilesTest::the_chat_goes_on_during_an_import() {
    Fixture fixture;
    fixture.script->answer = "an answer";
    auto& app = fixture.start(true);
    const QString file = write(fixture.folder, "many.json", own_file(3000, 2000));
    app.archive()->importFiles({local(file)});
    QTRY_VERIFY(app.archive()->progress() > 0);
    QCOMPARE(QString::fromStdString(fixture.ask(QStringLiteral("a question")).content),
             QStringLiteral("an answer"));
    fixture.drain();
    QVERIFY2(app.archive()->busy(), "the answer was stored before the import was over");
    QCOMPARE(outcome(app).value(QStringLiteral("conversations")).toInt(), 3000);
    QTRY_COMPARE(app.conversations()->count(), 3001);
}

void FilesTest::export_import_export_gives_the_same_bytes() {
    QTemporaryDir out; // outside of Spoutnik's own folder, where nothing may be exported
    const QString one = out.filePath(QStringLiteral("one.json"));
    const QString two = out.filePath(QStringLiteral("two.json"));
    Fixture fixture;
    const auto export_all = [&](const QString& path) {
        go_to_files(*fixture);
        choose(*fixture, "exportScope", QStringLiteral("all"));
        export_to(*fixture, path);
        return outcome(*fixture);
    };
    import_files(fixture.start(true), all_samples());
    QDir(fixture.folder.path()).mkdir(QStringLiteral("inside"));
    QCOMPARE(export_all(fixture.folder.filePath(QStringLiteral("inside/x.json")))
                 .value(QStringLiteral("problem"))
                 .toString(),
             QStringLiteral("own_folder"));
    fixture->window()->setProperty("page", QString());
    QCOMPARE(export_all(one).value(QStringLiteral("conversations")).toInt(), 7);
    fixture.quit();

    Fixture second;
    auto& app = second.start(true);
    QCOMPARE(import_files(app, {one}).value(QStringLiteral("conversations")).toInt(), 7);
    go_to_files(app);
    choose(app, "exportScope", QStringLiteral("all"));
    export_to(app, two);
    outcome(app);
    QVERIFY(bytes_of(one).size() > 5000);
    QCOMPARE(bytes_of(two), bytes_of(one));
}

void FilesTest::one_selected_or_all_are_exported_in_every_format() {
    Fixture fixture;
    auto& app = fixture.start(true);
    import_files(app, all_samples());
    QTRY_COMPARE(app.conversations()->count(), 6); // and one in the archive
    QTemporaryDir out;
    go_to_files(app);
    const auto exported = [&](const char* format, const char* file) {
        choose(app, "exportFormat", QLatin1String(format));
        export_to(app, out.filePath(QLatin1String(file)));
        const auto told = outcome(app);
        if (!told.value(QStringLiteral("problem")).toString().isEmpty())
            qFatal("%s: %s", format, qPrintable(told.value(QStringLiteral("detail")).toString()));
        return bytes_of(out.filePath(QLatin1String(file)));
    };
    QVERIFY(exported("markdown", "a.md").contains("#include <iostream>"));
    QVERIFY(exported("html", "a.html").contains("#include &lt;iostream&gt;"));
    QVERIFY(exported("pdf", "a.pdf").contains("/FontFile"));
    QCOMPARE(exported("sharegpt", "a.jsonl").count('\n'), 7);
    QVERIFY(exported("openwebui", "ow.json").startsWith("["));
    QVERIFY(exported("json", "a.json").contains("spoutnik-conversations"));

    app.conversations()->toggleSelected(0);
    app.conversations()->toggleSelected(1);
    choose(app, "exportScope", QStringLiteral("selected"));
    QCOMPARE(exported("sharegpt", "b.jsonl").count('\n'), 2);
    app.conversations()->clearSelection();

    // From the menu of a row: that conversation, whichever is shown.
    QMetaObject::invokeMethod(item(app, "conversationList"), "exportRequested",
                              Q_ARG(QVariant, app.conversations()->idAt(3)),
                              Q_ARG(QString, QStringLiteral("A/title")));
    QCOMPARE(exported("sharegpt", "c.jsonl").count('\n'), 1);
    QCOMPARE(app.archive()->fileName(QStringLiteral("../a/b: \"c\"")), QStringLiteral("a b c"));
}

void FilesTest::an_export_stopped_midway_leaves_nothing() {
    Fixture fixture;
    auto& app = fixture.start(true);
    import_files(app, {write(fixture.folder, "many.json", own_file(400, 3000))});
    QTemporaryDir out;
    const QString target = write(out, "kept.html", "what was there");
    go_to_files(app);
    choose(app, "exportScope", QStringLiteral("all"));
    choose(app, "exportFormat", QStringLiteral("html"));
    QObject::connect(app.archive(), &app::ConversationFiles::progressChanged, &app, [&] {
        if (app.archive()->progress() > 0.05) app.archive()->cancel();
    });
    export_to(app, target);
    QVERIFY(outcome(app).value(QStringLiteral("cancelled")).toBool());
    QCOMPARE(said(item(app, "outcomeNote"), "title"), QStringLiteral("The export was stopped."));
    QCOMPARE(bytes_of(target), QByteArray("what was there"));
    QCOMPARE(count_in(out.path()), 1);
}

void FilesTest::what_cannot_be_written_leaves_the_old_file() {
    Fixture fixture;
    auto& app = fixture.start(true);
    import_files(app, {write(fixture.folder, "many.json", own_file(600, 20'000))});
    go_to_files(app);
    choose(app, "exportScope", QStringLiteral("all"));
    QTemporaryDir out;
    const QString target = write(out, "kept.json", "what was there");
    fixture.drain();
    { // a limit on the size of files: the write fails far into the export
        const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit limit = before;
        limit.rlim_cur = 9'000'000;
        setrlimit(RLIMIT_FSIZE, &limit);
        export_to(app, target);
        const auto told = outcome(app);
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, old_handler);
        QCOMPARE(told.value(QStringLiteral("problem")).toString(), QStringLiteral("input_output"));
        QCOMPARE(bytes_of(target), QByteArray("what was there"));
        QCOMPARE(count_in(out.path()), 1);
    }
    export_to(app, out.filePath(QStringLiteral("no/such/folder.json")));
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("input_output"));
    QCOMPARE(said(item(app, "outcomeNote"), "title"), QStringLiteral("“folder.json” could not be written."));
    export_to(app, out.path()); // a folder
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("invalid"));
    app.archive()->backUpTo(local(fixture.folder.filePath(QStringLiteral("spoutnik.db"))));
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("own_folder"));
    export_to(app, target);
    QCOMPARE(outcome(app).value(QStringLiteral("conversations")).toInt(), 600);
    QVERIFY(bytes_of(target).size() > 9'000'000);
}

void FilesTest::a_full_disk_is_told_in_words() {
    QTemporaryDir small;
    if (::mount("tmpfs", small.path().toLocal8Bit().constData(), "tmpfs", 0, "size=256k") != 0)
        QSKIP("a small file system can't be mounted here");
    Fixture fixture;
    auto& app = fixture.start(true);
    import_files(app, {write(fixture.folder, "some.json", own_file(100, 20'000))});
    go_to_files(app);
    choose(app, "exportScope", QStringLiteral("all"));
    export_to(app, small.filePath(QStringLiteral("x.json")));
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("disk_full"));
    QVERIFY(said(item(app, "outcomeNote"), "detail").startsWith(QStringLiteral("The disk is full.")));
    QCOMPARE(count_in(small.path()), 0);
    app.archive()->backUpTo(local(small.filePath(QStringLiteral("x.db"))));
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("disk_full"));
    QCOMPARE(count_in(small.path()), 0);
    QCOMPARE(app.storageProblem(), QString());
    ::umount(small.path().toLocal8Bit().constData());
}

void FilesTest::the_page_is_used_by_keyboard() {
    Fixture fixture;
    auto& app = fixture.start(true);
    import_files(app, {sample("deepseek-conversations.json")});
    app.archive()->backUpNow();
    outcome(app);
    QTRY_COMPARE(app.archive()->backups().size(), 1);
    go_to_files(app);
    for (const char* control : {"importButton", "exportButton", "saveCopyButton", "backUpButton",
                                "restoreButton", "removeBackupButton", "restoreFileButton"}) {
        tab_to(app, control);
        const auto* focused = app.window()->activeFocusItem(); // and in sight
        const double y = focused->mapToScene(QPointF()).y();
        QVERIFY2(y > 0 && y + focused->height() <= app.window()->height(), control);
    }
    // Formats are chosen with Tab and Space.
    auto* format = item(app, "exportFormat");
    for (int i = 0; i < 50 && said(format, "value") != QLatin1String("html"); ++i) {
        QTest::keyClick(app.window(), Qt::Key_Tab);
        const auto* focused = app.window()->activeFocusItem();
        if (focused && focused->parentItem() == format &&
            focused->property("text").toString() == QLatin1String("Web page"))
            QTest::keyClick(app.window(), Qt::Key_Space);
    }
    // The choice is the group's: its control shows it.
    QTRY_COMPARE(said(item(app, "exportFormat"), "value"), QStringLiteral("html"));
    QCOMPARE(said(item(app, "exportBranch"), "value"), QStringLiteral("active"));

    tab_to(app, "removeBackupButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    auto* confirm = object(app, "confirmDialog");
    QTRY_VERIFY(confirm->property("opened").toBool());
    QTest::keyClick(app.window(), Qt::Key_Return); // the focus is on Cancel
    QTRY_VERIFY(!confirm->property("visible").toBool());
    QCOMPARE(app.archive()->backups().size(), 1);
    tab_to(app, "removeBackupButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    QTRY_VERIFY(confirm->property("opened").toBool());
    tab_to(app, "confirmButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    QTRY_COMPARE(app.archive()->backups().size(), 0);
    QTest::keyClick(app.window(), Qt::Key_Escape);
    QTRY_COMPARE(app.window()->property("page").toString(), QString());
}

void FilesTest::a_backup_is_made_and_restored_by_keyboard() {
    Fixture fixture;
    fixture.script->answer = "kept answer";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("kept question"));
    app.settings()->setTemperature(1.5);
    app.prompts()->keep(-1, QStringLiteral("haiku"), QStringLiteral("A haiku."));
    app.settings()->write();
    fixture.drain();
    go_to_files(app);
    tab_to(app, "backUpButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    QCOMPARE(outcome(app).value(QStringLiteral("task")).toString(), QStringLiteral("backup"));
    QTRY_COMPARE(app.archive()->backups().size(), 1);
    QCOMPARE(app.archive()->backups().first().toMap().value(QStringLiteral("reason")).toString(),
             QStringLiteral("asked"));
    QVERIFY(app.archive()->backups().first().toMap().value(QStringLiteral("bytes")).toLongLong() > 4096);

    app.settings()->setTemperature(0.2);
    app.settings()->setTextScale(1.3); // not set when the backup was made
    app.prompts()->remove(0);
    app.chat()->newConversation();
    QTest::keyClick(app.window(), Qt::Key_Escape);
    fixture.ask(QStringLiteral("later one"));
    app.chat()->newConversation();
    fixture.ask(QStringLiteral("later two"));
    QTRY_COMPARE(app.conversations()->count(), 3);

    go_to_files(app);
    tab_to(app, "restoreButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    auto* dialog = object(app, "restoreDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    QVERIFY(item(app, "restoreContents")
                ->property("text")
                .toString()
                .startsWith(QStringLiteral("In it: 1 conversation,")));
    QVERIFY(item(app, "restoreReplaces")
                ->property("text")
                .toString()
                .contains(QStringLiteral("3 conversations")));
    QTest::keyClick(app.window(), Qt::Key_Escape); // asked, and not done
    QTRY_VERIFY(!dialog->property("visible").toBool());
    QCOMPARE(app.conversations()->count(), 3);
    tab_to(app, "restoreButton");
    QTest::keyClick(app.window(), Qt::Key_Space);
    QTRY_VERIFY(dialog->property("opened").toBool());
    tab_to(app, "confirmRestoreButton");
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(app.conversations()->count(), 1);
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QString());
    QCOMPARE(app.chat()->conversation(), qint64(0)); // what was shown has no meaning any more
    QTRY_COMPARE(app.settings()->temperature(), 1.5);
    QCOMPARE(app.settings()->textScale(), 1.0);
    QCOMPARE(app.prompts()->nameAt(0), QStringLiteral("haiku"));
    QTRY_COMPARE(app.archive()->backups().size(), 2); // with what was there before
    QCOMPARE(app.archive()->backups().first().toMap().value(QStringLiteral("reason")).toString(),
             QStringLiteral("restore"));

    app.archive()->lookInto(
        app.archive()->backups().first().toMap().value(QStringLiteral("url")).toUrl()); // and back
    QTRY_VERIFY(dialog->property("opened").toBool());
    app.archive()->restore();
    QTRY_COMPARE(app.conversations()->count(), 3);
    app.chat()->open(app.conversations()->idAt(0));
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
}

void FilesTest::a_restore_ends_the_answer_that_streams() {
    Fixture fixture;
    fixture.script->answer = "whole";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("before"));
    app.archive()->backUpNow();
    outcome(app);
    fixture.script->answer = "half an ";
    fixture.script->stops_in_answer = true;
    app.chat()->newConversation();
    app.chat()->send(QStringLiteral("streams"));
    QTRY_VERIFY(app.chat()->messages()->count() == 2 && fixture.last().content == "half an ");
    QTRY_COMPARE(app.archive()->backups().size(), 1);
    const auto backup = app.archive()->backups().first().toMap().value(QStringLiteral("url")).toUrl();
    app.archive()->lookInto(backup);
    QTRY_VERIFY(!app.archive()->candidate().isEmpty());
    app.archive()->restore();
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QString());
    QVERIFY(!app.chat()->answering());
    QTRY_COMPARE(app.conversations()->count(), 1);
    QCOMPARE(bytes_of(fixture.folder.filePath(QStringLiteral("stream.journal"))), QByteArray());
    fixture.script->stops_in_answer = false;
    fixture.script->answer = "whole";
    fixture.start(true); // nothing of the answer went into what stands under its number now
    QTRY_COMPARE(fixture->conversations()->count(), 1);
    fixture->chat()->open(fixture->conversations()->idAt(0));
    QTRY_COMPARE(fixture->chat()->messages()->count(), 2);
    QCOMPARE(fixture.last().content, std::string("whole"));
    // The copy of what was there before has the answer as far as it had come.
    fixture->archive()->readBackups();
    QTRY_COMPARE(fixture->archive()->backups().size(), 2);
    fixture->archive()->lookInto(
        fixture->archive()->backups().first().toMap().value(QStringLiteral("url")).toUrl());
    QTRY_VERIFY(!fixture->archive()->candidate().isEmpty());
    fixture->archive()->restore();
    QTRY_COMPARE(fixture->conversations()->count(), 2);
    fixture->chat()->open(fixture->conversations()->idAt(0));
    QTRY_COMPARE(fixture->chat()->messages()->count(), 2);
    QCOMPARE(fixture.last().content, std::string("half an "));
    QCOMPARE(fixture.last().status, storage::Status::interrupted);
}

void FilesTest::a_damaged_backup_changes_nothing() {
    Fixture fixture;
    fixture.script->answer = std::string(60'000, 'x');
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("here to stay"));
    QTemporaryDir out;
    const QString path = out.filePath(QStringLiteral("copy.db"));
    app.archive()->backUpTo(local(path));
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QString());
    const auto look = [&](const QString& file) {
        app.archive()->lookInto(local(file));
        return outcome(app).value(QStringLiteral("problem")).toString();
    };
    QCOMPARE(look(write(out, "text.db",
                        "no database at all, only text, but long enough to have a header of a hundred bytes "
                        "in its beginning.")),
             QStringLiteral("corrupt"));
    QCOMPARE(look(out.filePath(QStringLiteral("none.db"))), QStringLiteral("not_found"));
    QCOMPARE(look(write(out, "empty.db", {})), QStringLiteral("foreign_file"));
    QVERIFY(app.archive()->candidate().isEmpty());

    QByteArray bytes = bytes_of(path);
    bytes.replace(bytes.size() - 30'000, 20'000, QByteArray(20'000, '\x7f'));
    const QString damaged = write(out, "damaged.db", bytes);
    QCOMPARE(look(damaged), QString()); // its beginning is well
    app.archive()->restore();
    QCOMPARE(outcome(app).value(QStringLiteral("problem")).toString(), QStringLiteral("corrupt"));
    fixture.drain();
    QTRY_COMPARE(app.conversations()->count(), 1);
    app.chat()->open(app.conversations()->idAt(0));
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(fixture.last().content.size(), std::size_t(60'000));
    QCOMPARE(bytes_of(damaged), bytes);
}

void FilesTest::the_command_line_imports_beside_the_window() {
    Fixture fixture;
    fixture.script->answer = "begun ";
    fixture.script->stops_in_answer = true;
    auto& app = fixture.start(true);
    app.chat()->send(QStringLiteral("a question"));
    QTRY_VERIFY(app.chat()->messages()->count() == 2 && fixture.last().content == "begun ");
    QProcess cli;
    cli.start(QStringLiteral(SPOUTNIK_CLI), QStringList{QStringLiteral("import")} + all_samples() +
                                                QStringList{QStringLiteral("--data"), fixture.folder.path()});
    wait_for("spoutnik-cli", [&] { return cli.state() == QProcess::NotRunning; });
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    QTRY_COMPARE(app.conversations()->count(), 7); // the window noticed by itself
    QVERIFY(app.chat()->answering());              // and the answer goes on
    app.chat()->stop();
    QTRY_VERIFY(!app.chat()->answering());
    fixture.drain();
    QCOMPARE(fixture.last().status, storage::Status::interrupted);
    app.conversations()->search()->setQuery(QStringLiteral("levain"));
    QTRY_VERIFY(app.conversations()->search()->count() > 0);
}

void FilesTest::a_folder_is_renamed_and_deleted_by_keyboard() {
    Fixture fixture;
    fixture.script->answer = "ok";
    auto& app = fixture.start(true);
    fixture.ask(QStringLiteral("a question"));
    auto* list = app.conversations();
    list->moveToNewFolder(list->idAt(0), QStringLiteral("Kitchen"));
    QTRY_COMPARE(list->folders().size(), 1);
    list->setPlace(QStringLiteral("folder/%1")
                       .arg(list->folders().first().toMap().value(QStringLiteral("id")).toLongLong()));
    auto* button = item(app, "placeButton");
    QTRY_COMPARE(said(button, "text"), QStringLiteral("Kitchen"));
    const auto choose_in_menu = [&](const char* name) {
        button->forceActiveFocus(Qt::TabFocusReason);
        QTest::keyClick(app.window(), Qt::Key_Space);
        QTest::qWait(50);
        for (int i = 0; i < 20; ++i) {
            QTest::keyClick(app.window(), Qt::Key_Down);
            const auto* entry = find(app.window()->contentItem(), QLatin1String(name));
            if (entry && entry->property("highlighted").toBool()) break;
        }
        QTest::keyClick(app.window(), Qt::Key_Return);
    };
    choose_in_menu("renameFolderItem");
    auto* dialog = object(app, "folderDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    for (const QChar letter : QStringLiteral("Garden")) // the old name is selected
        QTest::keyClick(app.window(), letter.toLatin1());
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(said(button, "text"), QStringLiteral("Garden"));
    QTRY_VERIFY(!dialog->property("visible").toBool());

    choose_in_menu("removeFolderItem");
    QObject* confirm = nullptr;
    QTRY_VERIFY([&] {
        for (auto* each : app.window()->findChildren<QObject*>(QStringLiteral("confirmDialog")))
            if (each->property("opened").toBool()) confirm = each;
        return confirm != nullptr;
    }());
    QVERIFY(confirm->property("title").toString().contains(QStringLiteral("Garden")));
    QCOMPARE(confirm->property("detail").toString(), QStringLiteral("Its conversation stays, in no folder."));
    tab_to(app, "confirmButton");
    QTest::keyClick(app.window(), Qt::Key_Return);
    QTRY_COMPARE(list->folders().size(), 0);
    QTRY_COMPARE(list->place(), QString());
    QTRY_COMPARE(list->count(), 1);
}

} // namespace spoutnik::test
