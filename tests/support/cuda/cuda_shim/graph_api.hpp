#pragma once

#include "stream_api.hpp"

using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

namespace cuda_shim {

/// How many graphs were launched.
inline std::atomic<int> graph_launches = 0;

} // namespace cuda_shim

inline cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (handle == nullptr || stream->capturing()) return cuda_shim::fail(cudaErrorStreamCaptureUnsupported);
    stream->capture = std::make_unique<CUgraph_st>();
    cuda_shim::captures.begin(stream, mode, stream->blocking);
    return cudaSuccess;
}

inline cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
    *graph = nullptr;
    CUstream_st* const stream = cuda_shim::streams.find(handle);
    if (stream == nullptr) return cuda_shim::fail(cudaErrorInvalidResourceHandle);
    if (!stream->capturing()) return cuda_shim::fail(cudaErrorInvalidValue);
    if (!cuda_shim::captures.may_end(stream)) return cuda_shim::fail(cudaErrorStreamCaptureWrongThread);
    auto captured = std::exchange(stream->capture, nullptr);
    if (!cuda_shim::captures.end(stream)) return cuda_shim::fail(cudaErrorStreamCaptureInvalidated);
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
