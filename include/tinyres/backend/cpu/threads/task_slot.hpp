#pragma once

#include "tinyres/backend/cpu/threads/futex.hpp"

#include <atomic>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// Work that several threads do together: `call(body, thread)` on each of them. It returns when there is nothing left
/// to begin. As it must not throw, an exception ends the program.
struct SharedTask {
    void* body = nullptr;
    void (*call)(void* body, int thread) noexcept = nullptr;
};

/// The place where a thread, the leader, offers a task and others join in. The leader never waits for a thread that has
/// not joined, so one that gets no processor holds nobody up.
class alignas(64) TaskSlot {
public:
    static constexpr int most_places = 0xfff;

    /// Leader: whether the slot was free and is the caller's now.
    bool take() { return !taken_.load(std::memory_order_relaxed) && !taken_.exchange(true, std::memory_order_acquire); }

    /// Leader: lets up to `places` other threads join.
    void open(const SharedTask& task, int places) {
        task_ = task;
        places_ = places;
        state_.store(static_cast<std::uint32_t>(places) * one_place, std::memory_order_release);
    }

    /// Leader: lets nobody else join, waits for those inside and frees the slot.
    void close() {
        state_.fetch_and(~places_mask, std::memory_order_acquire);
        const auto empty = [&] { return (state_.load(std::memory_order_acquire) & inside_mask) == 0; };
        if (!empty() && !spin_until(empty))
            while (true) {
                const std::uint32_t now = state_.fetch_or(leader_sleeps, std::memory_order_acquire) | leader_sleeps;
                if ((now & inside_mask) == 0) break;
                sleep_while(state_, now);
            }
        taken_.store(false, std::memory_order_release);
    }

    /// Anybody else: joins the task and works on it if there is one with a free place; whether there was. Nobody joins
    /// a task after somebody has returned from it.
    bool join() {
        std::uint32_t state = state_.load(std::memory_order_relaxed);
        do {
            if ((state & places_mask) == 0) return false;
        } while (!state_.compare_exchange_weak(state, state - one_place + 1, std::memory_order_acquire,
                                               std::memory_order_relaxed));
        // From here on the slot's task stays what it is until this thread leaves.
        const int thread = 1 + places_ - static_cast<int>((state & places_mask) / one_place);
        task_.call(task_.body, thread);
        state_.fetch_and(~places_mask, std::memory_order_relaxed);
        const std::uint32_t before = state_.fetch_sub(1, std::memory_order_release);
        if ((before & inside_mask) == 1 && (before & leader_sleeps) != 0) wake(state_, 1);
        return true;
    }

    /// After a fork, in the child, where nobody else is left.
    void forget() {
        state_.store(0);
        taken_.store(false);
    }

private:
    // How many threads are inside, how many more may join, and whether the leader sleeps until the last one leaves.
    static constexpr std::uint32_t inside_mask = most_places;
    static constexpr std::uint32_t one_place = most_places + 1;
    static constexpr std::uint32_t places_mask = most_places * one_place;
    static constexpr std::uint32_t leader_sleeps = 1u << 31;

    std::atomic<std::uint32_t> state_{0};
    std::atomic<bool> taken_{false};
    int places_ = 0;
    SharedTask task_{};
};

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
