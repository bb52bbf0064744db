#pragma once

#include "tinyres/core/config.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(__linux__)
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// Sleeps while `word` is `seen`; may return earlier, too. `std::atomic::wait` would do the same, but g++'s calls
/// sched_yield before it sleeps, which on a busy machine hands a whole time slice to somebody else.
inline void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) {
#if defined(__linux__)
    static_assert(sizeof(word) == sizeof(std::uint32_t));
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
#else
    word.wait(seen);
#endif
}

/// Wakes up to `count` of the threads that sleep on `word`.
inline void wake(std::atomic<std::uint32_t>& word, int count) {
#if defined(__linux__)
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
#else
    if (count > 0) word.notify_all();
#endif
}

/// Tells the processor that a loop is waiting.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// How long a thread waits awake for what another one is about to do. Waking a sleeping thread takes about as long;
/// a thread that waits longer takes the processor from somebody who needs it, often the very thread it waits for.
inline constexpr std::chrono::microseconds longest_spin{20};

/// Waits awake until `done()`, at most as long as `longest_spin`; whether it is done.
template <class Done>
bool spin_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + longest_spin;
    do {
        for (int i = 0; i < 32; ++i) {
            if (done()) return true;
            pause();
        }
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
