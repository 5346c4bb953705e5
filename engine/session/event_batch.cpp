// SPDX-License-Identifier: MIT
#include "engine/session/event_batch.h"

#include <utility>

namespace spoutnik::engine {
namespace {

/// Makes `earlier` say what `later` says too; false when they are of different kinds.
bool join(EventBody& earlier, const EventBody& later) {
    if (earlier.index() != later.index()) return false;
    if (const auto* answer = std::get_if<AnswerText>(&later)) {
        std::get<AnswerText>(earlier).text += answer->text;
        return true;
    }
    if (const auto* reasoning = std::get_if<ReasoningText>(&later)) {
        std::get<ReasoningText>(earlier).text += reasoning->text;
        std::get<ReasoningText>(earlier).tokens = reasoning->tokens;
        return true;
    }
    if (const auto* progress = std::get_if<PrefillProgress>(&later)) {
        std::get<PrefillProgress>(earlier) = *progress;
        return true;
    }
    return false;
}

} // namespace

void EventBatch::add(RequestId request, EventBody body) {
    if (!waiting_.empty() && waiting_.back().request == request && join(waiting_.back().body, body)) return;
    waiting_.push_back({request, std::move(body)});
}

void EventBatch::send_if_due() {
    if (!waiting_.empty() && std::chrono::steady_clock::now() - last_sent_ >= interval_) send();
}

void EventBatch::send() {
    if (waiting_.empty()) return;
    last_sent_ = std::chrono::steady_clock::now();
    if (*sink_)
        (*sink_)(std::exchange(waiting_, {}));
    else
        waiting_.clear();
}

} // namespace spoutnik::engine
