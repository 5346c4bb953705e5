// SPDX-License-Identifier: MIT
// A fiber: a function with a stack of its own that is left and entered again where it stood. Each thread of
// an emulated block is one.
//
// On x86-64 a switch is six registers pushed and popped; elsewhere it is ucontext, whose two system calls a
// switch are too slow to emulate warps by the million but right. AddressSanitizer is told of every switch.
#pragma once

#include <cstddef>
#include <memory>

namespace spoutnik::cuda_emulation {

class Fiber {
  public:
    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// The next resume() calls entry(argument) on the fiber's stack. What stood on it before is given up.
    /// `entry` must not throw; it ends with its return, after which the fiber needs another begin().
    void begin(void (*entry)(void*), void* argument);
    /// Runs the fiber until it suspends or ends. Called outside of fibers.
    void resume();
    /// Back to whoever resumed the running fiber.
    static void suspend();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace spoutnik::cuda_emulation
