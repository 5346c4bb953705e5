// SPDX-License-Identifier: MIT
// A session that writes a fixed text at a fixed rate, in batches as the engine sends them: what the window
// does with an answer can then be measured without a model.
#pragma once

#include "app/gui/model_controller.h"

#include <atomic>
#include <memory>
#include <string>

namespace spoutnik::bench {

struct Pace {
    std::string text;                    ///< written again from its beginning until the request is cancelled
    std::atomic<int> words_a_second{60}; ///< a word stands for a token
};

app::SessionFactory paced_sessions(const std::shared_ptr<Pace>& pace);

} // namespace spoutnik::bench
