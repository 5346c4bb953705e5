// SPDX-License-Identifier: MIT
#include "tests/qml/scripted_session.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

namespace spoutnik::test {

namespace {

class ScriptedSession : public engine::Session {
  public:
    ScriptedSession(std::shared_ptr<Script> script, EventSink sink)
        : script_(std::move(script)), sink_(std::move(sink)), thread_([this] { play_all(); }) {
        description_.name = "Spoutnik Starter";
        description_.architecture = "deepseek2";
        description_.parameters_total = 21'300'000;
        description_.parameters_active = 6'200'000;
    }
    ~ScriptedSession() override {
        {
            const std::lock_guard lock(mutex_);
            is_closing_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    engine::RequestId submit(engine::ChatRequest request) override {
        const std::lock_guard lock(mutex_);
        script_->asked.push_back(std::move(request));
        queue_.push_back(++last_);
        wake_.notify_all();
        return last_;
    }
    void cancel(engine::RequestId request) override {
        const std::lock_guard lock(mutex_);
        cancelled_ = request;
        wake_.notify_all();
    }
    void forget(const std::string&) override {} // it keeps nothing
    const engine::ModelDescription& description() const override { return description_; }
    const engine::Tokenizer& tokenizer() const override {
        throw std::logic_error("a script has no tokenizer");
    }
    std::int64_t context_capacity() const override { return 8192; }
    std::size_t cache_bytes() const override { return 0; }
    bool can_think() const override { return true; }
    engine::SessionPlacement placement() const override { return script_->placement; }

  private:
    /// Waits; true when the request must end.
    bool pause(engine::RequestId request, std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, time, [&] { return is_closing_ || cancelled_ == request; });
        return is_closing_ || cancelled_ == request;
    }
    template <class Text>
    bool say(engine::RequestId request, const std::string& text) {
        std::size_t at = 0;
        [[maybe_unused]] std::int64_t tokens = 0;
        while (at < text.size()) {
            auto end = text.find(' ', at);
            end = end == std::string::npos ? text.size() : end + 1;
            if (pause(request, script_->pace)) return false;
            Text said{text.substr(at, end - at)};
            if constexpr (std::is_same_v<Text, engine::ReasoningText>)
                said.tokens = ++tokens; // a word is one
            sink_({{request, std::move(said)}});
            at = end;
        }
        return true;
    }
    void wait_for_cancel(engine::RequestId request) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return is_closing_ || cancelled_ == request; });
    }
    void play(engine::RequestId request) {
        sink_({{request, engine::PrefillProgress{1, 2, 0}}});
        bool whole = say<engine::ReasoningText>(request, script_->reasoning);
        if (whole && script_->stops_in_reasoning) {
            wait_for_cancel(request);
            whole = false;
        }
        if (whole && !script_->orphan.empty()) {
            whole = say<engine::AnswerText>(request, script_->orphan);
            if (whole) sink_({{request, engine::AnswerWasReasoning{}}});
        }
        whole = whole && say<engine::AnswerText>(request, script_->answer);
        if (whole && script_->stops_in_answer) {
            wait_for_cancel(request);
            whole = false;
        }
        if (whole && !script_->failure.empty()) {
            sink_({{request, engine::Failed{script_->failure}}});
            return;
        }
        auto finished = script_->figures;
        finished.reason = whole ? engine::FinishReason::end_of_turn : engine::FinishReason::cancelled;
        sink_({{request, finished}});
    }
    void play_all() {
        for (;;) {
            engine::RequestId request = 0;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return is_closing_ || !queue_.empty(); });
                if (is_closing_) return;
                request = queue_.front();
                queue_.pop_front();
            }
            play(request);
        }
    }

    std::shared_ptr<Script> script_;
    EventSink sink_;
    engine::ModelDescription description_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<engine::RequestId> queue_;
    engine::RequestId last_ = 0;
    engine::RequestId cancelled_ = 0;
    bool is_closing_ = false;
    std::thread thread_; // last: it uses all of the above
};

} // namespace

app::SessionFactory scripted_sessions(const std::shared_ptr<Script>& script) {
    return
        [script](const std::filesystem::path&, const engine::SessionOptions&, engine::Session::EventSink sink,
                 const engine::LoadProgress&) -> std::unique_ptr<engine::Session> {
            return std::make_unique<ScriptedSession>(script, std::move(sink));
        };
}

app::SessionFactory endless_loading(std::size_t total, double share) {
    return [total, share](const std::filesystem::path&, const engine::SessionOptions&,
                          const engine::Session::EventSink&,
                          const engine::LoadProgress& progress) -> std::unique_ptr<engine::Session> {
        while (progress(static_cast<std::size_t>(static_cast<double>(total) * share), total))
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        throw engine::Error("cancelled");
    };
}

} // namespace spoutnik::test
