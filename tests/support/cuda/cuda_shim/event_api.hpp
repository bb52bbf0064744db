#pragma once

#include "stream_api.hpp"

using cudaEvent_t = CUevent_st*;

inline constexpr unsigned cudaEventDisableTiming = 2;

/// Flags do not matter: no event knows the time.
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
    *event = new CUevent_st;
    return cudaSuccess;
}

inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}

/// In a stream that is being captured an event marks a place in the graph, which nobody can wait for.
inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle = nullptr) {
    const CUstream_st* const stream = cuda_shim::streams.find(handle);
    event->stream = handle;
    event->captured = stream != nullptr && stream->capturing();
    if (event->captured) return cuda_shim::add(handle, [] {});
    const unsigned number = ++event->state->recorded;
    return cuda_shim::add(handle, [state = event->state, number] { state->reached = number; });
}

namespace cuda_shim {

/// Success if an event may be asked or waited for.
inline cudaError_t may_be_asked(const CUevent_st& event) {
    if (event.captured) {
        captures.break_one(event.stream);
        return fail(cudaErrorCapturedEvent);
    }
    return captures.forbid_unsafe() ? fail(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}

} // namespace cuda_shim

/// Success for an event that was never put into a stream.
inline cudaError_t cudaEventQuery(cudaEvent_t event) {
    const cudaError_t status = cuda_shim::may_be_asked(*event);
    if (status != cudaSuccess) return status;
    return event->state->done() ? cudaSuccess : cuda_shim::fail(cudaErrorNotReady);
}

inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    const cudaError_t status = cuda_shim::may_be_asked(*event);
    if (status != cudaSuccess) return status;
    ++cuda_shim::host_waits;
    CUstream_st* const stream = cuda_shim::streams.find(event->stream);
    if (stream != nullptr) stream->finish_until(*event->state);
    return cudaSuccess;
}
