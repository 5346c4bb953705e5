// SPDX-License-Identifier: MIT
// The thread and the queue around a Responder; for Session::open and for tests that bring their own model.
#pragma once

#include "engine/session/prompt.h"
#include "engine/session/session.h"

#include <memory>

namespace spoutnik::engine {

/// What a session owns, in the order in which it must be destroyed last to first.
struct SessionParts {
    std::shared_ptr<kernels::Backend> backend; ///< may be null: a model that needs none
    std::unique_ptr<Model> model;
    std::unique_ptr<KvCache> cache; ///< null: the session makes it
    std::unique_ptr<const Tokenizer> tokenizer;
    std::unique_ptr<const PromptBuilder> prompts; ///< built on `tokenizer`
    std::uint64_t fingerprint = 0;                ///< model_fingerprint(); 0: not known, no cache is saved
    bool use_next_token_layer = false;            ///< the model has one, and there is memory for it
    SessionPlacement placement{};
};

/// Throws kernels::OutOfMemory when the cache does not fit.
std::unique_ptr<Session> make_session(SessionParts parts, const SessionOptions& options,
                                      Session::EventSink sink);

/// Session::open on devices of one's own.
std::unique_ptr<Session> open_session(const std::filesystem::path& model, const Devices& devices,
                                      const SessionOptions& options, Session::EventSink sink,
                                      const LoadProgress& progress = {});

} // namespace spoutnik::engine
