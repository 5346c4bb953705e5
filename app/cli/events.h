// SPDX-License-Identifier: MIT
// Between the engine thread, which brings events, and the main thread, which waits for them.
#pragma once

#include "engine/session/session.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace spoutnik::app::cli {

class EventQueue {
  public:
    void push(std::vector<engine::Event> events) {
        const std::scoped_lock lock(mutex_);
        for (engine::Event& event : events)
            events_.push_back(std::move(event));
        arrived_.notify_one();
    }
    /// The next event, or nothing after 50 ms without one.
    std::optional<engine::Event> wait() {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_for(lock, std::chrono::milliseconds(50), [this] { return !events_.empty(); }))
            return {};
        engine::Event event = std::move(events_.front());
        events_.pop_front();
        return event;
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<engine::Event> events_;
};

} // namespace spoutnik::app::cli
