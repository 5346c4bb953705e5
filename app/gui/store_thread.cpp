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
        try {
            store_.emplace(std::move(options));
            emit opened(store_->database.report());
        } catch (const storage::Error& error) {
            emit openFailed(error.kind(), QString::fromUtf8(error.what()));
        } catch (const std::exception& error) {
            emit openFailed(storage::ErrorKind::other, QString::fromUtf8(error.what()));
        }
    });
}

void StoreThread::post(std::function<void()> job) {
    QMetaObject::invokeMethod(worker_, std::move(job), Qt::QueuedConnection);
}

void StoreThread::attempt(const QPointer<QObject>& context, std::function<void()> fallback,
                          const std::function<void()>& job) {
    auto kind = storage::ErrorKind::other;
    QString sentence;
    try {
        if (!store_) throw storage::Error(storage::ErrorKind::other, "The conversations are not open.");
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

void StoreThread::deliver(const QPointer<QObject>& context, std::function<void()> call) {
    QMetaObject::invokeMethod(
        this,
        [context, call = std::move(call)] {
            if (context) call();
        },
        Qt::QueuedConnection);
}

} // namespace spoutnik::app
