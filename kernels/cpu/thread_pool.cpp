// SPDX-License-Identifier: MIT
#include "kernels/cpu/thread_pool.h"

#include <sched.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace spoutnik::kernels {
namespace {

/// About 20 to 50 microseconds of waiting before a thread goes to sleep.
constexpr int spins = 1000;
constexpr int most_threads = 1024;

/// Tells the processor that this is a waiting loop.
void relax() {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

std::uint64_t packed(std::int64_t first, std::int64_t last) {
    return (static_cast<std::uint64_t>(first) << 32U) | static_cast<std::uint64_t>(last);
}
std::int64_t first_of(std::uint64_t stretch) {
    return static_cast<std::int64_t>(stretch >> 32U);
}
std::int64_t last_of(std::uint64_t stretch) {
    return static_cast<std::int64_t>(stretch & 0xFFFFFFFFU);
}

/// Returns once value differs from `old`.
void wait_until_not(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
    for (int i = 0; i < spins; ++i) {
        if (value.load(std::memory_order_acquire) != old) return;
        relax();
    }
    while (value.load(std::memory_order_acquire) == old)
        value.wait(old, std::memory_order_acquire);
}

} // namespace

int ThreadPool::processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        const int count = CPU_COUNT(&set);
        if (count > 0) return count;
    }
    const unsigned count = std::thread::hardware_concurrency(); // more processors than cpu_set_t holds
    return count > 0 ? static_cast<int>(count) : 1;
}

ThreadPool::ThreadPool(int threads) {
    if (threads < 0 || threads > most_threads)
        throw std::invalid_argument("the number of threads must be between 0 (automatic) and " +
                                    std::to_string(most_threads) + ", not " + std::to_string(threads));
    if (threads == 0) threads = processors();
    stretches_ = std::vector<Stretch>(static_cast<std::size_t>(threads));
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
        for (int worker = 1; worker < threads; ++worker)
            workers_.emplace_back([this, worker] { work(worker); });
    } catch (...) {
        stop();
        throw;
    }
}

ThreadPool::~ThreadPool() {
    stop();
}

void ThreadPool::stop() {
    stopping_ = true;
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    for (std::thread& worker : workers_)
        worker.join();
    workers_.clear();
}

void ThreadPool::share_out(std::int64_t count) {
    if (count > std::int64_t{std::numeric_limits<std::int32_t>::max()})
        throw std::invalid_argument("a parallel loop of more than 2^31 - 1 steps");
    // No loop is running: nobody else looks at the stretches now.
    const auto stretches = static_cast<std::int64_t>(stretches_.size());
    for (std::int64_t i = 0; i < stretches; ++i)
        stretches_[static_cast<std::size_t>(i)].left.store(
            packed(count * i / stretches, count * (i + 1) / stretches), std::memory_order_relaxed);
}

bool ThreadPool::take_front(std::int64_t stretch, std::int64_t step, std::int64_t& first,
                            std::int64_t& last) {
    std::atomic<std::uint64_t>& left = stretches_[static_cast<std::size_t>(stretch)].left;
    std::uint64_t seen = left.load(std::memory_order_relaxed);
    do {
        if (first_of(seen) == last_of(seen)) return false;
        first = first_of(seen);
        last = std::min(last_of(seen), first + step);
    } while (!left.compare_exchange_weak(seen, packed(last, last_of(seen)), std::memory_order_relaxed));
    return true;
}

bool ThreadPool::take_back(std::int64_t stretch, std::int64_t step, std::int64_t& first, std::int64_t& last) {
    std::atomic<std::uint64_t>& left = stretches_[static_cast<std::size_t>(stretch)].left;
    std::uint64_t seen = left.load(std::memory_order_relaxed);
    do {
        if (first_of(seen) == last_of(seen)) return false;
        last = last_of(seen);
        first = std::max(first_of(seen), last - step);
    } while (!left.compare_exchange_weak(seen, packed(first_of(seen), first), std::memory_order_relaxed));
    return true;
}

void ThreadPool::run_erased(std::int64_t parts, void* body, Call call) {
    if (workers_.empty() || parts == 1) {
        for (std::int64_t part = 0; part < parts; ++part)
            call(body, part, 0);
        return;
    }
    body_ = body;
    call_ = call;
    parts_ = parts;
    failure_ = nullptr;
    next_part_.store(0, std::memory_order_relaxed);
    gate_.store(0, std::memory_order_release);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();

    take_parts(0);
    std::uint32_t gate = gate_.fetch_or(closed, std::memory_order_acq_rel) | closed;
    while (gate != closed) {
        wait_until_not(gate_, gate);
        gate = gate_.load(std::memory_order_acquire);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::take_parts(int worker) {
    try {
        for (;;) {
            const std::int64_t part = next_part_.fetch_add(1, std::memory_order_relaxed);
            if (part >= parts_) return;
            call_(body_, part, worker);
        }
    } catch (...) {
        const std::lock_guard<std::mutex> lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_part_.store(parts_, std::memory_order_relaxed); // the others stop early
    }
}

bool ThreadPool::enter() {
    std::uint32_t gate = gate_.load(std::memory_order_relaxed);
    while ((gate & closed) == 0)
        if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) return true;
    return false;
}

void ThreadPool::work(int worker) {
    std::uint32_t seen = 0;
    for (;;) {
        wait_until_not(generation_, seen);
        seen = generation_.load(std::memory_order_acquire);
        if (stopping_) return;
        if (!enter()) continue; // too late: the loop is over
        take_parts(worker);
        if (gate_.fetch_sub(1, std::memory_order_acq_rel) == (closed | 1U)) gate_.notify_one();
    }
}

} // namespace spoutnik::kernels
