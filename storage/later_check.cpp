// SPDX-License-Identifier: MIT
#include "storage/later_check.h"

#include "storage/connection.h"
#include "storage/error.h"

#include <sqlite3.h>

#include <utility>

namespace spoutnik::storage {

LaterCheck::LaterCheck(std::filesystem::path file, std::string vfs, std::chrono::milliseconds delay,
                       std::function<void(Result)> done)
    : file_(std::move(file)), vfs_(std::move(vfs)), delay_(delay), done_(std::move(done)),
      thread_([this] { run(); }) {
}

LaterCheck::~LaterCheck() {
    stop();
}

LaterCheck::Result LaterCheck::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    return result_;
}

LaterCheck::Result LaterCheck::result() const {
    const std::lock_guard lock(mutex_);
    return result_;
}

LaterCheck::Result LaterCheck::wait() {
    std::unique_lock lock(mutex_);
    is_urgent_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_over_; });
    return result_;
}

bool LaterCheck::is_stopped() const {
    const std::lock_guard lock(mutex_);
    return is_stopped_;
}

void LaterCheck::run() {
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, delay_, [this] { return is_urgent_ || is_stopped_; });
        if (is_stopped_) return;
    }
    const Result found = check();
    if (is_stopped()) return;
    // Before it counts as known: who waits for the result finds done what follows from it.
    if (found != Result::unknown && done_) done_(found);
    const std::lock_guard lock(mutex_);
    result_ = found;
    is_over_ = true;
    changed_.notify_all();
}

LaterCheck::Result LaterCheck::check() const {
    try {
        const Connection database = connect(file_, Access::read, vfs_);
        sqlite3_progress_handler(
            database.get(), 1000,
            [](void* self) { return static_cast<const LaterCheck*>(self)->is_stopped() ? 1 : 0; },
            const_cast<LaterCheck*>(this));
        return damage_in(database.get()).empty() ? Result::whole : Result::damaged;
    } catch (const Error& error) {
        // A disk that can't be read is no proof of damage: the file stays unchecked, and is checked before
        // anything else at the next start that asks for it.
        return error.kind() == ErrorKind::corrupt ? Result::damaged : Result::unknown;
    }
}

} // namespace spoutnik::storage
