#pragma once

#include "sanitizer.hpp"
#include "switch_stack.hpp"

#include <functional>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cuda_shim {

/// A stack on which functions run that can stop and go on later, always on the operating system's thread that made it.
class Fiber {
public:
    /// Fibers with other numbers begin at other offsets in their stacks: else all compete for the same few lines of the
    /// processor's caches.
    explicit Fiber(std::size_t number) {
        void* const memory = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        static_cast<void>(mprotect(memory, page, PROT_NONE)); // a stack that overflows ends the program at once
        own_.bottom = static_cast<char*>(memory) + page;
        own_.size = stack_bytes - page;
        char* const top = static_cast<char*>(memory) + stack_bytes - number * 17 * 64 % most_offset;
        own_top_ = ready_stack(top, [](void* fiber) { static_cast<Fiber*>(fiber)->work(); });
    }
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    /// What it ran must have ended.
    ~Fiber() {
        permit(own_.bottom, own_.size);
        const char* const end = static_cast<const char*>(own_.bottom) + own_.size;
        munmap(const_cast<char*>(end) - stack_bytes, stack_bytes);
    }

    /// Makes the next resume() begin `function`, which must not throw; what ran before must have ended.
    template <class Function>
    void start(Function&& function) {
        function_ = std::forward<Function>(function);
    }

    /// Runs it until it suspends or ends.
    void resume() {
        callers_.leave_for(own_);
        switch_stack(&callers_top_, own_top_, this);
        callers_.come_from(own_);
    }

    /// From within: back to who resumed it.
    void suspend() {
        own_.leave_for(callers_);
        switch_stack(&own_top_, callers_top_, nullptr);
        own_.come_from(callers_);
    }

private:
    static constexpr std::size_t stack_bytes = 320 * 1024;
    static constexpr std::size_t most_offset = 64 * 1024;

    [[noreturn]] void work() {
        own_.come_from(callers_);
        for (;;) {
            function_();
            suspend();
        }
    }

    std::function<void()> function_;
    Stack own_;
    Stack callers_;
    void* own_top_ = nullptr;
    void* callers_top_ = nullptr;
};

/// Fiber number `i` of this thread of the operating system; they are made once and kept.
inline Fiber& pooled_fiber(std::size_t i) {
    thread_local std::vector<std::unique_ptr<Fiber>> fibers;
    while (fibers.size() <= i) fibers.push_back(std::make_unique<Fiber>(fibers.size()));
    return *fibers[i];
}

} // namespace cuda_shim
