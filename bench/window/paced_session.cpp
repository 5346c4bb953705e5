// SPDX-License-Identifier: MIT
#include "bench/window/paced_session.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace spoutnik::bench {

namespace {

class PacedSession : public engine::Session {
  public:
    PacedSession(std::shared_ptr<Pace> pace, const engine::SessionOptions& options, EventSink sink)
        : pace_(std::move(pace)), interval_(options.event_interval), sink_(std::move(sink)) {
        description_.name = "Paced";
        description_.architecture = "deepseek2";
        thread_ = std::thread([this] { write_all(); });
    }
    ~PacedSession() override {
        {
            const std::lock_guard lock(mutex_);
            is_closing_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    engine::RequestId submit(engine::ChatRequest) override {
        const std::lock_guard lock(mutex_);
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
        throw std::logic_error("nothing is tokenized here");
    }
    std::int64_t context_capacity() const override { return 8192; }
    std::size_t cache_bytes() const override { return 0; }
    bool can_think() const override { return true; }

  private:
    /// The next `words` of the text, each with the space behind it.
    std::string next(std::size_t words) {
        std::string batch;
        const std::string& text = pace_->text;
        for (std::size_t i = 0; i < words && !text.empty(); ++i) {
            const auto space = text.find(' ', at_);
            const auto end = space == std::string::npos ? text.size() : space + 1;
            batch += text.substr(at_, end - at_);
            at_ = end == text.size() ? 0 : end;
        }
        return batch;
    }
    void write(engine::RequestId request) {
        sink_({{request, engine::PrefillProgress{1, 1, 0}}});
        engine::Finished finished;
        finished.reason = engine::FinishReason::cancelled;
        const auto start = std::chrono::steady_clock::now();
        at_ = 0;
        double owed = 0;
        for (auto due = start + interval_;; due += interval_) {
            {
                std::unique_lock lock(mutex_);
                if (wake_.wait_until(lock, due, [&] { return is_closing_ || cancelled_ == request; })) break;
            }
            owed += pace_->words_a_second * std::chrono::duration<double>(interval_).count();
            const auto words = static_cast<std::size_t>(owed);
            owed -= static_cast<double>(words);
            finished.answer_tokens += static_cast<std::int64_t>(words);
            sink_({{request, engine::AnswerText{next(words)}}});
        }
        finished.decode_seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        sink_({{request, finished}});
    }
    void write_all() {
        for (;;) {
            engine::RequestId request = 0;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return is_closing_ || !queue_.empty(); });
                if (is_closing_) return;
                request = queue_.front();
                queue_.pop_front();
            }
            write(request);
        }
    }

    std::shared_ptr<Pace> pace_;
    std::chrono::milliseconds interval_;
    EventSink sink_;
    engine::ModelDescription description_;
    std::size_t at_ = 0; // in the text; touched by the thread only
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<engine::RequestId> queue_;
    engine::RequestId last_ = 0;
    engine::RequestId cancelled_ = 0;
    bool is_closing_ = false;
    std::thread thread_; // last: it uses all of the above
};

} // namespace

app::SessionFactory paced_sessions(const std::shared_ptr<Pace>& pace) {
    return [pace](const std::filesystem::path&, const engine::SessionOptions& options,
                  engine::Session::EventSink sink,
                  const engine::LoadProgress&) -> std::unique_ptr<engine::Session> {
        return std::make_unique<PacedSession>(pace, options, std::move(sink));
    };
}

} // namespace spoutnik::bench
