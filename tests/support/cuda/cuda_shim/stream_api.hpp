#pragma once

#include "errors.hpp"
#include "fault.hpp"
#include "stream.hpp"

using cudaStream_t = CUstream_st*;
using cudaEvent_t = CUevent_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

inline constexpr unsigned cudaStreamDefault = 0;
inline constexpr unsigned cudaStreamNonBlocking = 1;
inline constexpr unsigned cudaEventDisableTiming = 2;
enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2,
};

namespace cuda_shim {

/// How many graphs were launched.
inline std::atomic<int> graph_launches = 0;

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
    ++host_waits;
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
    ++cuda_shim::host_waits;
    stream->finish();
    return cudaSuccess;
}

inline cudaError_t cudaDeviceSynchronize() {
    return cuda_shim::finish_all_streams();
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
    cuda_shim::streams.destroy(handle);
    return status;
}

/// Flags do not matter: no event knows the time.
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
    *event = new CUevent_st;
    return cudaSuccess;
}

inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}

inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr) {
    event->stream = stream;
    const unsigned number = ++event->state->recorded;
    return cuda_shim::add(stream, [state = event->state, number] { state->reached = number; });
}

/// Success for an event that was never put into a stream.
inline cudaError_t cudaEventQuery(cudaEvent_t event) {
    return event->state->done() ? cudaSuccess : cuda_shim::fail(cudaErrorNotReady);
}

inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    ++cuda_shim::host_waits;
    CUstream_st* const stream = cuda_shim::streams.find(event->stream);
    if (stream != nullptr) stream->finish_until(*event->state);
    return cudaSuccess;
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
    *executable = nullptr;
    if (graph == nullptr) return cuda_shim::fail(cudaErrorInvalidValue);
    if (cuda_shim::fails_now(cuda_shim::settings.graphs_before_failure))
        return cuda_shim::fail(cudaErrorMemoryAllocation);
    *executable = new CUgraphExec_st{std::make_shared<const cuda_shim::WorkList>(graph->works)};
    return cudaSuccess;
}

inline cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
    if (executable == nullptr) return cuda_shim::fail(cudaErrorInvalidValue);
    if (cuda_shim::fails_now(cuda_shim::settings.launches_before_failure))
        return cuda_shim::fail(cudaErrorLaunchFailure);
    ++cuda_shim::graph_launches;
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
