// SPDX-License-Identifier: MIT
// The one thread that touches the database. The window's thread hands it jobs and gets results back as calls
// in its own event loop, so that no disk is ever waited for while a frame is drawn.
#pragma once

#include "storage/conversations.h"
#include "storage/database.h"
#include "storage/settings.h"

#include <QObject>
#include <QPointer>
#include <QThread>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace spoutnik::app {

/// What a job may use, on the storage thread only.
struct Store {
    explicit Store(storage::OpenOptions options)
        : database(std::move(options)), conversations(database), settings(database) {}
    storage::Database database;
    storage::Conversations conversations;
    storage::Settings settings;
};

class StoreThread : public QObject {
    Q_OBJECT
  public:
    explicit StoreThread(QObject* parent = nullptr);
    ~StoreThread() override; ///< finishes the jobs that were handed over, then closes the database

    /// Opens the database; opened() or openFailed() follows, and checked() when its file has been read
    /// through for damage and is whole. With OpenOptions::check_after that comes later; a file that turns out
    /// damaged then is salvaged, and opened() comes a second time and says so.
    void open(storage::OpenOptions options);

    /// Runs work(Store&) on the storage thread, then done(its result) here, if `context` still lives. When
    /// the work throws, failed() is emitted and fallback() is called instead. Jobs run in the order they were
    /// given.
    template <class Work, class Done>
    void run(QObject* context, Work work, Done done, std::function<void()> fallback = {}) {
        post([this, context = QPointer<QObject>(context), work = std::move(work), done = std::move(done),
              fallback = std::move(fallback)]() mutable {
            using Result = std::invoke_result_t<Work, Store&>;
            attempt(context, std::move(fallback), [&] {
                if constexpr (std::is_void_v<Result>) {
                    work(*store_);
                    deliver(context, [done = std::move(done)]() mutable { done(); });
                } else {
                    deliver(context, [done = std::move(done), result = work(*store_)]() mutable {
                        done(std::move(result));
                    });
                }
            });
        });
    }
    /// The same for work without an answer.
    template <class Work>
    void run(Work work) {
        run(
            this, [work = std::move(work)](Store& store) mutable { work(store); }, [] {});
    }

    /// Runs work(Store&) on the storage thread and waits for its result, for threads that are neither the
    /// window's nor the storage's. What the work throws comes out here, failed() is not emitted: the caller
    /// has somebody to tell.
    template <class Work>
    std::invoke_result_t<Work, Store&> wait_for(Work work) {
        using Result = std::invoke_result_t<Work, Store&>;
        const auto task = std::make_shared<std::packaged_task<Result()>>(
            [this, work = std::move(work)]() mutable { return work(opened_store()); });
        auto result = task->get_future();
        post([task] { (*task)(); });
        return result.get();
    }

  signals:
    void opened(const spoutnik::storage::OpenReport& report);
    void checked();
    void openFailed(spoutnik::storage::ErrorKind kind, const QString& sentence);
    void failed(spoutnik::storage::ErrorKind kind, const QString& sentence);

  private:
    void post(std::function<void()> job);
    void open_now(const storage::OpenOptions& options);
    void attempt(const QPointer<QObject>& context, std::function<void()> fallback,
                 const std::function<void()>& job);
    void deliver(const QPointer<QObject>& context, std::function<void()> call);
    Store& opened_store();

    QThread thread_;
    QObject* worker_ = nullptr;  // lives on thread_
    std::optional<Store> store_; // touched on thread_ only
};

} // namespace spoutnik::app
