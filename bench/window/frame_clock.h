// SPDX-License-Identifier: MIT
// Drives a window at 60 frames a second and measures what each frame cost.
#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

class QQuickWindow;

namespace spoutnik::bench {

/// One frame, in milliseconds. With one thread for everything (QSG_RENDER_LOOP=basic, or the software
/// renderer) the interface's part and the drawing follow each other.
struct Frame {
    double interface = 0; ///< events, bindings, layout, polish: the GUI thread's part, since the frame before
    double drawing = 0;   ///< from beforeRendering to frameSwapped: the rasteriser's part
};

class FrameClock : public QObject {
    Q_OBJECT
  public:
    static constexpr double period_ms = 1000.0 / 60;

    explicit FrameClock(QQuickWindow& window);

    /// Runs the event loop for `seconds`; before each frame step(number of the frame) may move something.
    /// What is measured is kept under `name` for report().
    void run(const std::string& name, double seconds, const std::function<void(int)>& step = {});
    /// Runs the event loop until `is_true` or the time is over, without a frame being asked for. The longest
    /// time the loop did not come round is kept under `name`.
    bool wait(const std::string& name, const std::function<bool()>& is_true, double most_seconds = 60);
    /// Prints what run() and wait() measured: a line each.
    void report() const;

  private:
    using Clock = std::chrono::steady_clock;
    void tick();
    void on_awake();
    void on_about_to_block();
    void on_swapped();

    struct Run {
        std::string name;
        std::vector<Frame> frames;
        int missed = 0; ///< moments at which a frame was due and the one before was not shown yet
    };
    struct Stall {
        std::string name;
        double longest_ms = 0;
        double whole_ms = 0;
    };

    QQuickWindow& window_;
    QTimer timer_;
    std::function<void(int)> step_;
    std::vector<Run> runs_;
    std::vector<Stall> stalls_;
    bool is_running_ = false;
    int number_ = 0;
    bool is_pending_ = false; ///< a frame was asked for and not shown yet
    Clock::time_point due_;
    Clock::time_point busy_since_;
    Clock::time_point drawing_since_;
    double busy_ms_ = 0; ///< of the GUI thread, since the last frame was shown
    double longest_busy_ms_ = 0;
};

} // namespace spoutnik::bench
