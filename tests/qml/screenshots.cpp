// SPDX-License-Identifier: MIT
// Takes pictures of the window, scene by scene, without a display and without a model:
//   spoutnik_screenshots --out DIR [--scene NAME,...] [--size WxH] [--theme light|dark] [--language en|fr]
//   [--text 2] [--sheet]
// What is not given is varied; a size, else the scene's own. --text is the size of letters (0.8 to 2).
// --sheet puts a scene's themes and languages on one picture. QT_SCALE_FACTOR=2 doubles the pixels.
#include "app/gui/application.h"
#include "tests/qml/picture_scenes.h"
#include "tests/qml/sample_conversations.h"
#include "tests/qml/scripted_session.h"

#include <QCommandLineParser>
#include <QDir>
#include <QGuiApplication>
#include <QPainter>
#include <QTemporaryDir>

#include <cstdio>
#include <memory>
#include <vector>

namespace {

using namespace spoutnik;
using test::Scene;
using test::Stage;

struct Look {
    QSize size;
    QString theme;
    QString language;
    double text_scale = 1;
};

app::SessionFactory sessions_for(const Scene& scene, bool french) {
    if (scene.start == Scene::Start::loading) return test::endless_loading(10'400'000'000, 0.34);
    auto script = std::make_shared<test::Script>();
    script->reasoning = test::rich_reasoning(french);
    script->answer = test::rich_answer(french);
    script->stops_in_reasoning = QLatin1String(scene.name) == QLatin1String("reasoning");
    if (QLatin1String(scene.name) == QLatin1String("no-gpu")) // the longest of the reasons
        script->placement.gpu_absence = kernels::cuda::GpuAbsence::other_version;
    return test::scripted_sessions(script);
}

/// Null where the program did not come up.
QImage take(const Scene& scene, const Look& look) {
    const bool french = look.language == QLatin1String("fr");
    const bool is_filled = scene.start != Scene::Start::fresh;
    QTemporaryDir folder;
    const std::filesystem::path data = folder.path().toStdString();
    if (is_filled) test::write_samples(data, french, true, scene.start == Scene::Start::failed);

    app::ApplicationOptions options;
    options.data_folder = data;
    options.language = look.language;
    options.sessions = sessions_for(scene, french);
    if (scene.start == Scene::Start::loading)
        options.model_file = QStringLiteral("DeepSeek-V2-Lite-Chat-Q4_K_M.gguf");
    app::Application application(std::move(options));
    if (!Stage::wait_until([&] { return application.ready(); })) return {};
    auto* settings = application.settings();
    settings->setTheme(look.theme);
    settings->setTextScale(look.text_scale);
    settings->setReducedMotion(true);
    settings->setModelTitles(false);
    settings->setWindowWidth(look.size.width());
    settings->setWindowHeight(look.size.height());
    if (!application.show()) return {};
    const auto state = scene.start == Scene::Start::loading ? app::ModelController::State::Loading
                                                            : app::ModelController::State::Ready;
    Stage::wait_until([&] { return application.model()->state() == state; });

    auto* list = application.conversations();
    if (is_filled && Stage::wait_until([&] { return list->count() > 0; })) {
        application.chat()->open(list->idAt(1)); // the pinned one comes first, then the newest
        Stage::wait_until([&] { return application.chat()->messages()->count() > 0; });
    }
    Stage stage(application, french);
    scene.set(stage);
    Stage::settle(700);
    return application.window()->grabWindow();
}

/// Light above, dark below; the languages side by side.
QImage sheet_of(const std::vector<QImage>& pictures) {
    constexpr double smaller = 0.75; // letters of 13 pixels can still be read
    constexpr int gap = 12;
    const QSize tile = pictures.front().size() * smaller;
    const int columns = pictures.size() > 1 ? 2 : 1;
    const int rows = (static_cast<int>(pictures.size()) + columns - 1) / columns;
    QImage sheet(columns * (tile.width() + gap) + gap, rows * (tile.height() + gap) + gap,
                 QImage::Format_RGB32);
    sheet.fill(QColor(128, 128, 128));
    QPainter painter(&sheet);
    for (int i = 0; i < static_cast<int>(pictures.size()); ++i)
        painter.drawImage(gap + i % columns * (tile.width() + gap), gap + i / columns * (tile.height() + gap),
                          pictures[static_cast<std::size_t>(i)].scaled(tile, Qt::IgnoreAspectRatio,
                                                                       Qt::SmoothTransformation));
    return sheet;
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!qEnvironmentVariableIsSet(
            "SPOUTNIK_CUDA_MODULE")) // the same on every machine, with a GPU or without
        qputenv("SPOUTNIK_CUDA_MODULE", "none");
    if (qEnvironmentVariableIsEmpty("QT_QUICK_BACKEND")) qputenv("QT_QUICK_BACKEND", "software");
    QGuiApplication gui(argc, argv);
    QCommandLineParser parser;
    for (const auto* name : {"out", "scene", "size", "theme", "language", "text"})
        parser.addOption({QLatin1String(name), {}, QStringLiteral("VALUE")});
    parser.addOption({QStringLiteral("sheet"), {}});
    parser.process(gui);

    const auto choices = [&](const char* name, QStringList all) {
        const QString given = parser.value(QLatin1String(name));
        return given.isEmpty() ? all : given.split(QLatin1Char(','));
    };
    const QString text = parser.value(QStringLiteral("text"));
    const QString size = parser.value(QStringLiteral("size"));
    const bool makes_sheets = parser.isSet(QStringLiteral("sheet"));
    const QDir out(parser.value(QStringLiteral("out")));
    out.mkpath(QStringLiteral("."));
    const QStringList wanted = choices("scene", {});
    for (const Scene& scene : test::scenes()) {
        const QString name = QLatin1String(scene.name);
        if (!wanted.isEmpty() && !wanted.contains(name)) continue;
        const QSize pixels = size.isEmpty() ? scene.size
                                            : QSize(size.section(QLatin1Char('x'), 0, 0).toInt(),
                                                    size.section(QLatin1Char('x'), 1, 1).toInt());
        const QString title =
            QStringLiteral("%1-%2x%3%4%5")
                .arg(name)
                .arg(pixels.width())
                .arg(pixels.height())
                .arg(gui.devicePixelRatio() == 1 ? QString()
                                                 : QStringLiteral("@%1x").arg(gui.devicePixelRatio()),
                     text.isEmpty() ? QString() : QStringLiteral("-text") + text);
        std::vector<QImage> pictures;
        for (const auto& theme : choices("theme", {"light", "dark"}))
            for (const auto& language : choices("language", {"en", "fr"})) {
                pictures.push_back(
                    take(scene, {pixels, theme, language, text.isEmpty() ? 1 : text.toDouble()}));
                if (pictures.back().isNull()) {
                    std::fprintf(stderr, "no picture of %s\n", scene.name);
                    return 1;
                }
                if (!makes_sheets)
                    pictures.back().save(
                        out.filePath(QStringLiteral("%1-%2-%3.png").arg(title, theme, language)));
            }
        if (makes_sheets) sheet_of(pictures).save(out.filePath(title + QStringLiteral(".png")));
    }
    return 0;
}
