// SPDX-License-Identifier: MIT
#include "engine/session/responder.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace spoutnik::engine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string> all_stops(const ChatRequest& request, const PromptBuilder& prompts) {
    std::vector<std::string> stops = request.stop;
    stops.insert(stops.end(), prompts.stop_strings().begin(), prompts.stop_strings().end());
    return stops;
}

} // namespace

/// What is known of the answer while it is written.
struct Responder::Answer {
    Answer(const ChatRequest& asked, const ModelDescription& model, const Tokenizer& tokenizer,
           const PromptBuilder& prompts, const Prompt& prompt, const Emit& to, const IsCancelled& cancelled)
        : request(asked), emit(to), is_cancelled(cancelled), sampler(asked.sampler), decoder(tokenizer),
          splitter(prompt.reasoning_opened, prompt.reasoning_goes_on), stop(all_stops(asked, prompts)) {
        // Output matrices are sometimes padded: ids beyond the vocabulary have no text and are never said.
        known_tokens = std::min(model.vocabulary, static_cast<std::int64_t>(tokenizer.size()));
        enough_logits = std::min(sampler.enough_logits(), known_tokens);
        if (enough_logits > kernels::Backend::most_top_k) enough_logits = 0;
    }

    /// Sends pieces on; answer text passes the stop strings.
    void hand_out(std::vector<TextPiece> pieces) {
        for (TextPiece& piece : pieces) {
            switch (piece.kind) {
            case TextPiece::Kind::reasoning:
                emit(ReasoningText{std::move(piece.text), finished.reasoning_tokens});
                break;
            case TextPiece::Kind::answer:
                emit_answer(stop.push(piece.text));
                break;
            case TextPiece::Kind::answer_was_reasoning:
                emit_answer(stop.finish());
                emit(AnswerWasReasoning{});
                finished.reasoning_tokens += std::exchange(finished.answer_tokens, 0);
                finished.reasoning_seconds = seconds_since(decode_start);
                break;
            }
        }
    }
    void emit_answer(std::string text) {
        if (!text.empty()) emit(AnswerText{std::move(text)});
    }
    /// One more token of the reply.
    void add(const Tokenizer& tokenizer, Token token) {
        const bool was_reasoning = splitter.is_reasoning();
        std::string text = decoder.push(token);
        // Where the tags are control tokens, the decoder is silent about them.
        if (text.empty())
            if (const auto tag = tokenizer.text_of(token); tag == think_open || tag == think_close)
                text = tag;
        auto pieces = splitter.push(text);
        const bool counts_as_reasoning = was_reasoning || splitter.is_reasoning();
        ++(counts_as_reasoning ? finished.reasoning_tokens : finished.answer_tokens);
        if (counts_as_reasoning) finished.reasoning_seconds = seconds_since(decode_start);
        hand_out(std::move(pieces));
    }
    /// Everything that was held back.
    void close() {
        if (stop.stopped()) return;
        hand_out(splitter.push(decoder.finish()));
        hand_out(splitter.finish());
        emit_answer(stop.finish());
    }

    const ChatRequest& request;
    const Emit& emit;
    const IsCancelled& is_cancelled;
    Sampler sampler;
    StreamingDecoder decoder;
    ReasoningSplitter splitter;
    StopFilter stop;
    /// Of the prompt's last token; then of the last pass of decode: a row for its first token, which is said,
    /// and one for each draft.
    std::vector<float> logits;
    TopLogits top;                  ///< instead of them, where the sampler needs no more
    std::vector<Token> drafts;      ///< the tokens of that pass behind the first
    std::size_t agreed = 0;         ///< of the drafts, those that were chosen indeed
    std::int64_t known_tokens = 0;  ///< those that may be said are below it
    std::int64_t enough_logits = 0; ///< how many the sampler needs; 0: all

    /// From the logits of the last token that was said: those of the pass's first one or of a draft that
    /// agreed.
    Token choose(std::span<const Token> history) {
        if (enough_logits > 0) {
            const auto k = static_cast<std::size_t>(top.k);
            return sampler.choose_of_top(std::span(top.values).subspan(agreed * k, k),
                                         std::span(top.tokens).subspan(agreed * k, k));
        }
        const std::size_t vocabulary = logits.size() / (drafts.size() + 1);
        const std::span<float> row = std::span(logits).subspan(agreed * vocabulary, vocabulary);
        return sampler.choose(row.first(static_cast<std::size_t>(known_tokens)), history);
    }
    Clock::time_point decode_start;
    bool warned = false;
    Finished finished;
};

Responder::Responder(Model& model, const Tokenizer& tokenizer, const PromptBuilder& prompts, KvCache& cache,
                     const Options& options, SavedCaches* saved)
    : model_(&model), tokenizer_(&tokenizer), prompts_(&prompts), cache_(&cache), options_(options),
      speculator_(model, cache, options.has_next_token_layer, options.pass_clock), window_(cache.capacity()),
      saved_(saved) {
    if (options_.prefill_batch <= 0) options_.prefill_batch = model.max_batch();
}

Finished Responder::respond(const ChatRequest& request, const Emit& emit, const IsCancelled& is_cancelled) {
    const FittedPrompt fitted = window_.fit(*prompts_, request);
    if (fitted.messages_left_out > 0) emit(ContextTrimmed{fitted.messages_left_out});
    const std::vector<Token>& prompt = fitted.prompt.tokens;
    if (prompt.empty()) throw Error("the model's chat template made an empty prompt");

    Answer answer(request, model_->description(), *tokenizer_, *prompts_, fitted.prompt, emit, is_cancelled);
    answer.finished.seed = answer.sampler.seed();
    answer.finished.context_capacity = cache_->capacity();
    answer.finished.prompt_tokens = static_cast<std::int64_t>(prompt.size());
    if (request.conversation != conversation_) put_away();
    conversation_ = request.conversation;
    if (request.reads_anew) cached_.clear();
    answer.finished.reused_tokens = reuse_cache(prompt);
    answer.finished.restored_tokens = request.reads_anew ? 0 : restore_cache(prompt);
    answer.finished.reused_tokens += answer.finished.restored_tokens;

    const auto prefill_start = Clock::now();
    const bool complete = prefill(prompt, answer);
    answer.finished.prefill_seconds = seconds_since(prefill_start);
    answer.finished.reason = FinishReason::cancelled;
    if (complete) {
        speculator_.begin(request.speculation.value_or(options_.speculation), prompt);
        answer.decode_start = Clock::now();
        answer.finished.reason = decode(answer);
        answer.close();
        answer.finished.decode_seconds = seconds_since(answer.decode_start);
    }
    answer.finished.context_used = cache_->length();
    return answer.finished;
}

/// Keeps what the cache and the prompt begin with in common; its length. The last token of the prompt is
/// always read again: its logits are what the answer begins with.
std::int64_t Responder::reuse_cache(std::span<const Token> prompt) {
    const auto usable = prompt.first(prompt.size() - 1);
    const auto [differs, ignored] =
        std::mismatch(usable.begin(), usable.end(), cached_.begin(), cached_.end());
    cached_.resize(static_cast<std::size_t>(differs - usable.begin()));
    const auto kept = static_cast<std::int64_t>(cached_.size());
    cache_->truncate(kept);
    return kept;
}

/// What was computed for this conversation before others took the cache, or before the last start, comes from
/// disk. Rows that were restored, behind those of cached_.
std::int64_t Responder::restore_cache(std::span<const Token> prompt) {
    if (saved_ == nullptr || conversation_.empty()) return 0;
    std::int64_t restored = 0;
    try {
        restored = saved_->restore(conversation_, prompt.first(prompt.size() - 1), *cache_);
    } catch (const std::bad_alloc&) {
        cache_->truncate(static_cast<std::int64_t>(cached_.size())); // it is computed instead
        return 0;
    }
    const auto known = prompt.first(static_cast<std::size_t>(cache_->length()));
    cached_.assign(known.begin(), known.end());
    return restored;
}

void Responder::put_away() {
    if (saved_ == nullptr || conversation_.empty() || std::exchange(is_saved_, true)) return;
    try {
        saved_->save(conversation_, *cache_, cached_);
    } catch (const std::bad_alloc&) {
        return; // then it is computed again one day
    }
}

void Responder::forget(const std::string& conversation) {
    if (conversation == conversation_) conversation_.clear();
}

/// Leaves in the answer what its next tokens are chosen from.
void Responder::forward(std::span<const Token> tokens, Logits wanted, Answer& answer) {
    try {
        is_saved_ = false;
        if (answer.enough_logits > 0)
            answer.top =
                model_->forward_top(tokens, *cache_, wanted, answer.enough_logits, answer.known_tokens);
        else
            answer.logits = model_->forward(tokens, *cache_, wanted);
        cached_.insert(cached_.end(), tokens.begin(), tokens.end());
    } catch (const GivenUp&) {
        const auto stored = cache_->length() - static_cast<std::int64_t>(cached_.size());
        cached_.insert(cached_.end(), tokens.begin(), tokens.begin() + stored); // passes before that one
        throw;
    } catch (...) {
        // Some layers may have stored rows and others not.
        cached_.clear();
        cache_->truncate(0);
        throw;
    }
}

/// Tells how far a pass over tokens of a prompt has come, and ends it when the answer is cancelled, as long
/// as this lives.
class Responder::PassWatch {
  public:
    PassWatch(Model& model, const Answer& answer, PrefillProgress before, std::int64_t tokens)
        : model_(&model) {
        model.watch([&answer, before, tokens](std::int64_t done, std::int64_t layers) {
            PrefillProgress now = before;
            now.done += tokens * done / layers;
            answer.emit(now);
            return !answer.is_cancelled();
        });
    }
    ~PassWatch() { model_->watch({}); }
    PassWatch(const PassWatch&) = delete;
    PassWatch& operator=(const PassWatch&) = delete;

  private:
    Model* model_;
};

/// False when cancelled.
bool Responder::prefill(std::span<const Token> prompt, Answer& answer) {
    const Finished& known = answer.finished;
    std::int64_t done = known.reused_tokens;
    answer.emit(PrefillProgress{done, known.prompt_tokens, known.reused_tokens});
    while (done < known.prompt_tokens) {
        if (answer.is_cancelled()) return false;
        const std::int64_t count = std::min(options_.prefill_batch, known.prompt_tokens - done);
        const bool last = done + count == known.prompt_tokens;
        try {
            const PassWatch watch(*model_, answer, {done, known.prompt_tokens, known.reused_tokens}, count);
            forward(prompt.subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(count)),
                    last ? Logits::last : Logits::none, answer);
        } catch (const GivenUp&) {
            return false;
        }
        done += count;
        answer.emit(PrefillProgress{done, known.prompt_tokens, known.reused_tokens});
    }
    return true;
}

FinishReason Responder::decode(Answer& answer) {
    // However it ends, the cache keeps what was said and no draft.
    struct DraftsLeave {
        KvCache* cache;
        const std::vector<Token>* said;
        ~DraftsLeave() { cache->truncate(static_cast<std::int64_t>(said->size())); }
    };
    const DraftsLeave drafts_leave{cache_, &cached_};
    const std::int64_t limit = answer.request.max_tokens;
    for (std::int64_t written = 0;; ++written) {
        if (limit > 0 && written >= limit) return FinishReason::max_tokens;
        if (answer.is_cancelled()) return FinishReason::cancelled;
        warn_if_nearly_full(answer);
        const Token token = answer.choose(cached_);
        answer.finished.tokens.push_back(token);
        if (tokenizer_->ends_turn(token)) return FinishReason::end_of_turn;
        answer.add(*tokenizer_, token);
        if (answer.stop.stopped()) return FinishReason::stop_string;
        if (length() >= cache_->capacity()) return FinishReason::context_full;
        const std::int64_t room = cache_->capacity() - length() - 1;
        go_on(answer, token, limit > 0 ? std::min(room, limit - written - 1) : room);
    }
}

/// The logits behind `token`: known already if it was drafted, else from a pass over it and new drafts of the
/// `tokens_left` at most that can follow. A row of logits is the same alone and among others, so it does not
/// show in what is chosen from it.
void Responder::go_on(Answer& answer, Token token, std::int64_t tokens_left) {
    speculator_.follow(token);
    if (answer.agreed < answer.drafts.size() && answer.drafts[answer.agreed] == token) {
        ++answer.agreed;
        ++answer.finished.accepted_tokens;
        cached_.push_back(token);
        return;
    }
    cache_->truncate(length());
    answer.agreed = 0;
    answer.drafts = speculator_.draft(tokens_left, tokenizer_->size());
    answer.finished.drafted_tokens += static_cast<std::int64_t>(answer.drafts.size());
    std::vector<Token> pass{token};
    pass.insert(pass.end(), answer.drafts.begin(), answer.drafts.end());
    const double start = options_.pass_clock();
    forward(pass, Logits::all, answer);
    speculator_.passed(static_cast<std::int64_t>(pass.size()), options_.pass_clock() - start);
    cached_.resize(cached_.size() - answer.drafts.size());
}

/// A tenth of the context, at least 16 tokens and at most 512, before its end.
void Responder::warn_if_nearly_full(Answer& answer) const {
    const std::int64_t left = cache_->capacity() - length();
    if (answer.warned || left > std::clamp<std::int64_t>(cache_->capacity() / 10, 16, 512)) return;
    answer.warned = true;
    answer.emit(ContextNearlyFull{left});
}

} // namespace spoutnik::engine
