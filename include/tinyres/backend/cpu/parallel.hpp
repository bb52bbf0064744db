#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cstddef>
#include <omp.h>

namespace tinyres::inline TINYRES_ARCH {

/// A half-open range of work items.
struct Range {
    std::ptrdiff_t begin = 0;
    std::ptrdiff_t end = 0;
};

/// Part `part` of `parts` nearly equal parts of `count` items.
constexpr Range share(std::ptrdiff_t count, int part, int parts) {
    return {count * part / parts, count * (part + 1) / parts};
}

/// Calls `function(thread, threads)` once on each of (at most) `threads` threads.
template <class Function>
void parallel(int threads, Function&& function) {
#pragma omp parallel num_threads(threads)
    function(omp_get_thread_num(), omp_get_num_threads());
}

/// Inside `parallel`: goes on when all threads have come here. Every thread must come equally often, so nothing may
/// throw before.
inline void wait_for_all_threads() {
#pragma omp barrier
}

/// Inside `parallel`: calls `function(item)` for each of `count` items, which must not depend on each other, on
/// whichever thread is free, so that a thread that others on the machine slow down gets fewer. Nobody waits at the end.
template <class Function>
void for_each_on_free_threads(std::ptrdiff_t count, Function&& function) {
#pragma omp for schedule(dynamic) nowait
    for (std::ptrdiff_t item = 0; item < count; ++item) function(item);
}

/// Calls `function(item)` for each of `count` items, which must not depend on each other.
template <class Function>
void parallel_for(int threads, std::ptrdiff_t count, Function&& function) {
    parallel(threads, [&](int thread, int thread_count) {
        const Range range = share(count, thread, thread_count);
        for (std::ptrdiff_t item = range.begin; item < range.end; ++item) function(item);
    });
}

/// Calls `function(range)` for parts of `count` elements, cut between cache lines. So it is the same elements that
/// stand in whole registers and that are left over at the end, and get the same roundings, for any number of threads.
template <class Function>
void parallel_ranges(int threads, std::ptrdiff_t count, Function&& function) {
    constexpr std::ptrdiff_t line = 32; // a cache line of bfloat16 numbers, two of floats
    parallel(threads, [&](int thread, int thread_count) {
        const Range lines = share((count + line - 1) / line, thread, thread_count);
        function(Range{lines.begin * line, std::min(lines.end * line, count)});
    });
}

/// Into how many slices a sum over a batch is cut. Each slice is summed by one thread, and the slices are added in
/// order: the result does not depend on the number of threads.
inline constexpr int reduction_slices = 64;

} // namespace tinyres::inline TINYRES_ARCH
