// SPDX-License-Identifier: MIT
#include "bench/window/frame_clock.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QEventLoop>
#include <QQuickWindow>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace spoutnik::bench {

namespace {

double ms_between(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end) {
    return std::chrono::duration<double, std::milli>(end - begin).count();
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

FrameClock::FrameClock(QQuickWindow& window) : window_(window), busy_since_(Clock::now()) {
    timer_.setSingleShot(true);
    timer_.setTimerType(Qt::PreciseTimer);
    connect(&timer_, &QTimer::timeout, this, &FrameClock::tick);
    auto* dispatcher = QAbstractEventDispatcher::instance();
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, &FrameClock::on_awake);
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &FrameClock::on_about_to_block);
    connect(
        &window, &QQuickWindow::beforeRendering, this, [this] { drawing_since_ = Clock::now(); },
        Qt::DirectConnection);
    connect(&window, &QQuickWindow::frameSwapped, this, &FrameClock::on_swapped, Qt::DirectConnection);
}

void FrameClock::run(const std::string& name, double seconds, const std::function<void(int)>& step) {
    runs_.push_back({name, {}, 0});
    step_ = step;
    number_ = 0;
    is_pending_ = false;
    busy_ms_ = 0;
    is_running_ = true;
    due_ = Clock::now();
    const auto end =
        due_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    tick();
    while (Clock::now() < end)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    is_running_ = false;
    timer_.stop();
    step_ = {};
}

bool FrameClock::wait(const std::string& name, const std::function<bool()>& is_true, double most_seconds) {
    const auto start = Clock::now();
    QTimer pulse; // so that the loop comes round
    pulse.start(2);
    longest_busy_ms_ = 0;
    bool is_done = is_true();
    while (!is_done && ms_between(start, Clock::now()) < most_seconds * 1000) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        is_done = is_true();
    }
    if (!name.empty()) stalls_.push_back({name, longest_busy_ms_, ms_between(start, Clock::now())});
    return is_done;
}

void FrameClock::tick() {
    const auto now = Clock::now();
    const auto period =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(period_ms));
    if (is_pending_) {
        runs_.back().missed += 1; // the one before is shown late, this one is not drawn at all
    } else {
        is_pending_ = true;
        drawing_since_ = now;
        if (step_) step_(number_++);
        window_.update();
    }
    due_ += period;
    for (; due_ <= now; due_ += period) // whole periods went by without a turn of the loop
        runs_.back().missed += 1;
    timer_.start(static_cast<int>(std::max(0.0, ms_between(Clock::now(), due_))));
}

void FrameClock::on_awake() {
    busy_since_ = Clock::now();
}

void FrameClock::on_about_to_block() {
    const double busy = ms_between(busy_since_, Clock::now());
    busy_ms_ += busy;
    longest_busy_ms_ = std::max(longest_busy_ms_, busy);
    busy_since_ = Clock::now();
}

void FrameClock::on_swapped() {
    const auto now = Clock::now();
    if (is_running_ && is_pending_) {
        Frame frame;
        frame.drawing = ms_between(drawing_since_, now);
        frame.interface = std::max(0.0, busy_ms_ + ms_between(busy_since_, now) - frame.drawing);
        runs_.back().frames.push_back(frame);
        is_pending_ = false;
    }
    longest_busy_ms_ = std::max(longest_busy_ms_, ms_between(busy_since_, now));
    busy_ms_ = 0;
    busy_since_ = now;
}

void FrameClock::report() const {
    fmt::print("{:48} {:>6} | {:>6} {:>6} {:>6} {:>6} | {:>6} {:>6} | {:>6} {:>6} | {}\n",
               "frame = interface + drawing, ms", "frames", "median", "p95", "p99", "worst", "i. p50",
               "i. p99", "d. p50", "d. p99", "missed");
    for (const Run& run : runs_) {
        if (run.name.empty()) continue; // a pause between two of them
        auto whole = each(run.frames, [](const Frame& frame) { return frame.interface + frame.drawing; });
        auto interface = each(run.frames, [](const Frame& frame) { return frame.interface; });
        auto drawing = each(run.frames, [](const Frame& frame) { return frame.drawing; });
        fmt::print("{:48} {:6} | {:6.1f} {:6.1f} {:6.1f} {:6.1f} | {:6.1f} {:6.1f} | {:6.1f} {:6.1f} | {}\n",
                   run.name, run.frames.size(), quantile(whole, 0.5), quantile(whole, 0.95),
                   quantile(whole, 0.99), quantile(whole, 1), quantile(interface, 0.5),
                   quantile(interface, 0.99), quantile(drawing, 0.5), quantile(drawing, 0.99), run.missed);
    }
    for (const Stall& stall : stalls_)
        fmt::print("{:48} {:6.0f} ms in all, the loop away for at most {:.1f} ms\n", stall.name,
                   stall.whole_ms, stall.longest_ms);
}

} // namespace spoutnik::bench
