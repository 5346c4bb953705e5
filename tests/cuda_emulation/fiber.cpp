// SPDX-License-Identifier: MIT
#include "cuda_emulation/fiber.h"

#include <cstdint>
#include <new>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define SPOUTNIK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SPOUTNIK_ASAN 1
#endif
#endif
#ifdef SPOUTNIK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef __x86_64__
#include <ucontext.h>
#endif

#ifdef __x86_64__
// System V ABI, section 3.2.1: rbx, rbp and r12 ... r15 belong to the caller; all else is saved around a
// call.
extern "C" void spoutnik_switch_stack(void** save, void* load);
asm(R"(
    .text
    .globl spoutnik_switch_stack
    .type spoutnik_switch_stack, @function
spoutnik_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size spoutnik_switch_stack, .-spoutnik_switch_stack
)");
#endif

namespace spoutnik::cuda_emulation {

struct Fiber::State {
    std::byte* stack = nullptr; ///< its first page is a guard
    void (*entry)(void*) = nullptr;
    void* argument = nullptr;
#ifdef __x86_64__
    void* inside = nullptr;  ///< stack pointer of the fiber while it waits
    void* outside = nullptr; ///< of whoever resumed it
#else
    ucontext_t inside{};
    ucontext_t outside{};
#endif
#ifdef SPOUTNIK_ASAN
    void* inside_fake = nullptr; ///< ASan's own stacks for variables
    void* outside_fake = nullptr;
    const void* outside_stack = nullptr;
    std::size_t outside_bytes = 0;
#endif

    void leave(bool for_good);
    static void run();
};

namespace {

constexpr std::size_t page = 4096;
#ifdef SPOUTNIK_ASAN
constexpr std::size_t stack_bytes = 64 * page; // with room for the red zones
#else
constexpr std::size_t stack_bytes = 32 * page;
#endif

} // namespace

/// The fiber that runs or, in resume(), is about to. Emulated devices share one thread of the system.
static Fiber* running = nullptr; // NOLINT

Fiber::Fiber() : state_(std::make_unique<State>()) {
    void* memory = mmap(nullptr, stack_bytes + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    state_->stack = static_cast<std::byte*>(memory);
    mprotect(memory, page, PROT_NONE);
}

Fiber::~Fiber() {
#ifdef SPOUTNIK_ASAN
    __asan_unpoison_memory_region(state_->stack + page, stack_bytes);
#endif
    munmap(state_->stack, stack_bytes + page);
}

void Fiber::State::leave([[maybe_unused]] bool for_good) {
#ifdef SPOUTNIK_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &inside_fake, outside_stack, outside_bytes);
#endif
#ifdef __x86_64__
    spoutnik_switch_stack(&inside, outside);
#else
    swapcontext(&inside, &outside);
#endif
#ifdef SPOUTNIK_ASAN
    __sanitizer_finish_switch_fiber(inside_fake, &outside_stack, &outside_bytes);
#endif
}

/// The first function on a fiber's stack.
void Fiber::State::run() {
    State& self = *running->state_;
#ifdef SPOUTNIK_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &self.outside_stack, &self.outside_bytes);
#endif
    self.entry(self.argument);
    self.leave(true);
}

void Fiber::begin(void (*entry)(void*), void* argument) {
    State& s = *state_;
    s.entry = entry;
    s.argument = argument;
    std::byte* bottom = s.stack + page;
#ifdef SPOUTNIK_ASAN
    __asan_unpoison_memory_region(bottom, stack_bytes);
    s.inside_fake = nullptr;
#endif
#ifdef __x86_64__
    // As if run() had been about to be called: six registers, then the address that `ret` takes. A function
    // starts with its stack pointer 8 beyond a multiple of 16.
    auto* words = reinterpret_cast<std::uintptr_t*>(bottom + stack_bytes) - 8;
    for (int i = 0; i < 8; ++i)
        words[i] = 0;
    words[6] = reinterpret_cast<std::uintptr_t>(&State::run);
    s.inside = words;
#else
    getcontext(&s.inside);
    s.inside.uc_stack.ss_sp = bottom;
    s.inside.uc_stack.ss_size = stack_bytes;
    s.inside.uc_link = nullptr;
    makecontext(&s.inside, &State::run, 0);
#endif
}

void Fiber::resume() {
    State& s = *state_;
    running = this;
#ifdef SPOUTNIK_ASAN
    __sanitizer_start_switch_fiber(&s.outside_fake, s.stack + page, stack_bytes);
#endif
#ifdef __x86_64__
    spoutnik_switch_stack(&s.outside, s.inside);
#else
    swapcontext(&s.outside, &s.inside);
#endif
#ifdef SPOUTNIK_ASAN
    __sanitizer_finish_switch_fiber(s.outside_fake, nullptr, nullptr);
#endif
    running = nullptr;
}

void Fiber::suspend() {
    running->state_->leave(false);
}

} // namespace spoutnik::cuda_emulation
