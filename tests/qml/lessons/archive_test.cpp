// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/archive_test.h"

#include "tests/qml/lessons/real_engine.h"

#include <QFile>
#include <QTemporaryDir>

namespace spoutnik::test {

namespace {

QByteArray bytes_of(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) qFatal("no file %s", qPrintable(path));
    return file.readAll();
}

QVariantMap outcome(app::Application& app) {
    wait_for("the end of the task", [&] { return !app.archive()->busy(); });
    return app.archive()->outcome();
}

QString problem_of(const QVariantMap& outcome) {
    return outcome.value(QStringLiteral("problem")).toString() +
           outcome.value(QStringLiteral("detail")).toString();
}

void go_to_files(app::Application& app) {
    press(app, Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    wait_for("the page",
             [&] { return find(app.window()->contentItem(), QStringLiteral("filesPage")) != nullptr; });
}

/// The page's own way to a file, as its dialog calls it with the name that was chosen.
void export_to(app::Application& app, const char* format, const QString& path) {
    QMetaObject::invokeMethod(item(app, "exportFormat"), "chosen", Q_ARG(QString, QLatin1String(format)));
    for (auto* above = item(app, "exportButton"); above; above = above->parentItem())
        if (above->metaObject()->indexOfMethod("exportTo(QUrl)") >= 0) {
            QMetaObject::invokeMethod(above, "exportTo", Q_ARG(QUrl, QUrl::fromLocalFile(path)));
            return;
        }
    qFatal("nothing exports");
}

} // namespace

void ArchiveTest::initTestCase() {
    qputenv("LC_ALL", "C.UTF-8");
}

void ArchiveTest::what_was_said_is_exported_in_every_format_and_verified() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 17 + 25? #include <iostream>"));
    const QByteArray answer = QByteArray::fromStdString(window.last_text());
    QVERIFY(answer.size() > 4);
    window.drain();
    go_to_files(app);
    QTemporaryDir out;
    const auto exported = [&](const char* format) {
        const QString path = out.filePath(QLatin1String(format));
        export_to(app, format, path);
        const QString problem = problem_of(outcome(app));
        if (!problem.isEmpty()) qFatal("%s: %s", format, qPrintable(problem));
        return bytes_of(path);
    };
    for (const char* format : {"json", "openwebui", "markdown", "html", "sharegpt"})
        QVERIFY2(exported(format).contains(answer), format);
    QVERIFY(exported("markdown").contains("#include <iostream>"));
    QVERIFY(exported("html").contains("#include &lt;iostream&gt;"));
    const QByteArray pdf = exported("pdf");
    QVERIFY(pdf.startsWith("%PDF"));
    QVERIFY(pdf.contains("/FontFile"));
    // The window kept all that it takes to say the same again.
    const QByteArray said = run_cli({QStringLiteral("verify"), out.filePath(QStringLiteral("json"))});
    QVERIFY2(said.contains("tokens, the same"), said.constData());
}

void ArchiveTest::what_was_exported_is_imported_and_gone_on_with() {
    QTemporaryDir out;
    const QString file = out.filePath(QStringLiteral("all.json"));
    std::string answer;
    {
        RealWindow window;
        auto& app = window.open();
        window.type_and_send(QStringLiteral("What is 17 + 25?"));
        answer = window.last_text();
        window.drain();
        go_to_files(app);
        export_to(app, "json", file);
        QCOMPARE(problem_of(outcome(app)), QString());
    }
    RealWindow other;
    auto& app = other.open();
    go_to_files(app);
    app.archive()->importFiles({QUrl::fromLocalFile(file)});
    const QVariantMap told = outcome(app);
    QCOMPARE(problem_of(told), QString());
    QCOMPARE(told.value(QStringLiteral("conversations")).toInt(), 1);
    QTRY_COMPARE(app.conversations()->count(), 1);
    press(app, Qt::Key_Escape);
    app.chat()->open(app.conversations()->idAt(0));
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(app.chat()->messages()->at(1).content, answer);
    other.type_and_send(QStringLiteral("Hello"));
    QCOMPARE(app.chat()->messages()->count(), 4);
    QCOMPARE(app.chat()->messages()->at(3).status, storage::Status::done);
    // Once is enough.
    app.archive()->importFiles({QUrl::fromLocalFile(file)});
    QCOMPARE(outcome(app).value(QStringLiteral("alreadyHere")).toInt(), 1);
    QCOMPARE(app.conversations()->count(), 1);
}

void ArchiveTest::a_backup_brings_back_what_was_there() {
    RealWindow window;
    auto& app = window.open();
    window.type_and_send(QStringLiteral("What is 17 + 25?"));
    const std::string answer = window.last_text();
    window.drain();
    go_to_files(app);
    press_button(app, item(app, "backUpButton"));
    QCOMPARE(problem_of(outcome(app)), QString());
    QTRY_COMPARE(app.archive()->backups().size(), 1);
    press(app, Qt::Key_Escape);
    window.type_and_send(QStringLiteral("Hello"));
    app.chat()->rename(QStringLiteral("Changed since"));
    QCOMPARE(app.chat()->messages()->count(), 4);
    window.drain();

    go_to_files(app);
    press_button(app, item(app, "restoreButton"));
    auto* dialog = popup(app, "restoreDialog");
    QTRY_VERIFY(dialog->property("opened").toBool());
    press_button(app, item(app, "confirmRestoreButton"));
    QTRY_COMPARE(app.archive()->outcome().value(QStringLiteral("task")).toString(),
                 QStringLiteral("restore"));
    QCOMPARE(problem_of(outcome(app)), QString());
    press(app, Qt::Key_Escape);
    QTRY_COMPARE(app.conversations()->count(), 1);
    app.chat()->open(app.conversations()->idAt(0));
    QTRY_COMPARE(app.chat()->messages()->count(), 2);
    QCOMPARE(app.chat()->messages()->at(1).content, answer);
    QVERIFY(app.chat()->title() != QStringLiteral("Changed since"));
    window.type_and_send(QStringLiteral("Hello")); // and it goes on
    QCOMPARE(app.chat()->messages()->count(), 4);
    window.quit();
    QCOMPARE(integrity(window), std::string("ok"));
}

} // namespace spoutnik::test
