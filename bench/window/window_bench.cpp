// SPDX-License-Identifier: MIT
// The window at the size of years, on a real display (Xvfb will do): 10,000 conversations, one of 5,000
// messages.
//   spoutnik_window_bench [--data DIR] [--conversations N] [--messages N] [--seconds S] [--only
//   start|frames|switch]
// DIR is made where it does not exist, and used again. Start and memory are measured in a process of their
// own, from exec on.
#include "app/gui/application.h"
#include "bench/window/frame_clock.h"
#include "bench/window/long_history.h"
#include "bench/window/memory.h"
#include "bench/window/paced_session.h"

#include <QCommandLineParser>
#include <QDir>
#include <QEventLoop>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QProcess>
#include <QQuickItem>
#include <QSGRendererInterface>
#include <QTimer>
#include <QWheelEvent>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace {

using namespace spoutnik;

double now_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

const char* name_of(QSGRendererInterface::GraphicsApi api) {
    return api == QSGRendererInterface::Software ? "software"
           : api == QSGRendererInterface::OpenGL ? "OpenGL"
                                                 : "other";
}

/// The program on a data folder, with an answer that comes at a chosen rate in place of a model.
class Window {
  public:
    explicit Window(const QString& folder) {
        app::ApplicationOptions options;
        options.data_folder = folder.toStdString();
        options.language = QStringLiteral("en");
        options.model_file = QStringLiteral("paced.gguf"); // never opened
        options.sessions = bench::paced_sessions(pace);
        application = std::make_unique<app::Application>(std::move(options));
    }
    QQuickItem* item(const char* name) const {
        return application->window()->findChild<QQuickItem*>(QLatin1String(name));
    }
    app::ChatController& chat() const { return *application->chat(); }
    app::ConversationListModel& list() const { return *application->conversations(); }
    bool is_filled(int conversations) const { return list().count() >= conversations; }
    bool has_model() const { return application->model()->state() == app::ModelController::State::Ready; }
    qint64 long_conversation() const {
        for (int row = 0; row < list().count(); ++row)
            if (list().data(list().index(row), app::ConversationListModel::TitleRole).toString() ==
                QLatin1String(bench::long_title))
                return list().idAt(row);
        return 0;
    }
    void type(QChar letter) const {
        for (const auto kind : {QEvent::KeyPress, QEvent::KeyRelease}) {
            QKeyEvent key(kind, letter.toUpper().unicode(), Qt::NoModifier, letter);
            QCoreApplication::sendEvent(application->window(), &key);
        }
    }
    /// As a touchpad does: pixels, no inertia.
    void wheel(QQuickItem* over, int pixels) const {
        const QPointF place = over->mapToScene({over->width() / 2, over->height() / 2});
        QWheelEvent event(place, application->window()->mapToGlobal(place), {0, pixels}, {0, pixels},
                          Qt::NoButton, Qt::NoModifier, Qt::ScrollUpdate, false);
        event.setTimestamp(static_cast<quint64>(now_ms()));
        QCoreApplication::sendEvent(application->window(), &event);
    }

    std::shared_ptr<bench::Pace> pace = std::make_shared<bench::Pace>();
    std::unique_ptr<app::Application> application;
};

double scrolled(const QQuickItem* view) {
    return view->property("contentY").toDouble() - view->property("originY").toDouble();
}

/// The child's part: says when what happened since the exec, then what it holds in memory.
int measure_start(const QString& folder, double begin_ms, int conversations) {
    const double in_main_ms = now_ms();
    Window window(folder);
    bool is_shown = false;
    if (!window.application->show()) return 1;
    const double made_ms = now_ms();
    double shown_ms = 0;
    QObject::connect(window.application->window(), &QQuickWindow::frameSwapped, window.application.get(),
                     [&] {
                         if (!is_shown) shown_ms = now_ms();
                         is_shown = true;
                     });
    auto* composer = window.item("composerInput");
    const auto wait = [](const std::function<bool()>& is_true) {
        QEventLoop loop;
        QTimer pulse;
        QObject::connect(&pulse, &QTimer::timeout, [&] {
            if (is_true()) loop.quit();
        });
        pulse.start(1);
        loop.exec();
        return now_ms();
    };
    wait([&] { return is_shown; });
    const double typed_ms = wait([&] {
        window.type(QLatin1Char('a'));
        return !composer->property("text").toString().isEmpty();
    });
    const double listed_ms = wait([&] { return window.is_filled(conversations); });
    wait([&] { return window.has_model(); });
    const double settled_ms = now_ms();
    const auto rest = [&](double ms) { wait([&, end = now_ms() + ms] { return now_ms() > end; }); };
    rest(200);
    fmt::print("from exec: main() {:.0f} ms, window made {:.0f} ms, first frame {:.0f} ms, a key is taken "
               "{:.0f} ms, "
               "{} conversations listed {:.0f} ms, all at rest {:.0f} ms\n",
               in_main_ms - begin_ms, made_ms - begin_ms, shown_ms - begin_ms, typed_ms - begin_ms,
               window.list().count(), listed_ms - begin_ms, settled_ms - begin_ms);
    rest(3000);
    bench::print("at rest", bench::memory_now());
    window.chat().open(window.long_conversation());
    wait([&] { return window.chat().messages()->count() > 1; });
    rest(3000);
    bench::print("the long conversation open", bench::memory_now());
    auto* view = window.item("conversationView");
    for (int page = 0; page < 100; ++page) {
        QMetaObject::invokeMethod(view, "page", Q_ARG(double, -0.9));
        rest(5);
    }
    bench::print("100 screens read", bench::memory_now());
    window.chat().newConversation();
    rest(3000);
    bench::print("and left again", bench::memory_now());
    return 0;
}

/// Starts itself anew and passes on what it prints.
bool start_child(const QString& folder, int conversations) {
    QProcess child;
    child.setProcessChannelMode(QProcess::ForwardedChannels);
    const auto begin = QString::number(now_ms(), 'f', 3);
    child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--data"), folder, QStringLiteral("--begun"), begin,
                 QStringLiteral("--conversations"), QString::number(conversations)});
    return child.waitForFinished(120'000) && child.exitCode() == 0;
}

std::string endless_answer() {
    std::string text;
    for (std::uint32_t i = 0; i < 60; ++i)
        text += bench::markdown_answer(i);
    return text;
}

void measure_frames(const QString& folder, int conversations, double seconds, bool only_switching) {
    Window window(folder);
    window.pace->text = endless_answer();
    window.application->show();
    bench::FrameClock frames(*window.application->window());
    frames.wait("start until everything is listed",
                [&] { return window.is_filled(conversations) && window.has_model(); });
    fmt::print("platform {}, renderer {}, {} conversations\n", QGuiApplication::platformName().toStdString(),
               name_of(window.application->window()->rendererInterface()->graphicsApi()),
               window.list().count());
    bench::FrameClock::print_heading();
    auto& chat = window.chat();
    auto* view = window.item("conversationView");
    auto* sidebar = window.item("conversationList");
    const auto switch_conversations = [&] {
        int shown = 0;
        frames.run("another conversation four times a second", seconds, [&](int frame) {
            if (frame % 15 == 0) chat.open(window.list().idAt(20 + ++shown));
        });
    };
    if (only_switching) return switch_conversations();
    frames.run("nothing happens", seconds / 2);

    const auto ask = [&](const std::string& name) {
        chat.send(QStringLiteral("And what of the last thousand values?"));
        frames.wait(name, [&] { return chat.phase() == app::ChatController::Phase::Answering; });
    };
    const auto stop = [&](const std::string& name) {
        int ended = 0;
        const auto connection = QObject::connect(&chat, &app::ChatController::answered, [&] { ++ended; });
        chat.stop();
        frames.wait(name, [&] { return ended > 0; });
        frames.wait({}, [until = now_ms() + 300] { return now_ms() > until; });
        QObject::disconnect(connection);
    };

    chat.open(window.long_conversation());
    frames.wait("opening the long conversation", [&] { return chat.messages()->count() > 0; });
    frames.run("its first second", 1);
    for (const int rate : {60, 200}) {
        window.pace->words_a_second = rate;
        ask(fmt::format("sending, until the first of {} tokens/s", rate));
        frames.run(fmt::format("{} tokens/s, at the end", rate), seconds);
        QMetaObject::invokeMethod(view, "page", Q_ARG(double, -3.0));
        frames.run({}, 0.3); // the pages come into view
        const double before = view->property("contentY").toDouble();
        frames.run(fmt::format("{} tokens/s, scrolled up", rate), seconds);
        if (view->property("contentY").toDouble() != before) fmt::print("the page moved under the reader\n");
        frames.run(fmt::format("{} tokens/s, scrolling, 30 px a frame", rate), seconds,
                   [&](int frame) { window.wheel(view, frame / 60 % 2 == 0 ? 30 : -30); });
        QMetaObject::invokeMethod(view, "toEnd");
        frames.run(fmt::format("{} tokens/s, and a key every 100 ms", rate), seconds, [&](int frame) {
            if (frame % 6 == 0) window.type(frame % 42 == 0 ? QLatin1Char(' ') : QLatin1Char('e'));
        });
        stop("stopping, until it is stored and listed");
        chat.setDraft({});
    }
    window.pace->text = bench::long_code(2000);
    ask("sending, until the first word of a long block of code");
    frames.run("200 tokens/s, one block of code", 2 * seconds);
    fmt::print("the block of code grew to {} characters\n",
               chat.messages()->at(chat.messages()->count() - 1).content.size());
    stop("stopping, until it is stored and listed");

    frames.run("reading upwards, 30 px a frame", seconds, [&](int) { window.wheel(view, 30); });
    frames.run("reading upwards, 200 px a frame", seconds, [&](int) { window.wheel(view, 200); });
    fmt::print("scrolled to {:.0f}\n", scrolled(view));
    QMetaObject::invokeMethod(view, "toBeginning");
    frames.run("at the beginning", 1);
    QMetaObject::invokeMethod(view, "toEnd");
    frames.run("at the end again", 1);

    frames.run("10,000 conversations, 20 px a frame", seconds, [&](int) { window.wheel(sidebar, -20); });
    frames.run("10,000 conversations, 200 px a frame", seconds, [&](int) { window.wheel(sidebar, -200); });
    frames.run("10,000 conversations, by the scroll bar", seconds, [&](int frame) {
        const double most = sidebar->property("contentHeight").toDouble() - sidebar->height();
        const double share = frame / (seconds * 60);
        sidebar->setProperty("contentY",
                             sidebar->property("originY").toDouble() + most * std::min(1.0, share));
    });
    switch_conversations();
    auto* search = window.item("searchField");
    const QString words = QStringLiteral("median of lumière");
    frames.run("searching as one types, a key every 150 ms", seconds, [&](int frame) {
        if (frame % 9 == 0) search->setProperty("text", words.left(1 + frame / 9 % words.size()));
    });
    search->setProperty("text", QString());
    frames.run({}, 0.3);
    window.application->settings()->setTheme(QStringLiteral("dark"));
    frames.run("from light to dark", 1);
}

} // namespace

int main(int argc, char** argv) {
    // One thread for interface and drawing, so that they can be told apart; an event loop that says when it
    // waits.
    qputenv("QSG_RENDER_LOOP", "basic");
    qputenv("QT_NO_GLIB", "1");
    if (qEnvironmentVariableIsEmpty("QT_QUICK_BACKEND")) qputenv("QT_QUICK_BACKEND", "software");
    QGuiApplication gui(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("spoutnik"));
    QCommandLineParser parser;
    for (const auto* name : {"data", "conversations", "messages", "seconds", "only", "begun"})
        parser.addOption({QLatin1String(name), {}, QStringLiteral("VALUE")});
    parser.process(gui);
    const auto number = [&](const char* name, int otherwise) {
        const QString text = parser.value(QLatin1String(name));
        return text.isEmpty() ? otherwise : text.toInt();
    };
    const int conversations = number("conversations", 10'000);
    const QString given = parser.value(QStringLiteral("data"));
    const QString folder =
        given.isEmpty() ? QDir::temp().filePath(QStringLiteral("spoutnik-window-bench")) : given;
    if (parser.isSet(QStringLiteral("begun")))
        return measure_start(folder, parser.value(QStringLiteral("begun")).toDouble(), conversations);

    bench::make_history(folder.toStdString(), conversations, number("messages", 5000));
    const QString only = parser.value(QStringLiteral("only"));
    if (only != QLatin1String("frames") && only != QLatin1String("switch"))
        for (int round = 0; round < 3; ++round)
            if (!start_child(folder, conversations)) return 1;
    if (only != QLatin1String("start"))
        measure_frames(folder, conversations, number("seconds", 4), only == QLatin1String("switch"));
    return 0;
}
