// SPDX-License-Identifier: MIT
#include "engine/session/engine_session.h"

#include "engine/session/event_batch.h"
#include "engine/session/responder.h"
#include "engine/session/saved_caches.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace spoutnik::engine {
namespace {

constexpr std::int64_t usual_context = 8192;
constexpr std::int64_t least_context = 64;

std::unique_ptr<SavedCaches> saved_caches(const SessionParts& parts, const SessionOptions& options) {
    if (options.cache_folder.empty() || parts.fingerprint == 0) return nullptr;
    return std::make_unique<SavedCaches>(options.cache_folder, options.cache_folder_bytes, parts.fingerprint);
}

/// True when the model's next-token layer is ready. A file that answers without it is not refused for it,
/// unless it was asked for.
bool enable_drafts(const SessionParts& parts, KvCache& cache, const SessionOptions& options) {
    if (!parts.use_next_token_layer || options.speculation == Speculation::off) return false;
    try {
        parts.model->enable_drafts(cache);
        return true;
    } catch (const Error&) {
        if (options.speculation == Speculation::mtp) throw;
    } catch (const kernels::OutOfMemory&) {
        if (options.speculation == Speculation::mtp) throw;
    }
    return false;
}

std::unique_ptr<KvCache> cache_of(SessionParts& parts, const SessionOptions& options) {
    if (parts.cache) return std::move(parts.cache);
    return parts.model->make_cache(session_context(options, parts.model->description()),
                                   options.cache_format);
}

class EngineSession final : public Session {
  public:
    EngineSession(SessionParts parts, const SessionOptions& options, EventSink sink)
        : parts_(std::move(parts)), cache_(cache_of(parts_, options)), sink_(std::move(sink)),
          batch_(sink_, options.event_interval), saved_(saved_caches(parts_, options)),
          responder_(*parts_.model, *parts_.tokenizer, *parts_.prompts, *cache_,
                     {.prefill_batch = options.prefill_batch,
                      .speculation = options.speculation,
                      .has_next_token_layer = enable_drafts(parts_, *cache_, options)},
                     saved_.get()),
          cache_folder_(options.cache_folder), thread_([this](const std::stop_token& stop) { run(stop); }) {}

    ~EngineSession() override {
        // Before any member goes: the thread uses them all.
        thread_.request_stop();
        thread_.join();
    }
    EngineSession(const EngineSession&) = delete;
    EngineSession& operator=(const EngineSession&) = delete;

    RequestId submit(ChatRequest request) override {
        const std::lock_guard lock(mutex_);
        const RequestId id = ++last_id_;
        queue_.push_back({id, std::move(request), {}, false});
        wake_.notify_one();
        return id;
    }

    void forget(const std::string& conversation) override {
        const std::lock_guard lock(mutex_);
        queue_.push_back({0, {}, conversation, false});
        wake_.notify_one();
    }

    void cancel(RequestId request) override {
        const std::lock_guard lock(mutex_);
        if (request == running_) running_cancelled_ = true;
        for (Queued& queued : queue_)
            if (queued.id == request) queued.cancelled = queue_cancelled_ = true;
        wake_.notify_one();
    }

    const ModelDescription& description() const override { return parts_.model->description(); }
    const Tokenizer& tokenizer() const override { return *parts_.tokenizer; }
    std::int64_t context_capacity() const override { return cache_->capacity(); }
    std::size_t cache_bytes() const override { return cache_->bytes(); }
    bool can_think() const override { return parts_.prompts->can_think(); }
    SessionPlacement placement() const override { return parts_.placement; }

  private:
    /// A request, or a conversation to be forgotten.
    struct Queued {
        RequestId id = 0; ///< 0: none, forget
        ChatRequest request;
        std::string forget;
        bool cancelled = false;
    };

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            Queued next;
            {
                std::unique_lock lock(mutex_);
                if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) break;
                next = std::move(queue_.front());
                queue_.pop_front();
                running_ = next.id;
                running_cancelled_ = next.cancelled;
            }
            if (next.id != 0)
                answer(next, stop);
            else
                forget_now(next.forget);
            const std::lock_guard lock(mutex_);
            running_ = 0;
        }
        std::deque<Queued> left;
        {
            const std::lock_guard lock(mutex_);
            left.swap(queue_);
        }
        for (const Queued& queued : left)
            if (queued.id != 0)
                batch_.add(queued.id, cancelled_before_start());
            else
                forget_now(queued.forget);
        batch_.send();
        responder_.put_away();
    }

    void forget_now(const std::string& conversation) {
        responder_.forget(conversation);
        if (!cache_folder_.empty()) remove_saved_cache(cache_folder_, conversation);
    }

    void answer(const Queued& next, const std::stop_token& stop) {
        const auto emit = [&](EventBody body) {
            batch_.add(next.id, std::move(body));
            batch_.send_if_due();
        };
        const auto is_cancelled = [&] {
            batch_.send_if_due();
            drop_cancelled();
            return stop.stop_requested() || running_cancelled_.load();
        };
        try {
            Finished finished = is_cancelled() ? cancelled_before_start()
                                               : responder_.respond(next.request, emit, is_cancelled);
            finished.model_fingerprint = parts_.fingerprint;
            batch_.add(next.id, std::move(finished));
        } catch (const kernels::OutOfMemory&) {
            batch_.add(next.id, Failed{"there is not enough memory to go on"});
        } catch (const std::bad_alloc&) {
            batch_.add(next.id, Failed{"there is not enough memory to go on"});
        } catch (const std::exception& error) {
            batch_.add(next.id, Failed{error.what()});
        }
        batch_.send();
    }

    /// Answers cancelled requests that still wait, without making them wait for the one that runs.
    void drop_cancelled() {
        if (!queue_cancelled_.exchange(false)) return;
        {
            const std::lock_guard lock(mutex_);
            std::erase_if(queue_, [this](const Queued& queued) {
                if (queued.cancelled) batch_.add(queued.id, cancelled_before_start());
                return queued.cancelled;
            });
        }
        batch_.send();
    }

    Finished cancelled_before_start() const {
        Finished finished;
        finished.reason = FinishReason::cancelled;
        finished.context_capacity = cache_->capacity();
        return finished;
    }

    SessionParts parts_;
    std::unique_ptr<KvCache> cache_;
    EventSink sink_;
    EventBatch batch_;                   ///< engine thread only
    std::unique_ptr<SavedCaches> saved_; ///< engine thread only; may be null
    Responder responder_;                ///< engine thread only
    std::filesystem::path cache_folder_;

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Queued> queue_; ///< under mutex_
    RequestId last_id_ = 0;    ///< under mutex_
    RequestId running_ = 0;    ///< under mutex_; 0: none
    std::atomic<bool> running_cancelled_{false};
    std::atomic<bool> queue_cancelled_{false};

    std::jthread thread_; ///< last: starts when everything is there
};

} // namespace

std::int64_t session_context(const SessionOptions& options, const ModelDescription& model) {
    const std::int64_t most = model.context_length > 0 ? model.context_length : usual_context;
    const std::int64_t wanted = options.context > 0 ? options.context : usual_context;
    return std::max(std::min(wanted, most), std::min(least_context, most));
}

std::unique_ptr<Session> make_session(SessionParts parts, const SessionOptions& options,
                                      Session::EventSink sink) {
    return std::make_unique<EngineSession>(std::move(parts), options, std::move(sink));
}

} // namespace spoutnik::engine
