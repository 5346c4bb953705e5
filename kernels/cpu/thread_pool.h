// SPDX-License-Identifier: MIT
// Threads that wait for the next parallel loop: they spin for some microseconds, because a token is hundreds
// of short loops, then sleep until woken. A loop waits for the workers that took part in it, never for one
// that the system had no processor for: on a busy machine the caller does their share.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace spoutnik::kernels {

class ThreadPool {
  public:
    /// `threads` counts the caller of run(); 0 means one a processor of this process's affinity mask.
    /// Throws std::invalid_argument when it is negative or beyond reason.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return static_cast<int>(workers_.size()) + 1; }

    /// Calls body(part, worker) once for every part in 0 ... parts-1 and returns when all are done; worker is
    /// in 0 ... threads()-1. Which worker gets which part is not fixed. The first exception is thrown again
    /// here, and parts not begun by then are skipped. One loop at a time: not to be called from inside a
    /// body nor by two threads at once.
    template <class Body>
    void run(std::int64_t parts, Body&& body) {
        if (parts <= 0) return;
        using Plain = std::remove_reference_t<Body>;
        run_erased(parts, &body, [](void* self, std::int64_t part, int worker) {
            (*static_cast<Plain*>(self))(part, worker);
        });
    }

    /// The same for 0 ... count-1 in ranges: body(first, last, worker). Every thread begins a stretch of its
    /// own and goes through it front to back, `step` at a time, so that what lies in order in memory is read
    /// in order; one that is done takes steps from the back of another's stretch.
    template <class Body>
    void run_stretches(std::int64_t count, std::int64_t step, Body&& body) {
        if (count <= 0) return;
        share_out(count);
        run(threads(), [&](std::int64_t own, int worker) {
            std::int64_t first = 0;
            std::int64_t last = 0;
            while (take_front(own, step, first, last))
                body(first, last, worker);
            for (std::int64_t i = 1; i < threads(); ++i)
                while (take_back((own + i) % threads(), step, first, last))
                    body(first, last, worker);
        });
    }

    /// run() over stretches: body(part, worker), each worker's parts in order.
    template <class Body>
    void run_in_order(std::int64_t parts, Body&& body) {
        run_stretches(parts, 1, [&](std::int64_t part, std::int64_t, int worker) { body(part, worker); });
    }

    /// Processors this process may run on.
    static int processors();

  private:
    using Call = void (*)(void*, std::int64_t, int);

    /// What is left of a stretch: its first index and the one after its last, 32 bits each.
    struct alignas(64) Stretch {
        std::atomic<std::uint64_t> left{0};
    };

    void share_out(std::int64_t count);
    bool take_front(std::int64_t stretch, std::int64_t step, std::int64_t& first, std::int64_t& last);
    bool take_back(std::int64_t stretch, std::int64_t step, std::int64_t& first, std::int64_t& last);

    void run_erased(std::int64_t parts, void* body, Call call);
    void take_parts(int worker);
    bool enter();
    void work(int worker);
    void stop();

    /// Set in gate_ when no worker may join the loop any more; the other bits count those inside.
    static constexpr std::uint32_t closed = 0x80000000U;

    // Three cache lines. The first wakes the workers and holds the loop in progress, which is written while
    // the gate is closed and nobody is inside, and read by those who entered.
    alignas(64) std::atomic<std::uint32_t> generation_{0}; ///< moves when there is something new
    std::atomic<bool> stopping_{false};                    ///< read by workers that no loop waits for
    void* body_ = nullptr;
    Call call_ = nullptr;
    std::int64_t parts_ = 0;
    // The second hands out the parts.
    alignas(64) std::atomic<std::int64_t> next_part_{0};
    std::vector<std::thread> workers_;
    std::vector<Stretch> stretches_; ///< one a thread
    std::exception_ptr failure_;
    // The third says who is still at work.
    alignas(64) std::atomic<std::uint32_t> gate_{closed};
    std::mutex failure_mutex_;
};

} // namespace spoutnik::kernels
