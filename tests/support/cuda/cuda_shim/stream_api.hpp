#pragma once

#include "errors.hpp"
#include "fault.hpp"
#include "stream.hpp"

using cudaStream_t = CUstream_st*;

inline constexpr unsigned cudaStreamDefault = 0;
inline constexpr unsigned cudaStreamNonBlocking = 1;

namespace cuda_shim {

/// Adds work to a stream; copies and launches go through here.
inline cudaError_t add(cudaStream_t handle, Work work) {
    CUstream_st* const stream = streams.find(handle);
    if (stream == nullptr) return fail(cudaErrorInvalidResourceHandle);
    if (captures.broken(stream)) return fail(cudaErrorStreamCaptureInvalidated);
    if (handle == nullptr && captures.forbid_default_stream()) return fail(cudaErrorStreamCaptureImplicit);
    stream->add(std::move(work));
    return cudaSuccess;
}

/// For calls that wait for the whole device.
inline void finish_all_streams() {
    ++host_waits;
    WorkList works;
    streams.each([&](CUstream_st& stream) {
        works.insert(works.end(), stream.pending.begin(), stream.pending.end());
        stream.pending.clear();
    });
    for (const Work& work : works) work();
}

} // namespace cuda_shim

/// No stream waits for another, as with cudaStreamNonBlocking; without it the default stream cannot be used while this
/// one is captured.
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
    *stream = cuda_shim::streams.make(flags != cudaStreamNonBlocking);
    return cudaSuccess;
}
inline cudaError_t cudaStreamCreate(cudaStream_t* stream) {
    return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

inline cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (stream->capturing()) {
        cuda_shim::captures.break_one(stream);
        return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    }
    if (handle == nullptr && cuda_shim::captures.forbid_default_stream())
        return cuda_shim::fail(cudaErrorStreamCaptureImplicit);
    if (cuda_shim::captures.forbid_unsafe()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    ++cuda_shim::host_waits;
    stream->finish();
    return cudaSuccess;
}

inline cudaError_t cudaDeviceSynchronize() {
    if (cuda_shim::captures.forbid_device()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    cuda_shim::finish_all_streams();
    return cudaSuccess;
}

/// Does what the stream still had to do, without the host waiting for it. A Fault of that becomes an error, as
/// destructors call this.
inline cudaError_t cudaStreamDestroy(cudaStream_t handle) {
    CUstream_st* const stream = handle == nullptr ? nullptr : cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    cudaError_t status = cudaSuccess;
    try {
        stream->finish();
    } catch (const cuda_shim::Fault&) {
        status = cuda_shim::fail(cudaErrorLaunchFailure);
    }
    cuda_shim::captures.end(handle);
    cuda_shim::streams.destroy(handle);
    return status;
}
