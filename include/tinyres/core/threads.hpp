#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"

#include <latch>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The error for a thread that the system does not start ("Resource temporarily unavailable"); `what` names it.
inline Error thread_error(std::string_view what) {
    return Error("cannot start " + std::string(what) +
                 ": the limit on threads and processes is reached; raise it (ulimit -u, or pids.max of the container's "
                 "cgroup), end other programs or use fewer threads");
}

/// Throws Error unless `count` threads more can be started: starts them and ends them again. For threads that OpenMP
/// starts, since it ends the program when one does not start.
inline void require_threads(int count, std::string_view what) {
    std::latch end{1};
    std::vector<std::jthread> threads;
    try {
        for (int i = 0; i < count; ++i) threads.emplace_back([&end] { end.wait(); });
    } catch (const std::system_error&) {
        end.count_down();
        throw thread_error(what);
    }
    end.count_down();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
