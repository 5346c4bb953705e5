// SPDX-License-Identifier: MIT
#include "cuda_emulation/grid.h"

#include "cuda_emulation/fiber.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spoutnik::cuda_emulation {
namespace {

/// xorshift64*: orders need to differ, not more.
class Disorder {
  public:
    void seed(std::uint64_t seed) { state_ = seed * 0x9E3779B97F4A7C15U + 0x1234567; }

    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i)
            std::swap(items[i - 1], items[next() % i]);
    }

  private:
    std::uint64_t next() {
        state_ ^= state_ >> 12U;
        state_ ^= state_ << 25U;
        state_ ^= state_ >> 27U;
        return state_ * 0x2545F4914F6CDD1DU >> 16U;
    }
    std::uint64_t state_ = 88172645463325252U;
};

Disorder disorder;
std::uint64_t launches = 0;

struct PendingCopy {
    void* to;
    const void* from;
    int bytes;
};

/// One thread of the block that runs.
struct Thread {
    Place place;
    int number = 0; ///< in the block
    bool waits = false;
    bool ended = false;
    std::vector<PendingCopy> open_copies; ///< not committed yet
    std::deque<std::vector<PendingCopy>> copies;
    std::unique_ptr<Fiber> fiber = std::make_unique<Fiber>();

    int warp() const { return number / warp_size; }
};

/// Lanes of a warp on their way to meet: those of one mask.
struct WarpMeeting {
    int warp = 0;
    std::uint32_t mask = 0;
    std::uint32_t here = 0;
    Meeting what = Meeting::sync;
    // Two sets in turn: nobody reaches the meeting after the next before all have read this one's posts.
    std::size_t turn = 0;
    std::uint32_t present[2] = {};
    std::byte posts[2][warp_size * post_bytes];
};

/// The block that runs. There is one at a time, and its threads keep their stacks for the next.
struct Block {
    LaunchShape shape;
    const std::function<void()>* body = nullptr;
    std::vector<std::unique_ptr<Thread>> threads; ///< the first `count` are of this block
    int count = 0;
    int alive = 0;
    std::vector<std::uint32_t> alive_lanes; ///< a warp
    std::deque<WarpMeeting> meetings;       ///< addresses stay
    int at_barrier = 0;
    int votes = 0;
    std::size_t barrier_turn = 0;
    int barrier_votes[2] = {};
    std::byte* shared = nullptr;
    std::exception_ptr failure;

    void run(uint3 index);
    void start(uint3 index);
    void end(Thread& thread);
    void wake_warp(const WarpMeeting& meeting);
    void finish_meeting_if_all_here(WarpMeeting& meeting);
    void finish_barrier_if_all_here();
    std::string who_waits() const;
};

Block block;
Thread* current = nullptr;

std::string name_of(const Place& p) {
    const auto triple = [](auto v) {
        return "(" + std::to_string(v.x) + ", " + std::to_string(v.y) + ", " + std::to_string(v.z) + ")";
    };
    return "thread " + triple(p.thread) + " of block " + triple(p.block);
}

void run_thread(void* argument) {
    Thread& thread = *static_cast<Thread*>(argument);
    try {
        (*block.body)();
    } catch (const std::exception& error) {
        if (!block.failure)
            block.failure =
                std::make_exception_ptr(EmulationError(name_of(thread.place) + ": " + error.what()));
    }
    block.end(thread);
}

void Block::start(uint3 index) {
    for (int i = 0; i < count; ++i) {
        Thread& thread = *threads[static_cast<std::size_t>(i)];
        const auto n = static_cast<unsigned>(i);
        thread.place = {.thread = {n % shape.block.x, n / shape.block.x % shape.block.y,
                                   n / (shape.block.x * shape.block.y)},
                        .block = index,
                        .block_size = shape.block,
                        .grid_size = shape.grid,
                        .lane = i % warp_size};
        thread.number = i;
        thread.waits = thread.ended = false;
        thread.open_copies.clear();
        thread.copies.clear();
        thread.fiber->begin(&run_thread, &thread);
    }
    alive = count;
    alive_lanes.assign(static_cast<std::size_t>((count + warp_size - 1) / warp_size), 0);
    for (int i = 0; i < count; ++i)
        alive_lanes[static_cast<std::size_t>(i / warp_size)] |= 1U << (i % warp_size);
    meetings.clear();
    at_barrier = votes = 0;
    failure = nullptr;
}

void Block::run(uint3 index) {
    // As many bytes as asked for, from the heap, so that AddressSanitizer sees what lies beyond.
    struct Free {
        void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{128}); }
    };
    const std::unique_ptr<std::byte[], Free> memory(
        static_cast<std::byte*>(::operator new[](shape.shared_bytes, std::align_val_t{128})));
    shared = memory.get();
    if (shape.shared_bytes > 0) std::memset(shared, 0xFF, shape.shared_bytes);

    start(index);
    std::vector<int> order(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        order[static_cast<std::size_t>(i)] = i;
    while (alive > 0 && !failure) {
        disorder.shuffle(order);
        bool moved = false;
        for (const int i : order) {
            Thread& thread = *threads[static_cast<std::size_t>(i)];
            if (thread.ended || thread.waits) continue;
            moved = true;
            current = &thread;
            thread.fiber->resume();
            current = nullptr;
            if (failure) break;
        }
        if (!moved) throw EmulationError("threads wait for others that never come: " + who_waits());
    }
    if (failure) std::rethrow_exception(failure);
}

std::string Block::who_waits() const {
    std::string who = std::to_string(at_barrier) + " of " + std::to_string(alive) +
                      " at __syncthreads(), others in " + std::to_string(meetings.size()) +
                      " operations of warps; ";
    for (int i = 0; i < count; ++i)
        if (const Thread& thread = *threads[static_cast<std::size_t>(i)]; !thread.ended)
            return who + "the first is " + name_of(thread.place);
    return who;
}

void Block::end(Thread& thread) {
    thread.ended = true;
    --alive;
    alive_lanes[static_cast<std::size_t>(thread.warp())] &= ~(1U << thread.place.lane);
    for (WarpMeeting& meeting : meetings)
        if (meeting.warp == thread.warp()) finish_meeting_if_all_here(meeting);
    finish_barrier_if_all_here();
}

void Block::finish_meeting_if_all_here(WarpMeeting& meeting) {
    const std::uint32_t expected = meeting.mask & alive_lanes[static_cast<std::size_t>(meeting.warp)];
    if (meeting.here == 0 || (meeting.here & expected) != expected) return;
    meeting.present[meeting.turn] = meeting.here;
    wake_warp(meeting);
    meeting.here = 0;
    meeting.turn ^= 1U;
}

void Block::wake_warp(const WarpMeeting& meeting) {
    for (int lane = 0; lane < warp_size; ++lane)
        if ((meeting.here >> lane & 1U) != 0)
            threads[static_cast<std::size_t>(meeting.warp * warp_size + lane)]->waits = false;
}

void Block::finish_barrier_if_all_here() {
    if (at_barrier == 0 || at_barrier < alive) return;
    barrier_votes[barrier_turn] = votes;
    barrier_turn ^= 1U;
    at_barrier = votes = 0;
    // Only those at the barrier can be waiting: all that live are there.
    for (int i = 0; i < count; ++i)
        threads[static_cast<std::size_t>(i)]->waits = false;
}

WarpMeeting& meeting_of(const Thread& thread, std::uint32_t mask) {
    for (WarpMeeting& meeting : block.meetings)
        if (meeting.warp == thread.warp() && meeting.mask == mask) return meeting;
    block.meetings.emplace_back();
    block.meetings.back().warp = thread.warp();
    block.meetings.back().mask = mask;
    return block.meetings.back();
}

void check_shape(const LaunchShape& s) {
    const std::uint64_t threads = std::uint64_t{s.block.x} * s.block.y * s.block.z;
    if (threads == 0 || threads > 1024)
        throw EmulationError("a block of " + std::to_string(threads) + " threads");
    if (s.grid.x == 0 || s.grid.y == 0 || s.grid.z == 0) throw EmulationError("a grid without blocks");
    if (s.grid.x > 0x7fffffffU || s.grid.y > 65535 || s.grid.z > 65535)
        throw EmulationError("a grid larger than devices take");
    if (s.shared_bytes > std::size_t{227} * 1024)
        throw EmulationError(std::to_string(s.shared_bytes) + " bytes of shared memory");
}

} // namespace

void run_grid(const LaunchShape& shape, const std::function<void()>& body) {
    static std::mutex one_grid_at_a_time;
    const std::scoped_lock lock(one_grid_at_a_time);
    check_shape(shape);
    ++launches;
    block.shape = shape;
    block.body = &body;
    block.count = static_cast<int>(shape.block.x * shape.block.y * shape.block.z);
    while (block.threads.size() < static_cast<std::size_t>(block.count))
        block.threads.push_back(std::make_unique<Thread>());
    std::vector<std::uint64_t> order(std::uint64_t{shape.grid.x} * shape.grid.y * shape.grid.z);
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    disorder.shuffle(order);
    for (const std::uint64_t i : order)
        block.run({static_cast<unsigned>(i % shape.grid.x),
                   static_cast<unsigned>(i / shape.grid.x % shape.grid.y),
                   static_cast<unsigned>(i / shape.grid.x / shape.grid.y)});
}

void set_order_seed(std::uint64_t seed) {
    disorder.seed(seed);
}

std::uint64_t launches_so_far() {
    return launches;
}

const Place& place() {
    return current->place;
}

std::byte* dynamic_shared_memory() {
    return block.shared;
}

Posts meet_warp(Meeting what, std::uint32_t mask, const void* post, std::size_t bytes) {
    Thread& me = *current;
    const std::uint32_t my_bit = 1U << me.place.lane;
    if ((mask & my_bit) == 0) throw EmulationError("a lane is not in the mask of its own operation");
    WarpMeeting& meeting = meeting_of(me, mask);
    if (meeting.here != 0 && meeting.what != what)
        throw EmulationError("lanes of a warp meet in different operations");
    const std::size_t turn = meeting.turn;
    meeting.what = what;
    meeting.here |= my_bit;
    if (bytes > 0)
        std::memcpy(meeting.posts[turn] + static_cast<std::size_t>(me.place.lane) * post_bytes, post, bytes);
    me.waits = true;
    block.finish_meeting_if_all_here(meeting); // which may be this lane's turn to go on
    if (me.waits) Fiber::suspend();
    return {meeting.posts[turn], meeting.present[turn]};
}

int meet_block(bool vote) {
    const std::size_t turn = block.barrier_turn;
    ++block.at_barrier;
    block.votes += vote ? 1 : 0;
    current->waits = true;
    block.finish_barrier_if_all_here();
    if (current->waits) Fiber::suspend();
    return block.barrier_votes[turn];
}

void begin_copy(void* to, const void* from, int bytes) {
    if (reinterpret_cast<std::uintptr_t>(to) % 16 != 0 || reinterpret_cast<std::uintptr_t>(from) % 16 != 0)
        throw EmulationError("an asynchronous copy of 16 bytes at an address that is no multiple of 16");
    if (bytes < 0 || bytes > 16) throw EmulationError("an asynchronous copy of more than 16 bytes");
    std::memset(to, 0xFF, 16);
    current->open_copies.push_back({to, from, bytes});
}

void commit_copies() {
    current->copies.push_back(std::move(current->open_copies));
    current->open_copies.clear();
}

void wait_copies(int groups_left) {
    auto& groups = current->copies;
    while (groups.size() > static_cast<std::size_t>(groups_left)) {
        for (const PendingCopy& copy : groups.front()) {
            std::memset(copy.to, 0, 16);
            std::memcpy(copy.to, copy.from, static_cast<std::size_t>(copy.bytes));
        }
        groups.pop_front();
    }
}

} // namespace spoutnik::cuda_emulation
