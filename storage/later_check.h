// SPDX-License-Identifier: MIT
// The check for damage beside the work; nothing outside storage/ includes it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace spoutnik::storage {

/// Reads the whole file for damage (quick_check) on a connection and a thread of its own, while the
/// conversations are in use already. It sees the file as it was at its beginning; what is written meanwhile
/// stands in the log.
class LaterCheck {
  public:
    enum class Result {
        unknown, ///< not through, or stopped
        whole,
        damaged
    };

    /// Begins after `delay`, so as not to take the disk from what is read first. `done` is called once, on
    /// the check's thread, when there is a result.
    LaterCheck(std::filesystem::path file, std::string vfs, std::chrono::milliseconds delay,
               std::function<void(Result)> done);
    ~LaterCheck(); ///< stop()
    LaterCheck(const LaterCheck&) = delete;
    LaterCheck& operator=(const LaterCheck&) = delete;

    Result result() const;
    /// Begins now where it has not begun, and waits for the end.
    Result wait();
    /// Gives up: `done` is not called any more after this. May wait for the table that is being read.
    Result stop();

  private:
    void run();
    Result check() const;
    bool is_stopped() const;

    std::filesystem::path file_;
    std::string vfs_;
    std::chrono::milliseconds delay_;
    std::function<void(Result)> done_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_urgent_ = false;
    bool is_stopped_ = false;
    bool is_over_ = false;
    Result result_ = Result::unknown;
    std::thread thread_; // last: it uses the others
};

} // namespace spoutnik::storage
