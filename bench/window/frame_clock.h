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

/// One frame, in milliseconds of processor time, which others at work on the machine don't lengthen. With one
/// thread for everything (QSG_RENDER_LOOP=basic) the interface's part and the drawing follow each other.
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
    /// Prints a line, unless `name` is empty.
    void run(const std::string& name, double seconds, const std::function<void(int)>& step = {});
    /// Runs the event loop until `is_true` or the time is over, without a frame being asked for. Prints the
    /// longest time the loop did not come round, unless `name` is empty.
    bool wait(const std::string& name, const std::function<bool()>& is_true, double most_seconds = 60);
    static void print_heading();

  private:
    using Clock = std::chrono::steady_clock;
    void tick();
    void on_swapped();

    void print(const std::string& name);

    QQuickWindow& window_;
    QTimer timer_;
    std::function<void(int)> step_;
    std::vector<Frame> frames_;
    int missed_ = 0; ///< moments at which a frame was due and the one before was not shown yet
    int number_ = 0;
    bool is_pending_ = false;  ///< a frame was asked for and not shown yet
    Clock::time_point due_;    ///< of the next frame
    double frame_since_ = 0;   ///< processor time of the thread when the last frame was shown, ms
    double drawing_since_ = 0; ///< and when this one's drawing began
};

} // namespace spoutnik::bench
