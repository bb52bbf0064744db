#pragma once

#include "errors.hpp"
#include "launch.hpp"
#include "memory.hpp"
#include "stream_api.hpp"

#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <utility>

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

struct cudaLaunchAttribute;

struct cudaLaunchConfig_t {
    dim3 gridDim;
    dim3 blockDim;
    std::size_t dynamicSmemBytes;
    cudaStream_t stream;
    cudaLaunchAttribute* attrs; ///< ignored, as is the next
    unsigned numAttrs;
};

namespace cuda_shim {

/// How much shared memory each kernel may have.
class SharedMemoryLimits {
public:
    void set(const void* kernel, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        bytes_[kernel] = bytes;
    }
    std::size_t of(const void* kernel) {
        const std::lock_guard lock(mutex_);
        const auto found = bytes_.find(kernel);
        return std::max(shared_bytes_without_asking, found == bytes_.end() ? 0 : found->second);
    }

private:
    std::mutex mutex_;
    std::map<const void*, std::size_t> bytes_;
};
inline SharedMemoryLimits shared_memory_limits;

/// Whether the program's kernels are there for this device.
inline bool has_code() {
    return settings.capability_major * 10 + settings.capability_minor >= settings.compiled_for;
}

/// An argument as an address, if it is one of data; else null.
template <class T>
const void* address_in(const T& argument) {
    if constexpr (std::is_pointer_v<T>)
        if constexpr (!std::is_function_v<std::remove_pointer_t<T>>) return argument;
    return nullptr;
}

/// Throws a Fault if one is a pointer to what a GPU could not read.
inline void check_addresses(const Launch& launch, std::initializer_list<const void*> addresses) {
    for (const void* const address : addresses)
        if (address != nullptr && !settings.allow_host_pointers && !memory.knows(address))
            throw Fault(launch.name() + ": cannot start: an argument points to memory that cudaMalloc did not give");
}

/// cudaLaunchKernelEx without the kernel's types, of which tests have hundreds.
inline cudaError_t start(const cudaLaunchConfig_t& config, const void* kernel,
                         std::initializer_list<const void*> addresses, std::function<void()> run_thread) {
    if (!has_code()) return fail(cudaErrorNoKernelImageForDevice);
    if (fails_now(settings.launches_before_failure)) return fail(cudaErrorLaunchFailure);
    Launch launch{kernel, config.gridDim, config.blockDim, config.dynamicSmemBytes, {}};
    check(launch, shared_memory_limits.of(kernel));
    check_addresses(launch, addresses);
    launch.run_thread = std::move(run_thread);
    return add(config.stream, [launch = std::move(launch)] {
        run(launch);
        memory.check(launch);
    });
}

} // namespace cuda_shim

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute attribute, int value) {
    if (!cuda_shim::has_code()) return cuda_shim::fail(cudaErrorNoKernelImageForDevice);
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        static_cast<std::size_t>(value) > cuda_shim::most_shared_bytes)
        return cuda_shim::fail(cudaErrorInvalidValue);
    cuda_shim::shared_memory_limits.set(reinterpret_cast<const void*>(kernel), static_cast<std::size_t>(value));
    return cudaSuccess;
}

/// Throws a Fault if it cannot be launched, or, at once or when the stream gets to it, if it goes wrong.
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
    static_assert((std::is_trivially_copyable_v<std::remove_cvref_t<Parameters>> && ...),
                  "arguments are copied to the GPU as bytes");
    static_assert((!std::is_reference_v<Parameters> && ...), "a GPU cannot read the host's variables");
    const std::tuple<std::remove_cv_t<Parameters>...> values(std::forward<Arguments>(arguments)...);
    const auto start = [&](const auto&... value) {
        return cuda_shim::start(*config, reinterpret_cast<const void*>(kernel), {cuda_shim::address_in(value)...},
                                [kernel, values] { std::apply(kernel, values); });
    };
    return std::apply(start, values);
}
