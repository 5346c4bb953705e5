// SPDX-License-Identifier: MIT
// Which model answers: opens it on a thread of its own with progress, owns the session, passes its events on.
#pragma once

#include "engine/session/session.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QUrl>
#include <QtQml/qqmlregistration.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace spoutnik::app {

class Settings;

/// Opens a session; engine::Session::open in the program, a scripted one in some tests.
using SessionFactory = std::function<std::unique_ptr<engine::Session>(
    const std::filesystem::path& model, const engine::SessionOptions& options,
    engine::Session::EventSink sink, const engine::LoadProgress& progress)>;
SessionFactory engine_sessions();

/// What a session calls a conversation in its folder of KV caches.
inline std::string saved_cache_name(qint64 conversation) {
    return std::to_string(conversation);
}

class ModelController : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    Q_PROPERTY(State state READ state NOTIFY stateChanged)
    Q_PROPERTY(QString name READ name NOTIFY stateChanged)                 // as people say it
    Q_PROPERTY(QString quantisation READ quantisation NOTIFY stateChanged) // format of most of its bytes
    Q_PROPERTY(QString file READ file NOTIFY stateChanged)
    Q_PROPERTY(bool isStarter READ isStarter NOTIFY stateChanged)
    Q_PROPERTY(bool hasStarter READ hasStarter CONSTANT)
    Q_PROPERTY(bool canThink READ canThink NOTIFY stateChanged)
    Q_PROPERTY(double contextCapacity READ contextCapacity NOTIFY stateChanged) // tokens
    Q_PROPERTY(double parametersTotal READ parametersTotal NOTIFY stateChanged)
    Q_PROPERTY(double parametersActive READ parametersActive NOTIFY stateChanged)
    Q_PROPERTY(double fileBytes READ fileBytes NOTIFY stateChanged)
    // Weights, cache and scratch memory; both 0 where no GPU is used.
    Q_PROPERTY(double gpuBytes READ gpuBytes NOTIFY stateChanged)
    Q_PROPERTY(double ramBytes READ ramBytes NOTIFY stateChanged)
    // Why a GPU that the program was installed for is not used: "no_driver", "old_driver", "no_gpu",
    // "old_gpu", "other_version", "failure"; else empty.
    Q_PROPERTY(QString gpuProblem READ gpuProblem NOTIFY stateChanged)
    Q_PROPERTY(QString problem READ problem NOTIFY stateChanged) // what the engine said, in English
    Q_PROPERTY(
        QString problemKind READ problemKind NOTIFY stateChanged) // see engine_problem.h, and "no_file"
    Q_PROPERTY(bool wasCancelled READ wasCancelled NOTIFY stateChanged)
    Q_PROPERTY(double loadedBytes READ loadedBytes NOTIFY progressChanged)
    Q_PROPERTY(double totalBytes READ totalBytes NOTIFY progressChanged)
    Q_PROPERTY(double loadSeconds READ loadSeconds NOTIFY progressChanged)
    Q_PROPERTY(bool needsReload READ needsReload NOTIFY needsReloadChanged)

  public:
    enum class State { None, Loading, Ready, Failed };
    Q_ENUM(State)

    ModelController(Settings& settings, SessionFactory factory, QObject* parent = nullptr);
    ~ModelController() override;
    /// Cancels what loads, lets go of the session and joins their threads.
    void shut_down();

    /// Where sessions keep the KV caches of conversations; empty: nowhere. Before the first model is loaded.
    void set_cache_folder(std::filesystem::path folder) { cache_folder_ = std::move(folder); }
    const std::filesystem::path& cache_folder() const { return cache_folder_; }

    /// Loads what the settings name, or `file` when given.
    void start(const QString& file = {});
    Q_INVOKABLE void openFile(const QUrl& file);
    Q_INVOKABLE void useStarter();
    Q_INVOKABLE void reload(); ///< after a change of threads or context, or a failure
    Q_INVOKABLE void cancelLoading();
    /// Why an answer failed, as a key (engine_problem.h), by the sentence stored with it.
    Q_INVOKABLE QString answeringProblem(const QString& sentence) const;

    /// The session that answers; null unless Ready.
    engine::Session* session() const { return session_.get(); }

    State state() const { return state_; }
    QString name() const;
    QString quantisation() const { return loaded_.quantisation; }
    QString file() const { return file_; }
    bool isStarter() const;
    bool hasStarter() const { return !starter_.isEmpty(); }
    bool canThink() const { return loaded_.can_think; }
    double contextCapacity() const { return static_cast<double>(loaded_.context); }
    double parametersTotal() const { return static_cast<double>(loaded_.description.parameters_total); }
    double parametersActive() const { return static_cast<double>(loaded_.description.parameters_active); }
    double fileBytes() const { return static_cast<double>(loaded_.file_bytes); }
    double gpuBytes() const { return static_cast<double>(loaded_.gpu_bytes); }
    double ramBytes() const { return static_cast<double>(loaded_.ram_bytes); }
    QString gpuProblem() const { return loaded_.gpu_problem; }
    QString problem() const { return problem_; }
    QString problemKind() const { return problem_kind_; }
    bool wasCancelled() const { return was_cancelled_; }
    double loadedBytes() const { return static_cast<double>(loaded_bytes_); }
    double totalBytes() const { return static_cast<double>(total_bytes_); }
    double loadSeconds() const {
        return static_cast<double>(load_clock_.isValid() ? load_clock_.elapsed() : 0) / 1000;
    }
    bool needsReload() const;

    /// Called on the engine thread with every batch before it is queued for the window's thread.
    std::function<void(const std::vector<engine::Event>&)> on_engine_thread;

  signals:
    void stateChanged();
    void progressChanged();
    void needsReloadChanged();
    /// The session goes away at once: what runs on it will hear nothing more.
    void aboutToUnload();
    void events(const std::vector<spoutnik::engine::Event>& events);

  private:
    /// What the loading thread learns of a model.
    struct Loaded {
        engine::ModelDescription description;
        QString quantisation;
        std::size_t file_bytes = 0;
        std::int64_t context = 0;
        bool can_think = false;
        std::uint64_t gpu_bytes = 0;
        std::uint64_t ram_bytes = 0; ///< beside a GPU
        QString gpu_problem;
    };
    static void weigh_devices(const engine::SessionPlacement& placement, Loaded& loaded);
    struct Attempt; // shared with the loading thread

    void load(const QString& file);
    void finish(const std::shared_ptr<Attempt>& attempt);
    void set_state(State state);

    Settings& settings_;
    SessionFactory factory_;
    QString starter_;
    QString file_;
    State state_ = State::None;
    Loaded loaded_;
    QString problem_;
    QString problem_kind_;
    bool was_cancelled_ = false;
    QElapsedTimer load_clock_;
    std::size_t loaded_bytes_ = 0;
    std::size_t total_bytes_ = 0;
    std::filesystem::path cache_folder_;
    int threads_in_use_ = 0;
    int context_in_use_ = 0;
    std::shared_ptr<Attempt> attempt_;
    std::unique_ptr<engine::Session> session_;
    std::thread loader_;
};

} // namespace spoutnik::app
