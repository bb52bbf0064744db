#pragma once

#include "tinyres/backend/cpu/threads/thread_team.hpp"
#include "tinyres/core/config.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A half-open range of work items.
struct Range {
    std::ptrdiff_t begin = 0;
    std::ptrdiff_t end = 0;
};

/// Part `part` of `parts` nearly equal parts of `count` items.
constexpr Range share(std::ptrdiff_t count, int part, int parts) {
    return {count * part / parts, count * (part + 1) / parts};
}

/// Items of work, 0 to `count` - 1, that are handed out once each, `piece` neighbors at a time, to whichever thread
/// asks next. So a thread that others on the machine slow down gets fewer.
class Items {
public:
    Items(std::ptrdiff_t count, std::ptrdiff_t piece) : count_(count), piece_(piece) {}

    /// Calls `function(item)` for each item that this thread gets, until all are handed out.
    template <class Function>
    void for_each(Function&& function) {
        while (true) {
            const std::ptrdiff_t first = next_.fetch_add(piece_, std::memory_order_relaxed);
            if (first >= count_) return;
            const std::ptrdiff_t end = (std::min)(first + piece_, count_);
            for (std::ptrdiff_t item = first; item < end; ++item) function(item);
        }
    }

private:
    alignas(64) std::atomic<std::ptrdiff_t> next_{0};
    std::ptrdiff_t count_;
    std::ptrdiff_t piece_;
};

/// Calls `function(thread, items)` on up to `threads` threads, numbered from 0, which share `count` items of work by
/// `items.for_each`; a thread prepares before that what it needs for itself. How many threads come, and which items
/// each of them gets, is different every time, so results must depend on neither. `function` must not throw. Returns
/// when all is done. Inside other work for several threads, or in a parallel region of OpenMP's, the calling thread
/// does everything itself.
template <class Function>
void parallel(int threads, std::ptrdiff_t count, Function&& function, std::ptrdiff_t piece = 1) {
    if (count <= 0) return;
    Items items(count, piece);
    const auto useful = static_cast<int>(std::min<std::ptrdiff_t>(threads, (count + piece - 1) / piece));
    auto body = [&](int thread) noexcept { function(thread, items); };
    if (useful <= 1 || detail::ThreadTeam::is_working()) return body(0);
    using Body = decltype(body);
    detail::ThreadTeam::instance().run(
        {&body, [](void* any, int thread) noexcept { (*static_cast<Body*>(any))(thread); }}, useful);
}

/// Calls `function(item)` for each of `count` items, which must not depend on each other. For many small items: threads
/// take several of them at a time.
template <class Function>
void parallel_for(int threads, std::ptrdiff_t count, Function&& function) {
    constexpr std::ptrdiff_t pieces = 8; // per thread: enough to even out what threads take
    parallel(
        threads, count, [&](int, Items& items) { items.for_each(function); },
        std::max<std::ptrdiff_t>(1, count / (pieces * (std::max)(threads, 1))));
}

/// Calls `function(range)` for parts of `count` elements, cut between cache lines. So it is the same elements that
/// stand in whole registers and that are left over at the end, and get the same roundings, for any number of threads.
template <class Function>
void parallel_ranges(int threads, std::ptrdiff_t count, Function&& function) {
    constexpr std::ptrdiff_t part = 8 * 1024; // elements: long enough to be worth handing out, short enough to share
    parallel_for(threads, (count + part - 1) / part, [&](std::ptrdiff_t item) {
        function(Range{item * part, (std::min)((item + 1) * part, count)});
    });
}

/// How many of `threads` threads are worth their while for that many multiply-adds, or numbers that are read or
/// written: so few that each has more to do than it takes to call it.
constexpr int useful_threads(int threads, std::ptrdiff_t operations) {
    constexpr std::ptrdiff_t worth_a_thread = 16 * 1024;
    return static_cast<int>(std::clamp<std::ptrdiff_t>(operations / worth_a_thread, 1, (std::max)(threads, 1)));
}

/// Into how many slices a sum over a batch is cut. Each slice is summed by one thread, and the slices are added in
/// order: the result does not depend on the number of threads.
inline constexpr int reduction_slices = 64;

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
