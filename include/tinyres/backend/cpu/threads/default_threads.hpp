#pragma once

#include "tinyres/backend/cpu/threads/control_group.hpp"

#include <cmath>
#include <cstdlib>
#include <omp.h>
#include <optional>
#include <string>
#include <thread>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A number of threads and where it comes from, in words that fit behind it in brackets.
struct DefaultThreads {
    int count = 1;
    std::string reason;
};

/// As many threads as the processors that this process may really use: those of the machine, fewer where it is bound to
/// some of them (taskset) or its control group grants less of their time (`docker run --cpus=1.5` makes two). Who sets
/// OMP_NUM_THREADS or calls omp_set_num_threads has the last word.
inline DefaultThreads default_threads() {
    const int openmp = omp_get_max_threads();
    if (const char* const set = std::getenv("OMP_NUM_THREADS"); set && *set) return {openmp, "OMP_NUM_THREADS"};
    const int usable = omp_get_num_procs();
    if (openmp < usable) return {openmp, "OpenMP's setting"};
    static const std::optional<double> granted = cpu::detail::control_group_processors();
    if (granted && *granted < usable) {
        std::string processors = std::to_string(*granted);
        processors.erase(processors.find_last_not_of('0') + 1);
        if (processors.ends_with('.')) processors.pop_back();
        return {(std::max)(1, static_cast<int>(std::ceil(*granted))),
                "the control group's limit of " + processors + (*granted == 1.0 ? " processor" : " processors")};
    }
    const auto machine = static_cast<int>(std::thread::hardware_concurrency());
    if (usable < machine) return {usable, "the processors that this process is bound to"};
    return {usable, "the machine's processors"};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
