// SPDX-License-Identifier: MIT
#include "app/gui/store_thread.h"

#include <QMetaObject>

namespace spoutnik::app {

StoreThread::StoreThread(QObject* parent) : QObject(parent), worker_(new QObject) {
    qRegisterMetaType<spoutnik::storage::OpenReport>();
    qRegisterMetaType<spoutnik::storage::ErrorKind>();
    thread_.setObjectName(QStringLiteral("storage"));
    worker_->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, worker_, &QObject::deleteLater);
    thread_.start();
}

StoreThread::~StoreThread() {
    // Behind every job already queued, so nothing that was handed over is lost.
    post([this] {
        store_.reset();
        thread_.quit();
    });
    thread_.wait();
}

void StoreThread::open(storage::OpenOptions options) {
    post([this, options = std::move(options)]() mutable {
        storage::OpenOptions salvaging = options;
        salvaging.check_after.reset();                          // checked first, and salvaged
        options.on_checked = [this, salvaging](bool is_whole) { // on a thread of the storage's own
            post([this, salvaging, is_whole] {
                if (is_whole)
                    emit checked();
                else
                    open_now(salvaging);
            });
        };
        open_now(options);
    });
}

void StoreThread::open_now(const storage::OpenOptions& options) {
    try {
        store_.reset(); // gives back its lock
        store_.emplace(options);
        const storage::OpenReport& report = store_->database.report();
        emit opened(report);
        if (report.is_checked) emit checked();
    } catch (const storage::Error& error) {
        emit openFailed(error.kind(), QString::fromUtf8(error.what()));
    } catch (const std::exception& error) {
        emit openFailed(storage::ErrorKind::other, QString::fromUtf8(error.what()));
    }
}

void StoreThread::post(std::function<void()> job) {
    QMetaObject::invokeMethod(worker_, std::move(job), Qt::QueuedConnection);
}

void StoreThread::attempt(const QPointer<QObject>& context, std::function<void()> fallback,
                          const std::function<void()>& job) {
    auto kind = storage::ErrorKind::other;
    QString sentence;
    try {
        opened_store();
        job();
        return;
    } catch (const storage::Error& error) {
        kind = error.kind();
        sentence = QString::fromUtf8(error.what());
    } catch (const std::exception& error) {
        sentence = QString::fromUtf8(error.what());
    }
    emit failed(kind, sentence);
    if (fallback) deliver(context, std::move(fallback));
}

Store& StoreThread::opened_store() {
    if (!store_) throw storage::Error(storage::ErrorKind::other, "The conversations are not open.");
    return *store_;
}

void StoreThread::deliver(const QPointer<QObject>& context, std::function<void()> call) {
    QMetaObject::invokeMethod(
        this,
        [context, call = std::move(call)] {
            if (context) call();
        },
        Qt::QueuedConnection);
}

} // namespace spoutnik::app
