// SPDX-License-Identifier: MIT
#pragma once

#include "engine/session/session.h"

#include <chrono>

namespace spoutnik::engine {

/// Events on their way to the sink: neighbouring pieces of text are joined, and no batch leaves sooner than
/// an interval after the one before, except at the end of a request.
class EventBatch {
  public:
    EventBatch(const Session::EventSink& sink, std::chrono::milliseconds interval)
        : sink_(&sink), interval_(interval) {}

    void add(RequestId request, EventBody body);
    /// Sends what waits if the interval is over.
    void send_if_due();
    void send();

  private:
    const Session::EventSink* sink_;
    std::chrono::milliseconds interval_;
    std::chrono::steady_clock::time_point last_sent_{};
    std::vector<Event> waiting_;
};

} // namespace spoutnik::engine
