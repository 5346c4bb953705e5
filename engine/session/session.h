// SPDX-License-Identifier: MIT
// Conversation with a model: one engine thread owns model and cache; requests are values put on a queue;
// events come back in batches.
#pragma once

#include "engine/model/model.h"
#include "engine/placement/devices.h"
#include "engine/tokenizer/tokenizer.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spoutnik::engine {

struct SamplerSettings {
    float temperature = 0.6F; ///< 0: always the most probable token
    int top_k = 40;           ///< 0: off
    float top_p = 0.95F;      ///< 1: off
    float min_p = 0.0F;       ///< 0: off
    float repetition_penalty = 1.0F;
    float presence_penalty = 0.0F;
    float frequency_penalty = 0.0F;
    int penalty_window = 256; ///< last tokens that penalties look at
    std::uint64_t seed = 0;   ///< 0: a fresh one, reported in Finished
};

struct ChatMessage {
    std::string role; ///< "system", "user", "assistant"
    std::string content;
};

/// How reasoning is asked for. Templates that know `enable_thinking` / `thinking` get it; for the others
/// `off` closes an opened <think> at once.
enum class Thinking { automatic, on, off };

/// Tokens drafted ahead, checked in one pass and kept as far as the sampler chooses the same: faster where
/// drafts are often right, and never another answer.
enum class Speculation {
    off,
    automatic, ///< from whatever there is, as long as measurements say that it is faster
    lookup,    ///< always, what followed the same tokens before
    mtp,       ///< always, from the model's own next-token layer (DeepSeek-V3 section 2.2)
};

struct ChatRequest {
    std::vector<ChatMessage> messages; ///< the whole active branch, oldest first; last one is the user's
    /// The last message is the beginning of an answer instead ("<think>...</think>" in front of its
    /// reasoning, not closed where it stopped inside it): the reply goes on from its last character.
    bool continues_last = false;
    SamplerSettings sampler;
    std::vector<std::string> stop; ///< the answer (not the reasoning) ends before any of these
    std::int64_t max_tokens = 0;   ///< reasoning and answer together; 0: until the context is full
    Thinking thinking = Thinking::automatic;
    /// Names the conversation for caches on disk: letters, digits, '-' and '_'. Empty: none is kept.
    std::string conversation;
    std::optional<Speculation> speculation{}; ///< none: the session's
    bool reads_anew = false; ///< the whole prompt is computed, whatever the cache holds of it
};

using RequestId = std::uint64_t;

// Events, in the order they can come. Strings are whole UTF-8 characters.

struct PrefillProgress { ///< tokens of the prompt read so far; `reused` came from the cache
    std::int64_t done = 0, total = 0, reused = 0;
};
struct ContextTrimmed { ///< the oldest turns after the system message did not fit in this prompt
    std::int64_t messages_left_out = 0;
};
struct ContextNearlyFull { ///< said once, before it happens: tokens left for the answer
    std::int64_t tokens_left = 0;
};
struct ReasoningText {
    std::string text;
    std::int64_t tokens = 0; ///< of reasoning in this reply so far
};
struct AnswerText {
    std::string text;
};
/// A </think> came that nothing had opened: what was sent as AnswerText so far was reasoning.
struct AnswerWasReasoning {};
enum class FinishReason { end_of_turn, stop_string, max_tokens, context_full, cancelled };
struct Finished {
    FinishReason reason = FinishReason::end_of_turn;
    std::int64_t prompt_tokens = 0, reused_tokens = 0, reasoning_tokens = 0, answer_tokens = 0;
    std::int64_t restored_tokens = 0; ///< of the reused ones, those that came from disk
    double prefill_seconds = 0, decode_seconds = 0, reasoning_seconds = 0;
    std::uint64_t seed = 0;
    std::int64_t context_used = 0, context_capacity = 0;  ///< tokens
    std::int64_t drafted_tokens = 0, accepted_tokens = 0; ///< speculation: sent to be checked, and right
    std::vector<Token> tokens; ///< generated, in order, the one that ended the turn included
    /// model_fingerprint() of the session, so that a replay knows whether it may give the same tokens; 0:
    /// none.
    std::uint64_t model_fingerprint = 0;
};
struct Failed {
    std::string message; ///< one sentence for the person
};
using EventBody = std::variant<PrefillProgress, ContextTrimmed, ContextNearlyFull, ReasoningText, AnswerText,
                               AnswerWasReasoning, Finished, Failed>;
struct Event {
    RequestId request = 0;
    EventBody body;
};

struct SessionOptions {
    std::int64_t context = 0; ///< tokens; 0: min(the model's, 8192)
    std::optional<kernels::Format>
        cache_format{}; ///< none: what suits the device, 16 bits a value; else f32, f16, bf16, q8_0
    int threads = 0;    ///< 0: one a core
    std::int64_t prefill_batch = 0;               ///< tokens of a prompt at once; 0: what suits the device
    bool allow_oversize = false;                  ///< load even what the plan says there is no memory for
    std::chrono::milliseconds event_interval{33}; ///< text events of one request are joined for this long
    /// Where the KV caches of conversations wait while others are answered, and from one start to the next.
    /// Empty: nowhere.
    std::filesystem::path cache_folder;
    std::uint64_t cache_folder_bytes = std::uint64_t{4} << 30U; ///< the files there together, at most
    /// For requests that say nothing of it. Unless `off`, a model's next-token layer is made ready when it is
    /// opened: by `mtp` in any case, by `automatic` where there is memory for it.
    Speculation speculation = Speculation::automatic;
    DeviceChoice device = DeviceChoice::automatic;
    /// Layers whose routed experts are on the GPU; none: as many as fit.
    std::optional<std::int64_t> gpu_expert_layers{};
};

/// Where an open model's bytes are.
struct DeviceUse {
    std::string device;      ///< Backend::name(): "cpu" is RAM, anything else a GPU
    std::uint64_t bytes = 0; ///< weights, full KV cache and what passes work in
};
struct SessionPlacement {
    std::vector<DeviceUse> devices;
    std::string words;              ///< Plan::placement(): a sentence; empty without a GPU
    std::vector<std::string> notes; ///< sentences: what was tried and found no room
    std::int64_t expert_layers = 0, gpu_expert_layers = 0;
    /// Where the module for GPUs is installed and finds none that it can use: why, and that as a sentence.
    kernels::cuda::GpuAbsence gpu_absence = kernels::cuda::GpuAbsence::none;
    std::string why_no_gpu{};
};

/// Tokens of context that a session with these options gives a model.
std::int64_t session_context(const SessionOptions& options, const ModelDescription& model);

/// A model ready to answer, and the thread it lives on.
class Session {
  public:
    /// Called on the engine thread, at most once an event_interval while text streams. Must not throw, and
    /// must not destroy the session.
    using EventSink = std::function<void(std::vector<Event>)>;

    /// Opens, checks and loads a model file; blocks; throws Error (DoesNotFit of placement/plan.h, before
    /// anything large is read, where the memory is not enough) or kernels::OutOfMemory.
    static std::unique_ptr<Session> open(const std::filesystem::path& model, const SessionOptions& options,
                                         EventSink sink, const LoadProgress& progress = {});
    virtual ~Session() = default; ///< cancels what runs and joins the thread

    virtual RequestId submit(ChatRequest request) = 0; ///< any thread
    virtual void cancel(RequestId request) = 0;        ///< any thread; a Finished{cancelled} follows
    /// Any thread. Deletes what is kept on disk for a conversation, once what was submitted before is
    /// answered.
    virtual void forget(const std::string& conversation) = 0;
    virtual const ModelDescription& description() const = 0;
    virtual const Tokenizer& tokenizer() const = 0;
    virtual std::int64_t context_capacity() const = 0;
    virtual std::size_t cache_bytes() const = 0;
    /// True when the template or vocabulary knows <think>: the interface shows its toggle.
    virtual bool can_think() const = 0;
    virtual SessionPlacement placement() const { return {}; }
};

} // namespace spoutnik::engine
