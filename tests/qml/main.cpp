// SPDX-License-Identifier: MIT
// The window's tests: C++ classes first, then the QML files beside this one. Without a display.
#include "tests/qml/chat_test.h"
#include "tests/qml/files_test.h"
#include "tests/qml/models_test.h"
#include "tests/qml/window_test.h"

#include "app/gui/application.h"
#include "app/gui/self_test.h"
#include "tests/qml/scripted_session.h"

#include <QGuiApplication>
#include <QQmlEngine>
#include <QTemporaryDir>
#include <QTest>
#include <QtQuickTest>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace spoutnik;

/// The application behind the QML files: an empty data folder and a model that says a few words.
class Setup : public QObject {
    Q_OBJECT
  public slots:
    void applicationAvailable() {
        auto script = std::make_shared<test::Script>();
        script->reasoning = "one two ";
        script->answer = "three four.";
        app::ApplicationOptions options;
        options.data_folder = folder_.path().toStdString();
        options.sessions = test::scripted_sessions(script);
        options.language = QStringLiteral("en");
        application_ = std::make_unique<app::Application>(std::move(options));
    }
    void qmlEngineAvailable(QQmlEngine* engine) { app::Application::prepare(*engine); }
    void cleanupTestCase() { application_.reset(); }

  private:
    QTemporaryDir folder_;
    std::unique_ptr<app::Application> application_;
};

/// A whole program for the tests that kill one: asks, and shows an answer that takes half a minute.
int answer_slowly(const QString& folder) {
    auto script = std::make_shared<test::Script>();
    script->pace = std::chrono::milliseconds(10);
    for (int i = 0; i < 500; ++i)
        script->reasoning += "thought" + std::to_string(i) + ' ';
    for (int i = 0; i < 2500; ++i)
        script->answer += "word" + std::to_string(i) + ' ';
    app::ApplicationOptions options;
    options.data_folder = folder.toStdString();
    options.sessions = test::scripted_sessions(script);
    options.model_file = QStringLiteral("scripted.gguf"); // never opened
    app::Application application(std::move(options));
    return app::self_test(application);
}

template <class Test>
int run(const QStringList& arguments) {
    Test test;
    return QTest::qExec(&test, arguments);
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!qEnvironmentVariableIsSet(
            "SPOUTNIK_CUDA_MODULE")) // the same on every machine, with a GPU or without
        qputenv("SPOUTNIK_CUDA_MODULE", "none");
    // One application object for all: Qt's animation timer outlives none.
    QGuiApplication gui(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("spoutnik"));
    if (gui.arguments().value(1) == QLatin1String("--answer-slowly"))
        return answer_slowly(gui.arguments().value(2));
    if (gui.arguments().value(1) == QLatin1String("--files")) // these alone, or those named behind
        return run<test::FilesTest>(gui.arguments().mid(1));
    const QStringList arguments{gui.arguments().constFirst(), QStringLiteral("-nocrashhandler")};
    int failures = run<test::ModelsTest>(arguments) + run<test::ChatTest>(arguments) +
                   run<test::WindowTest>(arguments) + run<test::FilesTest>(arguments);
    Setup setup;
    return failures + quick_test_main_with_setup(1, argv, "window", QUICK_TEST_SOURCE_DIR, &setup);
}

#include "main.moc"
