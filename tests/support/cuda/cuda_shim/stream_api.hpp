#pragma once

#include "errors.hpp"
#include "fault.hpp"
#include "stream.hpp"

using cudaStream_t = CUstream_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

inline constexpr unsigned cudaStreamDefault = 0;
inline constexpr unsigned cudaStreamNonBlocking = 1;
enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2,
};

namespace cuda_shim {

/// Adds work to a stream; copies and launches go through here.
inline cudaError_t add(cudaStream_t handle, Work work) {
    CUstream_st* const stream = streams.find(handle);
    if (stream == nullptr) return fail(cudaErrorInvalidResourceHandle);
    if (stream->capture_is_broken) return fail(cudaErrorStreamCaptureInvalidated);
    stream->add(std::move(work));
    return cudaSuccess;
}

/// Whether some stream is being captured, which this breaks: for calls that a graph cannot hold.
inline bool breaks_capture() {
    bool broken = false;
    streams.each([&](CUstream_st& stream) {
        if (!stream.capturing()) return;
        stream.capture_is_broken = true;
        broken = true;
    });
    return broken;
}

/// For calls that wait for the whole device.
inline cudaError_t finish_all_streams() {
    if (breaks_capture()) return fail(cudaErrorStreamCaptureUnsupported);
    WorkList works;
    streams.each([&](CUstream_st& stream) {
        works.insert(works.end(), stream.pending.begin(), stream.pending.end());
        stream.pending.clear();
    });
    for (const Work& work : works) work();
    return cudaSuccess;
}

} // namespace cuda_shim

/// Flags do not matter: no stream waits for another, as with cudaStreamNonBlocking.
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
    *stream = cuda_shim::streams.make();
    return cudaSuccess;
}
inline cudaError_t cudaStreamCreate(cudaStream_t* stream) {
    return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

inline cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (stream->capturing()) {
        stream->capture_is_broken = true;
        return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    }
    stream->finish();
    return cudaSuccess;
}

inline cudaError_t cudaDeviceSynchronize() {
    return cuda_shim::finish_all_streams();
}

/// Does what the stream still had to do. A Fault of that becomes an error, as destructors call this.
inline cudaError_t cudaStreamDestroy(cudaStream_t handle) {
    CUstream_st* const stream = handle == nullptr ? nullptr : cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    cudaError_t status = cudaSuccess;
    try {
        stream->finish();
    } catch (const cuda_shim::Fault&) {
        status = cuda_shim::fail(cudaErrorLaunchFailure);
    }
    cuda_shim::streams.destroy(handle);
    return status;
}

inline cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode) {
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (handle == nullptr || stream->capturing()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    stream->capture = std::make_unique<CUgraph_st>();
    return cudaSuccess;
}

inline cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
    *graph = nullptr;
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (!stream->capturing()) return cuda_shim::fail(cudaErrorInvalidValue);
    auto captured = std::exchange(stream->capture, nullptr);
    if (std::exchange(stream->capture_is_broken, false)) return cuda_shim::fail(cudaErrorStreamCaptureInvalidated);
    *graph = captured.release();
    return cudaSuccess;
}

inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long = 0) {
    if (graph == nullptr) return cuda_shim::fail(cudaErrorInvalidValue);
    *executable = new CUgraphExec_st{std::make_shared<const cuda_shim::WorkList>(graph->works)};
    return cudaSuccess;
}

inline cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
    if (executable == nullptr) return cuda_shim::fail(cudaErrorInvalidValue);
    return cuda_shim::add(stream, [works = executable->works] {
        for (const cuda_shim::Work& work : *works) work();
    });
}

inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    delete graph;
    return cudaSuccess;
}

inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
    delete executable;
    return cudaSuccess;
}
