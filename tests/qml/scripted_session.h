// SPDX-License-Identifier: MIT
// A session that says what it is told to: for the pictures, and for tests that must know every word
// beforehand.
#pragma once

#include "app/gui/model_controller.h"
#include "engine/session/session.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace spoutnik::test {

struct Script {
    std::string reasoning; ///< streamed word by word
    std::string orphan;    ///< streamed as answer, then told to be reasoning: a </think> nothing had opened
    std::string answer;    ///< streamed word by word
    std::chrono::milliseconds pace{0};        ///< between two words
    bool stops_in_reasoning = false;          ///< then waits to be cancelled
    bool stops_in_answer = false;             ///< the same, with the answer written
    std::string failure;                      ///< says this instead of finishing
    engine::Finished figures;                 ///< what Finished reports
    engine::SessionPlacement placement{};     ///< where the model is said to be
    std::vector<engine::ChatRequest> asked{}; ///< filled by the session
};

/// Opens sessions that play `script` at every request.
app::SessionFactory scripted_sessions(const std::shared_ptr<Script>& script);

/// Never opens: reports progress up to `share` of `total` bytes and waits to be cancelled.
app::SessionFactory endless_loading(std::size_t total, double share);

} // namespace spoutnik::test
