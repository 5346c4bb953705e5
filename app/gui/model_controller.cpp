// SPDX-License-Identifier: MIT
#include "app/gui/model_controller.h"

#include "app/gui/engine_problem.h"
#include "app/gui/settings.h"
#include "app/starter/starter_model.h"
#include "kernels/backend.h"

#include <QFileInfo>
#include <QMetaObject>

#include <map>
#include <tuple>
#include <utility>

namespace spoutnik::app {

namespace {

constexpr qint64 progress_interval_ms = 60;

/// The name of the format that holds most of the weights, and the bytes of all shards. Nothing for a file
/// that cannot be read: opening the session says what is wrong with it.
std::pair<QString, std::size_t> weigh(const std::filesystem::path& path) {
    std::map<kernels::Format, std::size_t> bytes;
    std::size_t file_bytes = 0;
    try {
        const auto file = engine::gguf::File::open(path);
        file_bytes = file->file_bytes();
        for (const auto& tensor : file->tensors())
            bytes[tensor.format] += tensor.bytes.size();
    } catch (const engine::Error&) {
        return {};
    }
    auto most = bytes.begin();
    for (auto entry = bytes.begin(); entry != bytes.end(); ++entry)
        if (entry->second > most->second) most = entry;
    if (most == bytes.end()) return {QString(), file_bytes};
    const auto name = kernels::traits_of(most->first).name;
    return {QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), file_bytes};
}

} // namespace

/// One try at loading; the window's thread reads the results only after the loading thread has queued
/// finish().
struct ModelController::Attempt {
    std::atomic<bool> is_cancelled = false;
    std::unique_ptr<engine::Session> session;
    Loaded loaded;
    QString problem;
    QString problem_kind;
};

ModelController::ModelController(Settings& settings, SessionFactory factory, QObject* parent)
    : QObject(parent), settings_(settings), factory_(std::move(factory)),
      starter_(QString::fromStdString(find_starter_model().string())) {
    connect(&settings_, &Settings::threadsChanged, this, &ModelController::needsReloadChanged);
    connect(&settings_, &Settings::contextChanged, this, &ModelController::needsReloadChanged);
    connect(this, &ModelController::stateChanged, this, &ModelController::needsReloadChanged);
}

ModelController::~ModelController() {
    shut_down();
}

void ModelController::shut_down() {
    cancelLoading();
    if (loader_.joinable()) loader_.join();
    attempt_.reset();
    session_.reset();
}

void ModelController::start(const QString& file) {
    QString wanted = file.isEmpty() ? settings_.modelFile() : QFileInfo(file).absoluteFilePath();
    load(wanted.isEmpty() ? starter_ : wanted);
}

void ModelController::openFile(const QUrl& file) {
    const QString path = file.isLocalFile() ? file.toLocalFile() : file.toString();
    if (path.isEmpty()) return;
    settings_.setModelFile(path);
    load(path);
}

void ModelController::useStarter() {
    settings_.setModelFile({});
    load(starter_);
}

void ModelController::reload() {
    load(file_.isEmpty() ? starter_ : file_);
}

void ModelController::cancelLoading() {
    if (attempt_) attempt_->is_cancelled = true;
}

QString ModelController::answeringProblem(const QString& sentence) const {
    return answering_problem(sentence);
}

void ModelController::load(const QString& file) {
    if (session_) emit aboutToUnload();
    if (attempt_) attempt_->is_cancelled = true;
    // An earlier loader, cancelled or done, and the session it leaves behind are waited for by the new one.
    auto attempt = std::make_shared<Attempt>();
    attempt_ = attempt;
    file_ = file;
    loaded_ = {};
    problem_.clear();
    problem_kind_.clear();
    was_cancelled_ = false;
    loaded_bytes_ = total_bytes_ = 0;
    if (file.isEmpty()) {
        problem_kind_ = QStringLiteral("no_file");
        attempt_.reset();
        set_state(State::Failed);
        return;
    }

    engine::SessionOptions options;
    options.threads = threads_in_use_ = settings_.threads();
    options.context = context_in_use_ = settings_.context();
    options.cache_folder = cache_folder_;
    load_clock_.start();
    set_state(State::Loading);

    auto sink = [this, id = std::weak_ptr<Attempt>(attempt)](std::vector<engine::Event> batch) {
        if (on_engine_thread) on_engine_thread(batch);
        QMetaObject::invokeMethod(
            this,
            [this, id, batch = std::move(batch)] {
                if (id.lock() == attempt_ && session_) emit events(batch);
            },
            Qt::QueuedConnection);
    };
    auto progress = [this, attempt, last = QElapsedTimer()](std::size_t done, std::size_t total) mutable {
        if (!last.isValid() || last.elapsed() >= progress_interval_ms || done == total) {
            last.start();
            QMetaObject::invokeMethod(
                this,
                [this, attempt, done, total] {
                    if (attempt != attempt_) return;
                    loaded_bytes_ = done;
                    total_bytes_ = total;
                    emit progressChanged();
                },
                Qt::QueuedConnection);
        }
        return !attempt->is_cancelled.load();
    };
    loader_ = std::thread([this, attempt, options, sink = std::move(sink), progress = std::move(progress),
                           path = std::filesystem::path(file.toStdString()), earlier = std::move(loader_),
                           old = std::move(session_)]() mutable {
        if (earlier.joinable()) earlier.join();
        old.reset(); // before the new one: two large models may not fit side by side
        try {
            if (!attempt->is_cancelled) {
                std::tie(attempt->loaded.quantisation, attempt->loaded.file_bytes) = weigh(path);
                attempt->session = factory_(path, options, std::move(sink), progress);
                attempt->loaded.description = attempt->session->description();
                attempt->loaded.context = attempt->session->context_capacity();
                attempt->loaded.can_think = attempt->session->can_think();
                weigh_devices(attempt->session->placement(), attempt->loaded);
            }
        } catch (const std::exception& error) {
            attempt->problem = QString::fromUtf8(error.what());
            attempt->problem_kind = opening_problem(error, path);
        }
        QMetaObject::invokeMethod(
            this, [this, attempt] { finish(attempt); }, Qt::QueuedConnection);
    });
}

void ModelController::finish(const std::shared_ptr<Attempt>& attempt) {
    if (attempt != attempt_)
        return; // a later load took its place; the session goes with the last pointer to the attempt
    loaded_ = attempt->loaded;
    if (attempt->is_cancelled || !attempt->session) {
        was_cancelled_ = attempt->is_cancelled;
        problem_ = attempt->problem;
        problem_kind_ = attempt->problem_kind;
        attempt->session.reset();
        set_state(State::Failed);
        return;
    }
    session_ = std::move(attempt->session);
    set_state(State::Ready);
}

void ModelController::weigh_devices(const engine::SessionPlacement& placement, Loaded& loaded) {
    for (const engine::DeviceUse& use : placement.devices)
        (use.device == "cpu" ? loaded.ram_bytes : loaded.gpu_bytes) += use.bytes;
    if (loaded.gpu_bytes == 0) loaded.ram_bytes = 0; // nothing to tell apart
    loaded.gpu_problem = gpu_problem(placement.gpu_absence);
}

void ModelController::set_state(State state) {
    state_ = state;
    emit stateChanged();
    emit progressChanged();
}

bool ModelController::isStarter() const {
    return !starter_.isEmpty() && file_ == starter_;
}

QString ModelController::name() const {
    const QString given = QString::fromStdString(loaded_.description.name);
    return given.isEmpty() ? QFileInfo(file_).completeBaseName() : given;
}

bool ModelController::needsReload() const {
    return state_ == State::Ready &&
           (threads_in_use_ != settings_.threads() || context_in_use_ != settings_.context());
}

} // namespace spoutnik::app
