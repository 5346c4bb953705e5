// SPDX-License-Identifier: MIT
// A tokenizer of bytes and a model that says what it is told to, for tests of the logic around them.
#pragma once

#include "engine/chat_template/chat_template.h"
#include "engine/session/engine_session.h"
#include "engine/session/prompt.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace spoutnik::testing {

using engine::Token;

/// Tokens 0 ... 255 are bytes; then come special ones: control tokens (silent, read only as_token) and
/// user-defined ones (read in every text, like DeepSeek's role markers).
class ByteTokenizer final : public engine::Tokenizer {
  public:
    ByteTokenizer(std::vector<std::string> control, std::vector<std::string> user_defined,
                  bool adds_bos = false)
        : control_(std::move(control)), specials_(control_) {
        specials_.insert(specials_.end(), user_defined.begin(), user_defined.end());
        for (int byte = 0; byte < 256; ++byte)
            bytes_.emplace_back(1, static_cast<char>(byte));
        size_ = 256 + static_cast<std::int64_t>(specials_.size());
        bos_ = find("<bos>");
        eos_ = find("<eos>");
        adds_bos_ = adds_bos;
    }

    std::vector<Token> encode(std::string_view text, Special special) const override {
        std::vector<Token> tokens;
        while (!text.empty()) {
            const Token found = special_at(text, special == Special::as_token);
            const std::size_t length = found < 0 ? 1 : text_of(found).size();
            tokens.push_back(found < 0 ? static_cast<Token>(static_cast<unsigned char>(text.front()))
                                       : found);
            text.remove_prefix(length);
        }
        return tokens;
    }
    std::string bytes_of(Token token, bool show_special) const override {
        const bool is_control = token >= 256 && static_cast<std::size_t>(token - 256) < control_.size();
        return is_control && !show_special ? std::string() : std::string(text_of(token));
    }
    std::string_view text_of(Token token) const override {
        return token < 256 ? bytes_.at(static_cast<std::size_t>(token))
                           : specials_.at(static_cast<std::size_t>(token) - 256);
    }
    bool ends_turn(Token token) const override { return token == eos_; }
    Token find(std::string_view text) const override {
        const auto found = std::find(specials_.begin(), specials_.end(), text);
        return found == specials_.end() ? -1 : static_cast<Token>(256 + (found - specials_.begin()));
    }
    const std::vector<std::string>& specials() const { return specials_; }

    /// The sequence as text, special tokens in square brackets: what a test compares.
    std::string show(std::span<const Token> tokens) const {
        std::string text;
        for (const Token token : tokens)
            text += token < 256 ? std::string(text_of(token)) : "[" + std::string(text_of(token)) + "]";
        return text;
    }

  private:
    Token special_at(std::string_view text, bool also_control) const {
        Token best = -1;
        for (std::size_t s = also_control ? 0 : control_.size(); s < specials_.size(); ++s)
            if (text.starts_with(specials_[s]) && (best < 0 || specials_[s].size() > text_of(best).size()))
                best = static_cast<Token>(256 + s);
        return best;
    }

    std::vector<std::string> control_, specials_, bytes_;
};

/// A cache that remembers the tokens themselves.
class TokenCache final : public engine::KvCache {
  public:
    explicit TokenCache(std::int64_t capacity) : capacity_(capacity) {}
    std::int64_t length() const override { return static_cast<std::int64_t>(tokens.size()); }
    std::int64_t capacity() const override { return capacity_; }
    std::size_t bytes() const override { return static_cast<std::size_t>(capacity_) * sizeof(Token); }
    void truncate(std::int64_t length) override {
        if (length > this->length()) throw std::logic_error("truncate to more than there is");
        tokens.resize(static_cast<std::size_t>(length));
    }
    engine::CacheLayout layout() const override { return {1, sizeof(Token), kernels::Format::f32}; }
    void read_rows(std::int64_t first, std::int64_t count, std::span<std::byte> out) const override {
        const auto rows = std::span(tokens).subspan(static_cast<std::size_t>(first));
        std::ranges::copy(std::as_bytes(rows.first(static_cast<std::size_t>(count))), out.begin());
    }
    void append_rows(std::span<const std::byte> block, std::int64_t block_rows, std::int64_t first,
                     std::int64_t count) override {
        if (length() + count > capacity_ || first + count > block_rows ||
            block.size() != static_cast<std::size_t>(block_rows) * sizeof(Token))
            throw std::logic_error("rows that do not fit");
        std::vector<Token> rows(static_cast<std::size_t>(count));
        std::memcpy(rows.data(), block.data() + static_cast<std::size_t>(first) * sizeof(Token),
                    rows.size() * sizeof(Token));
        tokens.insert(tokens.end(), rows.begin(), rows.end());
    }
    std::vector<Token> tokens;

  private:
    std::int64_t capacity_;
};

/// Gives the token that `next` chooses for the whole sequence so far. Logits of the others are pseudo-random
/// and depend on the whole sequence, so that a wrong cache shows at any temperature.
class ScriptedModel final : public engine::Model {
  public:
    using Next = std::function<Token(std::span<const Token>)>;

    ScriptedModel(std::int64_t vocabulary, std::int64_t context, Next next) : next_(std::move(next)) {
        description_.architecture = "scripted";
        description_.vocabulary = vocabulary;
        description_.context_length = context;
    }
    const engine::ModelDescription& description() const override { return description_; }
    std::unique_ptr<engine::KvCache> make_cache(std::int64_t capacity,
                                                std::optional<kernels::Format>) const override {
        return std::make_unique<TokenCache>(capacity);
    }
    std::vector<float> forward(std::span<const Token> tokens, engine::KvCache& cache,
                               engine::Logits wanted) override {
        if (before_forward) before_forward(tokens);
        auto& seen = dynamic_cast<TokenCache&>(cache).tokens;
        if (static_cast<std::int64_t>(seen.size() + tokens.size()) > cache.capacity())
            throw std::logic_error("more tokens than the cache holds");
        for (std::int64_t done = 1; watcher_ && done <= layers; ++done) {
            if (after_layer) after_layer(done);
            if (!watcher_(done, layers) && done < layers) throw engine::GivenUp();
        }
        guessed_on_.clear();
        const std::size_t before = seen.size();
        seen.insert(seen.end(), tokens.begin(), tokens.end());
        passes.push_back(tokens.size());
        sequence = seen;
        std::vector<float> logits;
        for (std::size_t end = before + 1; end <= seen.size(); ++end)
            if (wanted == engine::Logits::all || (wanted == engine::Logits::last && end == seen.size())) {
                const auto row = logits_of(std::span(seen).first(end));
                logits.insert(logits.end(), row.begin(), row.end());
            }
        return logits;
    }
    std::int64_t max_batch() const override { return 512; }
    void watch(engine::LayerWatcher watcher) override { watcher_ = std::move(watcher); }

    /// A next-token layer that guesses what `layer` says for the sequence and the tokens after it.
    void enable_drafts(engine::KvCache&) override {
        if (!layer) throw engine::Error("no layer");
    }
    std::vector<float> draft(Token token, engine::KvCache& cache) override {
        if (guessed_on_.empty()) guessed_on_ = dynamic_cast<TokenCache&>(cache).tokens;
        guessed_on_.push_back(token);
        std::vector<float> logits(static_cast<std::size_t>(description_.vocabulary));
        logits[static_cast<std::size_t>(layer(guessed_on_))] = 1.0F;
        return logits;
    }

    static constexpr std::int64_t layers = 4;
    float favourite = 100.0F;
    Next layer;                                                 ///< none: the model has no such layer
    std::function<void(std::span<const Token>)> before_forward; ///< may block or throw
    std::function<void(std::int64_t)> after_layer;              ///< of a pass that is watched; may block
    std::vector<std::size_t> passes;                            ///< tokens of each call
    std::vector<Token> sequence;                                ///< all tokens at the last call

  private:
    std::vector<float> logits_of(std::span<const Token> seen) const {
        std::uint64_t hash = 1469598103934665603U;
        for (const Token token : seen)
            hash = (hash ^ static_cast<std::uint64_t>(token)) * 1099511628211U;
        std::vector<float> logits(static_cast<std::size_t>(description_.vocabulary));
        for (float& logit : logits) {
            hash = hash * 6364136223846793005U + 1442695040888963407U;
            logit = static_cast<float>(hash >> 40U) * 0x1p-24F;
        }
        const Token chosen = next_(seen);
        if (chosen >= 0) logits[static_cast<std::size_t>(chosen)] = favourite;
        return logits;
    }

    engine::ModelDescription description_;
    std::vector<Token> guessed_on_; ///< the sequence and what was guessed upon since the last pass
    engine::LayerWatcher watcher_;
    Next next_;
};

/// Says `reply` after the last "<assistant>" of the sequence, then <eos>. `prompt_tail`: what the prompt
/// holds after that marker already ("<think>\n").
inline ScriptedModel::Next says(const ByteTokenizer& tokenizer, const std::string& reply,
                                const std::string& prompt_tail = {}) {
    using Special = engine::Tokenizer::Special;
    return [script = tokenizer.encode(reply, Special::as_token), marker = tokenizer.find("<assistant>"),
            skip = tokenizer.encode(prompt_tail, Special::as_token).size(),
            eos = tokenizer.eos()](std::span<const Token> sequence) {
        const auto last = std::find(sequence.rbegin(), sequence.rend(), marker);
        const auto after = static_cast<std::size_t>(last - sequence.rbegin());
        return after >= skip && after - skip < script.size() ? script[after - skip] : eos;
    };
}

inline const char* const plain_template =
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}";

inline std::unique_ptr<const ByteTokenizer> plain_tokenizer() {
    return std::make_unique<const ByteTokenizer>(
        std::vector<std::string>{"<bos>", "<eos>", "<system>"},
        std::vector<std::string>{"<user>", "<assistant>", "<think>", "</think>"}, true);
}

inline std::unique_ptr<const engine::PromptBuilder>
prompt_builder(const ByteTokenizer& tokenizer, const std::string& source = plain_template) {
    return std::make_unique<const engine::PromptBuilder>(
        tokenizer, std::make_unique<const engine::ChatTemplate>(source), tokenizer.specials());
}

/// Everything that a session sends, and waiting for its end.
class Recorder {
  public:
    engine::Session::EventSink sink() {
        return [this](std::vector<engine::Event> events) {
            const std::lock_guard lock(mutex_);
            ++batches_;
            for (auto& event : events)
                events_.push_back(std::move(event));
            arrived_.notify_all();
        };
    }
    /// All events of a request, once it has ended.
    std::vector<engine::EventBody> wait(engine::RequestId request) {
        std::unique_lock lock(mutex_);
        std::vector<engine::EventBody> found;
        arrived_.wait(lock, [&] {
            found.clear();
            for (const auto& event : events_)
                if (event.request == request) found.push_back(event.body);
            return !found.empty() && (std::holds_alternative<engine::Finished>(found.back()) ||
                                      std::holds_alternative<engine::Failed>(found.back()));
        });
        return found;
    }
    std::size_t batches() {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<engine::Event> events_;
    std::size_t batches_ = 0;
};

/// The events of one request, by kind.
struct Outcome {
    std::string answer, reasoning, failure;
    engine::Finished finished;
    std::vector<engine::PrefillProgress> progress;
    std::int64_t left_out = 0;
    std::vector<std::int64_t> warnings;
    bool reclassified = false;
};

inline Outcome outcome_of(const std::vector<engine::EventBody>& events) {
    Outcome outcome;
    for (const auto& event : events) {
        if (const auto* answer = std::get_if<engine::AnswerText>(&event)) outcome.answer += answer->text;
        if (const auto* reasoning = std::get_if<engine::ReasoningText>(&event))
            outcome.reasoning += reasoning->text;
        if (const auto* failed = std::get_if<engine::Failed>(&event)) outcome.failure = failed->message;
        if (const auto* finished = std::get_if<engine::Finished>(&event)) outcome.finished = *finished;
        if (const auto* progress = std::get_if<engine::PrefillProgress>(&event))
            outcome.progress.push_back(*progress);
        if (const auto* trimmed = std::get_if<engine::ContextTrimmed>(&event))
            outcome.left_out = trimmed->messages_left_out;
        if (const auto* nearly = std::get_if<engine::ContextNearlyFull>(&event))
            outcome.warnings.push_back(nearly->tokens_left);
        if (std::holds_alternative<engine::AnswerWasReasoning>(event)) {
            outcome.reclassified = true;
            outcome.reasoning += std::exchange(outcome.answer, {});
        }
    }
    return outcome;
}

inline engine::ChatRequest ask(std::vector<engine::ChatMessage> messages) {
    engine::ChatRequest request;
    request.messages = std::move(messages);
    request.sampler.temperature = 0.0F;
    return request;
}

} // namespace spoutnik::testing
