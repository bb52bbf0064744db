#pragma once

// Stands for the library's launch.hpp in a program that measures kernels: the same launches, timed one by one.

#include "tinyres/backend/cuda/cuda.hpp"
#include "tinyres/backend/cuda/start_kernel.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <map>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What was launched, by the kernel's name with its template arguments.
struct KernelTime {
    int calls = 0;
    double milliseconds = 0.0;
};
inline std::map<std::string, KernelTime> kernel_times;
inline bool times_kernels = false;

namespace detail {

inline std::string name_of_kernel(const void* kernel) {
    const char* mangled = nullptr;
    check(cudaFuncGetName(&mangled, kernel), "asking for a kernel's name");
    int status = 0;
    char* const readable = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    const std::string name = status == 0 ? readable : mangled;
    std::free(readable);
    return name;
}

/// A pair of events around a launch.
class LaunchTimer {
public:
    explicit LaunchTimer(cudaStream_t stream) : stream_(stream) {
        check(cudaEventCreate(&begin_), "making an event");
        check(cudaEventCreate(&end_), "making an event");
        check(cudaEventRecord(begin_, stream_), "recording an event");
    }
    LaunchTimer(const LaunchTimer&) = delete;
    LaunchTimer& operator=(const LaunchTimer&) = delete;
    ~LaunchTimer() {
        static_cast<void>(cudaEventDestroy(begin_));
        static_cast<void>(cudaEventDestroy(end_));
    }
    double milliseconds() {
        check(cudaEventRecord(end_, stream_), "recording an event");
        check(cudaEventSynchronize(end_), "waiting for a kernel");
        float elapsed = 0.0f;
        check(cudaEventElapsedTime(&elapsed, begin_, end_), "asking for a kernel's time");
        return static_cast<double>(elapsed);
    }

private:
    cudaStream_t stream_;
    cudaEvent_t begin_{};
    cudaEvent_t end_{};
};

} // namespace detail

template <class Backend, class... Parameters>
void launch(const Backend& cuda, const char* name, const Grid& grid, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
    const auto start = [&] { start_kernel<Parameters...>(cuda.stream(), name, grid, kernel, arguments...); };
    if (!times_kernels) return start();
    detail::LaunchTimer timer(cuda.stream());
    start();
    KernelTime& time = kernel_times[detail::name_of_kernel(reinterpret_cast<const void*>(kernel))];
    time.milliseconds += timer.milliseconds();
    ++time.calls;
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
