#pragma once

#include "tinyres/backend/cpu/threads/task_slot.hpp"
#include "tinyres/core/threads.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <omp.h>
#include <pthread.h>
#include <thread>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// The threads that help whoever has work for several. OpenMP brings them, in one parallel region that never ends, and
/// they sleep while there is nothing to do. So work begins without a fork and ends without a join, and nobody spins for
/// longer than `longest_spin`.
///
/// There is one team in a program. It starts with the first work for several threads and grows when more are asked
/// for. Several threads of a program may lead work at the same time: they share the team.
class ThreadTeam {
public:
    static ThreadTeam& instance() {
        static ThreadTeam* const team = new ThreadTeam; // never destroyed: its threads use it until the program ends
        return *team;
    }

    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    /// Whether the calling thread works on a task already, or is one of several in a parallel region of the program's
    /// own; work that it meets there is its own alone.
    static bool is_working() { return working() || omp_in_parallel() != 0; }

    /// Runs the task on the calling thread, as number 0, and on up to `threads` - 1 others that are free before the
    /// work is done. Returns when all of them have. Throws Error, with nothing done, when the system starts no threads.
    void run(const SharedTask& task, int threads) {
        const int others = (std::min)(threads - 1, TaskSlot::most_places);
        start(others);
        auto* const slot = std::find_if(slots_.begin(), slots_.end(), [](TaskSlot& any) { return any.take(); });
        working() = true;
        if (slot == slots_.end()) { // as many threads as there are slots have work for several: that is work enough
            task.call(task.body, 0);
        } else {
            slot->open(task, others);
            announce(others);
            task.call(task.body, 0);
            slot->close();
        }
        working() = false;
    }

private:
    ThreadTeam() { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

    static bool& working() {
        static thread_local bool value = false;
        return value;
    }

    /// Sees to it that there are `count` threads.
    void start(int count) {
        if (started_.load(std::memory_order_relaxed) >= count) return;
        const std::lock_guard lock(starting_);
        const int missing = count - started_.load(std::memory_order_relaxed);
        if (missing <= 0) return;
        // A thread of its own opens the region, since the caller has to leave this function. In the region it stands
        // for the caller as OpenMP's number 0, so that where OpenMP binds threads to processors, nobody else gets the
        // caller's.
        require_threads(missing + 1, "the threads of the backend Cpu");
        std::thread([this, missing] {
#pragma omp parallel num_threads(missing + 1)
            if (omp_get_thread_num() == 0)
                sleep_forever();
            else
                work();
        }).detach();
        started_.store(count, std::memory_order_relaxed);
    }

    /// Tells up to `wanted` threads that there is a task.
    void announce(int wanted) {
        announced_.fetch_add(1);
        if (const int sleepers = sleeping_.load(); sleepers > 0) wake(announced_, (std::min)(wanted, sleepers));
    }

    [[noreturn]] void work() {
        working() = true;
        while (true) {
            const std::uint32_t seen = announced_.load();
            bool found = false;
            for (TaskSlot& slot : slots_) found = slot.join() || found;
            if (found) continue;
            if (spin_until([&] { return announced_.load(std::memory_order_relaxed) != seen; })) continue;
            sleeping_.fetch_add(1);
            sleep_while(announced_, seen);
            sleeping_.fetch_sub(1);
        }
    }

    [[noreturn]] static void sleep_forever() {
        std::atomic<std::uint32_t> never{0};
        while (true) sleep_while(never, 0);
    }

    // A child process has none of its parent's threads: it starts its own, in a region of its own.
    static void before_fork() {
        instance().starting_.lock();
    }
    static void after_fork_in_parent() {
        instance().starting_.unlock();
    }
    static void after_fork_in_child() {
        ThreadTeam& team = instance();
        team.started_.store(0);
        team.sleeping_.store(0);
        for (TaskSlot& slot : team.slots_) slot.forget();
        team.starting_.unlock();
    }

    std::array<TaskSlot, 8> slots_;
    alignas(64) std::atomic<std::uint32_t> announced_{0}; ///< counts tasks; the threads sleep on it
    std::atomic<int> sleeping_{0};
    std::atomic<int> started_{0};
    std::mutex starting_;
};

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
