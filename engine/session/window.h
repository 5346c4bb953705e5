// SPDX-License-Identifier: MIT
// Which part of a conversation the model is shown when the context cannot hold all of it.
#pragma once

#include "engine/session/prompt.h"

namespace spoutnik::engine {

struct FittedPrompt {
    Prompt prompt;
    std::int64_t messages_left_out = 0;
};

/// Keeps a conversation inside the context: system messages stay, the oldest turns (a question and what
/// followed it) leave first. What was left out once stays out for the next requests of the same conversation,
/// so that their prompts begin alike and the cache can be reused; more leaves only when half of the room for
/// answers is used up.
class ConversationWindow {
  public:
    explicit ConversationWindow(std::int64_t capacity) : capacity_(capacity) {}

    /// Throws Error when even the last question alone leaves no room for an answer.
    FittedPrompt fit(const PromptBuilder& builder, const ChatRequest& request);

  private:
    std::int64_t capacity_;
    std::int64_t left_out_ = 0; ///< by the last request
    ChatMessage first_kept_;    ///< of the last request, after the system messages
};

} // namespace spoutnik::engine
