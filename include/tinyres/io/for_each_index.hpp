#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Calls `function(index)` for each index in [0, count), by `threads` threads in no order. For work that waits for
/// files, for which there are threads of its own: the backends' teams are for arithmetic. An exception ends it, as soon
/// as the calls that are under way have returned, and reaches the caller. Throws Error when the system starts no
/// thread.
template <class Function>
void for_each_index(std::size_t count, int threads, const Function& function) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex; // guards `failure`
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            for (std::size_t index = next++; index < count; index = next++) function(index);
        } catch (...) {
            next = count;
            const std::lock_guard lock{mutex};
            failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        const std::size_t helpers = (std::min)(static_cast<std::size_t>((std::max)(threads, 1)), count);
        try {
            for (std::size_t i = 1; i < helpers; ++i) others.emplace_back(work);
        } catch (const std::system_error&) {
            next = count;
            throw thread_error("a thread that reads files");
        }
        work();
    }
    if (failure) std::rethrow_exception(failure);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
