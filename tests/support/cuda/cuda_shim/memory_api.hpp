#pragma once

#include "errors.hpp"
#include "memory.hpp"
#include "stream_api.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

enum cudaMemcpyKind {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4,
};

namespace cuda_shim {

/// Whether `bytes` from `begin` are on the side that a copy expects. The host's own memory nobody knows the ends of.
inline bool is_at(const void* begin, std::size_t bytes, bool on_device) {
    if (memory.holds(begin, bytes, Memory::Place::managed)) return true;
    return on_device ? memory.holds(begin, bytes, Memory::Place::device)
                     : memory.holds(begin, bytes, Memory::Place::pinned) || !memory.knows(begin);
}

inline bool fits(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    if (kind == cudaMemcpyDefault)
        return (is_at(to, bytes, false) || is_at(to, bytes, true)) &&
               (is_at(from, bytes, false) || is_at(from, bytes, true));
    return is_at(to, bytes, to_device) && is_at(from, bytes, from_device);
}

/// The memory has all bits set.
inline cudaError_t allocate(void** pointer, std::size_t bytes, Memory::Place place) {
    *pointer = nullptr;
    if (captures.forbid_unsafe()) return fail(cudaErrorStreamCaptureUnsupported);
    if (bytes == 0) return place == Memory::Place::managed ? fail(cudaErrorInvalidValue) : cudaSuccess;
    if (!fails_now(settings.allocations_before_failure)) *pointer = memory.allocate(bytes, place);
    return *pointer != nullptr ? cudaSuccess : fail(cudaErrorMemoryAllocation);
}

/// A Fault of work put off becomes an error, as destructors call this.
inline cudaError_t free(void* pointer, std::initializer_list<Memory::Place> places) {
    if (pointer == nullptr) return cudaSuccess;
    if (captures.forbid_unsafe()) return fail(cudaErrorStreamCaptureUnsupported);
    cudaError_t status = cudaSuccess;
    try {
        finish_all_streams();
    } catch (const Fault&) {
        status = fail(cudaErrorLaunchFailure);
    }
    for (const Memory::Place place : places)
        if (memory.free(pointer, place)) return status;
    return fail(cudaErrorInvalidValue);
}

} // namespace cuda_shim

template <class T>
cudaError_t cudaMalloc(T** pointer, std::size_t bytes) {
    return cuda_shim::allocate(reinterpret_cast<void**>(pointer), bytes, cuda_shim::Memory::Place::device);
}
template <class T>
cudaError_t cudaMallocManaged(T** pointer, std::size_t bytes) {
    return cuda_shim::allocate(reinterpret_cast<void**>(pointer), bytes, cuda_shim::Memory::Place::managed);
}
template <class T>
cudaError_t cudaMallocHost(T** pointer, std::size_t bytes) {
    return cuda_shim::allocate(reinterpret_cast<void**>(pointer), bytes, cuda_shim::Memory::Place::pinned);
}

/// What a device without a limit has left is as much as its limit is.
inline cudaError_t cudaMemGetInfo(std::size_t* left, std::size_t* total) {
    *total = cuda_shim::settings.memory;
    *left = *total - std::min(*total, cuda_shim::device_bytes_in_use());
    return cudaSuccess;
}

inline cudaError_t cudaFree(void* pointer) {
    return cuda_shim::free(pointer, {cuda_shim::Memory::Place::device, cuda_shim::Memory::Place::managed});
}
inline cudaError_t cudaFreeHost(void* pointer) {
    return cuda_shim::free(pointer, {cuda_shim::Memory::Place::pinned});
}

/// Of memory that is not pinned the host may change what is copied as soon as this returns, and may read what was.
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                                   cudaStream_t handle = nullptr) {
    if (bytes == 0) return cudaSuccess;
    if (!cuda_shim::fits(to, from, bytes, kind)) return cuda_shim::fail(cudaErrorInvalidValue);
    const CUstream_st* const stream = cuda_shim::streams.find(handle);
    const bool capturing = stream != nullptr && stream->capturing();
    if (!capturing && !cuda_shim::memory.knows(from)) ++cuda_shim::host_waits; // until the host's values are read
    if (cuda_shim::settings.lazy_streams && !capturing && !cuda_shim::memory.knows(from)) {
        const auto* const bytes_of = static_cast<const unsigned char*>(from);
        return cuda_shim::add(handle, [to, staged = std::vector<unsigned char>(bytes_of, bytes_of + bytes)] {
            std::memcpy(to, staged.data(), staged.size());
        });
    }
    const cudaError_t status = cuda_shim::add(handle, [=] { std::memmove(to, from, bytes); });
    if (status != cudaSuccess || capturing || cuda_shim::memory.knows(to)) return status;
    return cudaStreamSynchronize(handle);
}

inline cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (cuda_shim::captures.forbid_unsafe()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    const cudaError_t status = cudaMemcpyAsync(to, from, bytes, kind);
    return status == cudaSuccess ? cudaStreamSynchronize(nullptr) : status;
}

inline cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream = nullptr) {
    if (bytes == 0) return cudaSuccess;
    if (!cuda_shim::is_at(to, bytes, true)) return cuda_shim::fail(cudaErrorInvalidValue);
    return cuda_shim::add(stream, [=] { std::memset(to, value, bytes); });
}

/// As on a GPU it does not wait: lazy streams put it off until something waits for the default stream.
inline cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
    if (cuda_shim::captures.forbid_unsafe()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    return cudaMemsetAsync(to, value, bytes);
}
