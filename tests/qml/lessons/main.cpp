// SPDX-License-Identifier: MIT
// Issue "Conversations people keep for years", feature by feature, on the real window, engine and database.
// Names of tests as arguments run those alone.
#include "tests/qml/lessons/archive_test.h"
#include "tests/qml/lessons/composer_test.h"
#include "tests/qml/lessons/conversations_test.h"
#include "tests/qml/lessons/everyone_test.h"
#include "tests/qml/lessons/keyboard_test.h"
#include "tests/qml/lessons/messages_test.h"
#include "tests/qml/lessons/ten_lessons_test.h"

#include "app/gui/self_test.h"
#include "tests/qml/lessons/real_engine.h"

#include <QGuiApplication>
#include <QTest>
#include <QTimer>

#include <cstdio>

namespace {

using namespace spoutnik;

/// A whole program for the test that kills one: asks the real engine in a real window, prints what is shown,
/// and stands still in mid-answer with a last line "held".
int answer_and_hold(const QString& folder, int pieces, bool in_answer) {
    auto valve = std::make_shared<test::Valve>();
    if (in_answer)
        valve->hold_in_answer(pieces);
    else
        valve->hold_after(pieces);
    app::ApplicationOptions options;
    options.data_folder = folder.toStdString();
    options.sessions = valve->sessions();
    app::Application application(std::move(options));
    application.settings()->setTemperature(0);
    application.show();
    QTimer watch;
    QObject::connect(&watch, &QTimer::timeout, [&] {
        std::string told;
        for (const auto& piece : valve->pieces())
            told += piece;
        auto* messages = application.chat()->messages();
        if (!valve->is_holding() || messages->count() < 2) return;
        const auto& shown = messages->at(1);
        if (shown.reasoning.size() + shown.content.size() < told.size()) return;
        watch.stop();
        std::printf("\nheld\n");
        std::fflush(stdout);
    });
    watch.start(5);
    return app::self_test(application);
}

/// The tests of a class that are named in `wanted`, or all of them.
template <class Test>
int run(const QStringList& wanted) {
    Test test;
    QStringList arguments{QStringLiteral("lessons"), QStringLiteral("-nocrashhandler")};
    for (const QString& name : wanted)
        if (Test::staticMetaObject.indexOfSlot(qPrintable(name + QStringLiteral("()"))) >= 0)
            arguments << name;
    if (!wanted.isEmpty() && arguments.size() == 2) return 0;
    return QTest::qExec(&test, arguments);
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!qEnvironmentVariableIsSet(
            "SPOUTNIK_CUDA_MODULE")) // the same on every machine, with a GPU or without
        qputenv("SPOUTNIK_CUDA_MODULE", "none");
    QGuiApplication gui(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("spoutnik"));
    const QStringList arguments = gui.arguments();
    if (arguments.value(1) == QLatin1String("--answer-and-hold"))
        return answer_and_hold(arguments.value(2), arguments.value(3).toInt(),
                               arguments.value(4) == QLatin1String("answer"));
    const QStringList wanted = arguments.mid(1);
    return run<test::TenLessonsTest>(wanted) + run<test::ConversationsTest>(wanted) +
           run<test::MessagesTest>(wanted) + run<test::ComposerTest>(wanted) +
           run<test::KeyboardTest>(wanted) + run<test::ArchiveTest>(wanted) + run<test::EveryoneTest>(wanted);
}
