// SPDX-License-Identifier: MIT
#include "bench/window/frame_clock.h"

#include <QEventLoop>
#include <QQuickWindow>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

namespace spoutnik::bench {

namespace {

double ms_between(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end) {
    return std::chrono::duration<double, std::milli>(end - begin).count();
}

/// Processor time of this thread: what waits, or is kept waiting by other programs, costs nothing.
double thread_ms() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// The value that `share` of them do not exceed; sorts them.
double quantile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

template <class Get>
std::vector<double> each(const std::vector<Frame>& frames, Get get) {
    std::vector<double> values;
    values.reserve(frames.size());
    for (const Frame& frame : frames)
        values.push_back(get(frame));
    return values;
}

} // namespace

FrameClock::FrameClock(QQuickWindow& window) : window_(window), frame_since_(thread_ms()) {
    timer_.setSingleShot(true);
    timer_.setTimerType(Qt::PreciseTimer);
    connect(&timer_, &QTimer::timeout, this, &FrameClock::tick);
    connect(
        &window, &QQuickWindow::beforeRendering, this, [this] { drawing_since_ = thread_ms(); },
        Qt::DirectConnection);
    connect(&window, &QQuickWindow::frameSwapped, this, &FrameClock::on_swapped, Qt::DirectConnection);
}

void FrameClock::run(const std::string& name, double seconds, const std::function<void(int)>& step) {
    frames_.clear();
    missed_ = 0;
    step_ = step;
    number_ = 0;
    is_pending_ = false;
    frame_since_ = thread_ms();
    due_ = Clock::now();
    const auto end =
        due_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    tick();
    QEventLoop loop; // processEvents() would never delete what is to be deleted later
    QTimer::singleShot(std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()),
                       Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
    is_pending_ = false;
    timer_.stop();
    step_ = {};
    if (!name.empty()) print(name);
}

bool FrameClock::wait(const std::string& name, const std::function<bool()>& is_true, double most_seconds) {
    const auto start = Clock::now();
    auto last_turn = start;
    double longest_ms = 0;
    QTimer pulse; // so that the loop comes round
    QObject::connect(&pulse, &QTimer::timeout, [&] {
        longest_ms = std::max(longest_ms, ms_between(last_turn, Clock::now()));
        last_turn = Clock::now();
    });
    pulse.setTimerType(Qt::PreciseTimer);
    pulse.start(1);
    QEventLoop loop;
    bool is_done = false;
    QObject::connect(&pulse, &QTimer::timeout, &loop, [&] {
        is_done = is_true();
        if (is_done || ms_between(start, Clock::now()) > most_seconds * 1000) loop.quit();
    });
    loop.exec();
    longest_ms = std::max(longest_ms, ms_between(last_turn, Clock::now()));
    if (!name.empty())
        fmt::print("{:52} {:6.0f} ms in all, the loop away for at most {:.1f} ms\n", name,
                   ms_between(start, Clock::now()), longest_ms);
    std::fflush(stdout);
    return is_done;
}

void FrameClock::tick() {
    const auto now = Clock::now();
    const auto period =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(period_ms));
    if (is_pending_) {
        missed_ += 1; // the one before is shown late, this one is not drawn at all
    } else {
        is_pending_ = true;
        if (step_) step_(number_++);
        window_.update();
    }
    due_ += period;
    for (; due_ <= now; due_ += period) // whole periods went by without a turn of the loop
        missed_ += 1;
    timer_.start(static_cast<int>(std::max(0.0, ms_between(Clock::now(), due_))));
}

void FrameClock::on_swapped() {
    const double now = thread_ms();
    if (is_pending_) {
        Frame frame;
        frame.drawing = now - drawing_since_;
        frame.interface = drawing_since_ - frame_since_;
        frames_.push_back(frame);
        is_pending_ = false;
    }
    frame_since_ = now;
}

void FrameClock::print_heading() {
    fmt::print("{:52} {:>6} | {:>6} {:>6} {:>6} {:>6} | {:>6} {:>6} | {:>6} {:>6} | {}\n",
               "frame = interface + drawing, ms", "frames", "median", "p95", "p99", "worst", "i. p50",
               "i. p99", "d. p50", "d. p99", "missed");
}

void FrameClock::print(const std::string& name) {
    auto whole = each(frames_, [](const Frame& frame) { return frame.interface + frame.drawing; });
    auto interface = each(frames_, [](const Frame& frame) { return frame.interface; });
    auto drawing = each(frames_, [](const Frame& frame) { return frame.drawing; });
    fmt::print("{:52} {:6} | {:6.1f} {:6.1f} {:6.1f} {:6.1f} | {:6.1f} {:6.1f} | {:6.1f} {:6.1f} | {}\n",
               name, frames_.size(), quantile(whole, 0.5), quantile(whole, 0.95), quantile(whole, 0.99),
               quantile(whole, 1), quantile(interface, 0.5), quantile(interface, 0.99),
               quantile(drawing, 0.5), quantile(drawing, 0.99), missed_);
    std::fflush(stdout);
}

} // namespace spoutnik::bench
