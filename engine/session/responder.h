// SPDX-License-Identifier: MIT
// Answers one request after another with a model and its cache. Knows nothing of threads and queues.
#pragma once

#include "engine/session/prompt.h"
#include "engine/session/sampler.h"
#include "engine/session/saved_caches.h"
#include "engine/session/speculator.h"
#include "engine/session/text_filters.h"
#include "engine/session/window.h"

#include <functional>
#include <memory>

namespace spoutnik::engine {

class Responder {
  public:
    /// Takes an event as soon as it is known.
    using Emit = std::function<void(EventBody)>;
    /// Asked between two layers of a prompt and between two tokens of an answer.
    using IsCancelled = std::function<bool()>;

    struct Options {
        std::int64_t prefill_batch = 0;                   ///< tokens at once; 0: Model::max_batch()
        Speculation speculation = Speculation::automatic; ///< for requests that say nothing of it
        bool has_next_token_layer = false;                ///< Model::enable_drafts() was called for the cache
        PassClock pass_clock = &steady_seconds;           ///< times passes, for `automatic`
    };

    /// The references outlive the responder. `saved` may be null: then no cache goes to disk.
    Responder(Model& model, const Tokenizer& tokenizer, const PromptBuilder& prompts, KvCache& cache,
              const Options& options, SavedCaches* saved = nullptr);

    /// Everything up to Finished, which is returned and not emitted. Throws Error; the cache is whole
    /// afterwards.
    Finished respond(const ChatRequest& request, const Emit& emit, const IsCancelled& is_cancelled);

    /// Saves the cache of the conversation that was answered last, before another takes its place.
    void put_away();
    /// Nothing of this conversation is to be saved any more.
    void forget(const std::string& conversation);

  private:
    struct Answer;
    class PassWatch;

    std::int64_t reuse_cache(std::span<const Token> prompt);
    std::int64_t restore_cache(std::span<const Token> prompt);
    void forward(std::span<const Token> tokens, Logits wanted, Answer& answer);
    bool prefill(std::span<const Token> prompt, Answer& answer);
    FinishReason decode(Answer& answer);
    void go_on(Answer& answer, Token token, std::int64_t tokens_left);
    /// Tokens of prompt and answer; the cache may hold drafts behind them.
    std::int64_t length() const { return static_cast<std::int64_t>(cached_.size()); }
    void warn_if_nearly_full(Answer& answer) const;

    Model* model_;
    const Tokenizer* tokenizer_;
    const PromptBuilder* prompts_;
    KvCache* cache_;
    Options options_;
    Speculator speculator_;
    ConversationWindow window_;
    SavedCaches* saved_;
    std::vector<Token> cached_; ///< the tokens that the rows of the cache belong to, without drafts
    std::string conversation_;  ///< whose they are; empty: nobody's
    bool is_saved_ = true;      ///< there is nothing in the cache that its file lacks
};

} // namespace spoutnik::engine
