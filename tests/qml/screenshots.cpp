// SPDX-License-Identifier: MIT
// Takes pictures of the window, scene by scene, without a display and without a model:
//   spoutnik_screenshots --out DIR [--scene NAME] [--size WxH] [--theme light|dark] [--language en|fr]
//   [--text 2]
// What is not given is varied; --text is the size of letters (0.8 to 2). QT_SCALE_FACTOR=2 doubles the
// pixels.
#include "app/gui/application.h"
#include "tests/qml/sample_conversations.h"
#include "tests/qml/scripted_session.h"

#include <QCommandLineParser>
#include <QDir>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QQuickItem>
#include <QTemporaryDir>

#include <cstdio>
#include <functional>
#include <memory>

namespace {

using namespace spoutnik;

struct Picture {
    QString scene;
    QSize size;
    QString theme;
    QString language;
    double text_scale = 1;
};

bool wait_until(const std::function<bool()>& is_true, int most_ms = 10'000) {
    QElapsedTimer clock;
    clock.start();
    while (!is_true() && clock.elapsed() < most_ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return is_true();
}

void settle(int time_ms) {
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < time_ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
}

app::SessionFactory sessions_for(const QString& scene, bool french) {
    if (scene == QLatin1String("loading")) return test::endless_loading(10'400'000'000, 0.34);
    auto script = std::make_shared<test::Script>();
    script->reasoning = test::rich_reasoning(french);
    script->answer = test::rich_answer(french);
    script->stops_in_reasoning = scene == QLatin1String("reasoning");
    return test::scripted_sessions(script);
}

bool take(const Picture& picture, const QString& file) {
    const bool french = picture.language == QLatin1String("fr");
    const bool is_fresh =
        picture.scene == QLatin1String("empty") || picture.scene == QLatin1String("reasoning");
    QTemporaryDir folder;
    const std::filesystem::path data = folder.path().toStdString();
    if (!is_fresh) test::write_samples(data, french, true, picture.scene == QLatin1String("error"));

    app::ApplicationOptions options;
    options.data_folder = data;
    options.language = picture.language;
    options.sessions = sessions_for(picture.scene, french);
    if (picture.scene == QLatin1String("loading"))
        options.model_file = QStringLiteral("DeepSeek-V2-Lite-Chat-Q4_K_M.gguf");
    app::Application application(std::move(options));
    if (!wait_until([&] { return application.ready(); })) return false;
    application.settings()->setTheme(picture.theme);
    application.settings()->setTextScale(picture.text_scale);
    application.settings()->setReducedMotion(true);
    application.settings()->setModelTitles(false);
    application.settings()->setWindowWidth(picture.size.width());
    application.settings()->setWindowHeight(picture.size.height());
    if (!application.show()) return false;
    auto* window = application.window();
    const auto state = picture.scene == QLatin1String("loading") ? app::ModelController::State::Loading
                                                                 : app::ModelController::State::Ready;
    wait_until([&] { return application.model()->state() == state; });

    auto* list = application.conversations();
    if (!is_fresh && wait_until([&] { return list->count() > 0; })) {
        const int row = list->rowOf(0) + 1; // the pinned one comes first, then the newest
        application.chat()->open(list->idAt(row + 1));
        wait_until([&] { return application.chat()->messages()->count() > 0; });
    }
    if (picture.scene == QLatin1String("reasoning")) {
        application.chat()->send(french ? QStringLiteral("Comment suivre la médiane d'un flux de nombres ?")
                                        : QStringLiteral("How do I keep the median of a stream of numbers?"));
        wait_until([&] { return application.chat()->phase() == app::ChatController::Phase::Reasoning; });
        settle(2300);
    } else if (picture.scene == QLatin1String("search")) {
        window->findChild<QQuickItem*>(QStringLiteral("searchField"))
            ->setProperty("text", french ? QStringLiteral("les") : QStringLiteral("the"));
        wait_until([&] { return list->search()->count() > 0; });
    } else if (picture.scene == QLatin1String("settings") || picture.scene == QLatin1String("shortcuts")) {
        window->setProperty("page", picture.scene);
    } else if (picture.scene == QLatin1String("model")) {
        QMetaObject::invokeMethod(window->findChild<QQuickItem*>(QStringLiteral("modelChip")), "openPopup");
    } else if (picture.scene == QLatin1String("top")) {
        settle(300);
        QMetaObject::invokeMethod(window->findChild<QQuickItem*>(QStringLiteral("conversationView")), "page",
                                  Q_ARG(double, -100.0));
    } else if (picture.scene == QLatin1String("slash")) {
        window->findChild<QQuickItem*>(QStringLiteral("composerInput"))
            ->setProperty("text", QStringLiteral("/"));
    } else if (picture.scene == QLatin1String("prompts")) {
        application.prompts()->keep(-1, french ? QStringLiteral("traduire") : QStringLiteral("translate"),
                                    french ? QStringLiteral("Traduis en {{langue}} : {{texte}}")
                                           : QStringLiteral("Translate into {{language}}: {{text}}"));
        application.prompts()->keep(-1, french ? QStringLiteral("relire") : QStringLiteral("proofread"),
                                    french
                                        ? QStringLiteral("Relis ce texte, sans en changer le ton : {{texte}}")
                                        : QStringLiteral("Proofread this text and keep its tone: {{text}}"));
        QMetaObject::invokeMethod(window->findChild<QObject*>(QStringLiteral("promptsDialog")), "open");
    } else if (picture.scene == QLatin1String("link")) {
        application.askToOpen(
            QStringLiteral("https://docs.python.org/3/library/heapq.html#heapq.heappushpop"));
    } else if (picture.scene == QLatin1String("tree")) {
        wait_until([&] { return !application.chat()->answering(); });
        application.chat()->edit(application.chat()->lastPrompt(),
                                 french ? QStringLiteral("Et pour la médiane des mille dernières valeurs ?")
                                        : QStringLiteral("And for the median of the last thousand values?"));
        wait_until(
            [&] { return application.chat()->messages()->count() == 2 && application.chat()->answering(); });
        wait_until([&] { return !application.chat()->answering(); });
        application.chat()->regenerate(application.chat()->lastAnswer());
        wait_until([&] { return application.chat()->answering(); });
        wait_until([&] { return !application.chat()->answering(); });
        settle(200);
        window->setProperty("page", picture.scene);
    } else if (picture.scene == QLatin1String("selection")) {
        list->toggleSelected(1);
        list->selectTo(3);
        list->setTag(list->firstSelected(), french ? QStringLiteral("à lire") : QStringLiteral("to read"),
                     true);
        settle(300);
    } else if (picture.scene == QLatin1String("arrange")) {
        list->moveToNewFolder(list->idAt(2), french ? QStringLiteral("Jardin") : QStringLiteral("Garden"));
        list->setTag(list->idAt(2), french ? QStringLiteral("à lire") : QStringLiteral("to read"), true);
        wait_until([&] { return !list->tags().isEmpty(); });
        QMetaObject::invokeMethod(window->findChild<QQuickItem*>(QStringLiteral("conversationList")),
                                  "arrange", Q_ARG(QVariant, list->idAt(2)));
    } else if (picture.scene == QLatin1String("undo")) {
        list->remove(list->idAt(2));
        wait_until([&] { return list->canUndo(); });
    }
    settle(700);
    return window->grabWindow().save(file);
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (qEnvironmentVariableIsEmpty("QT_QUICK_BACKEND")) qputenv("QT_QUICK_BACKEND", "software");
    QGuiApplication gui(argc, argv);
    QCommandLineParser parser;
    for (const auto* name : {"out", "scene", "size", "theme", "language", "text"})
        parser.addOption({QLatin1String(name), {}, QStringLiteral("VALUE")});
    parser.process(gui);

    const auto choices = [&](const char* name, QStringList all) {
        const QString given = parser.value(QLatin1String(name));
        return given.isEmpty() ? all : given.split(QLatin1Char(','));
    };
    const QString text = parser.value(QStringLiteral("text"));
    const double text_scale = text.isEmpty() ? 1 : text.toDouble();
    const QDir out(parser.value(QStringLiteral("out")));
    out.mkpath(QStringLiteral("."));
    for (const auto& scene : choices("scene", {"empty", "reasoning", "top", "answer", "list", "search",
                                               "error", "loading", "settings", "shortcuts", "model", "undo",
                                               "slash", "prompts", "link", "tree", "selection", "arrange"}))
        for (const auto& size : choices("size", {"1280x800", "760x600"}))
            for (const auto& theme : choices("theme", {"light", "dark"}))
                for (const auto& language : choices("language", {"en", "fr"})) {
                    const QSize pixels(size.section(QLatin1Char('x'), 0, 0).toInt(),
                                       size.section(QLatin1Char('x'), 1, 1).toInt());
                    const QString file = out.filePath(
                        QStringLiteral("%1-%2-%3-%4-%5x%6.png")
                            .arg(scene, size, theme, language, QString::number(gui.devicePixelRatio()),
                                 text.isEmpty() ? QString() : QStringLiteral("-text") + text));
                    if (!take({scene, pixels, theme, language, text_scale}, file)) {
                        std::fprintf(stderr, "no picture of %s\n", qPrintable(scene));
                        return 1;
                    }
                }
    return 0;
}
