// SPDX-License-Identifier: MIT
#include "app/gui/application.h"
#include "app/gui/self_test.h"

#include <QCommandLineParser>
#include <QGuiApplication>
#include <QIcon>
#include <QTemporaryDir>

#include <cstdio>
#include <cstdlib>

namespace {

constexpr const char* help = R"(Spoutnik: a private chat assistant that runs a model on this machine.

usage: spoutnik [--data DIR] [--model FILE] [--language en|fr]
       spoutnik --selftest | --version | --help

  --data DIR       keep conversations in DIR (else $XDG_DATA_HOME/spoutnik)
  --model FILE     answer with this GGUF file, this time
  --language LANG  speak this language, this time
  --selftest       open a window off the screen, let the model answer one question, say how it went
)";

constexpr const char* no_display = R"(There is no display here, so the window cannot open.
Spoutnik also answers on the command line:

  spoutnik-cli chat                    a conversation with the starter model
  spoutnik-cli chat -p "Bonjour !"     one answer
  spoutnik-cli --help                  everything else
)";

bool is_set(const char* variable) {
    const char* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): before any thread
    return value && *value;
}

} // namespace

int main(int argc, char** argv) {
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("data"), {}, QStringLiteral("DIR")},
                       {QStringLiteral("model"), {}, QStringLiteral("FILE")},
                       {QStringLiteral("language"), {}, QStringLiteral("LANG")},
                       {QStringLiteral("selftest"), {}},
                       {QStringLiteral("version"), {}},
                       {QStringLiteral("help"), {}}});
    if (!parser.parse(arguments) || !parser.positionalArguments().isEmpty()) {
        const QString problem =
            parser.errorText().isEmpty() ? QStringLiteral("Unexpected argument.") : parser.errorText();
        std::fprintf(stderr, "spoutnik: %s\n\n%s", qPrintable(problem), help);
        return 2;
    }
    if (parser.isSet(QStringLiteral("version"))) {
        std::puts("spoutnik " SPOUTNIK_VERSION);
        return 0;
    }
    if (parser.isSet(QStringLiteral("help"))) {
        std::fputs(help, stdout);
        return 0;
    }
    const bool is_self_test = parser.isSet(QStringLiteral("selftest"));
    if (is_self_test && !is_set("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!is_set("QT_QPA_PLATFORM") && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) {
        std::fputs(no_display, stderr);
        return 1;
    }
    if (!is_set("QT_QUICK_CONTROLS_STYLE"))
        qputenv("QT_QUICK_CONTROLS_STYLE", "Basic"); // what the file dialog falls back to

    QGuiApplication gui(argc, argv);
    QGuiApplication::setApplicationName(QStringLiteral("spoutnik"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Spoutnik"));
    QGuiApplication::setApplicationVersion(QStringLiteral(SPOUTNIK_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.spoutnik.Spoutnik"));
    QGuiApplication::setWindowIcon(QIcon(QStringLiteral(":/spoutnik/icons/spoutnik.svg")));

    QTemporaryDir scratch;
    spoutnik::app::ApplicationOptions options;
    options.sessions = spoutnik::app::engine_sessions();
    options.data_folder = parser.value(QStringLiteral("data")).toStdString();
    if (is_self_test && options.data_folder.empty()) options.data_folder = scratch.path().toStdString();
    options.model_file = parser.value(QStringLiteral("model"));
    options.language = parser.value(QStringLiteral("language"));

    spoutnik::app::Application application(std::move(options));
    if (!application.show()) {
        std::fputs("spoutnik: the window could not be made\n", stderr);
        return 1;
    }
    if (is_self_test) return spoutnik::app::self_test(application);
    return QGuiApplication::exec();
}
