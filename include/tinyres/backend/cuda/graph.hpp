#pragma once

#include "tinyres/backend/cuda/stream.hpp"

#include <memory>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Kernels that were recorded once and are launched together. Move-only; what they read and write must outlive it.
class Graph {
public:
    Graph() = default;

    /// Records what `work` launches in `stream`, which no other thread may use meanwhile; nothing of it is done. An
    /// exception of its own passes through.
    template <class Work>
    Graph(cudaStream_t stream, Work&& work) {
        // Other threads may do what they like: allocating is forbidden to this one only.
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "beginning to record a graph");
        Recorded recorded;
        try {
            work();
        } catch (...) {
            end(stream, recorded);
            static_cast<void>(cudaGetLastError()); // that the recording was broken off is told by the exception
            throw;
        }
        check(end(stream, recorded), "recording a graph");
        cudaGraphExec_t executable = nullptr;
        check(cudaGraphInstantiate(&executable, recorded.get(), 0), "making a graph ready");
        executable_.reset(executable);
    }

    explicit operator bool() const { return executable_ != nullptr; }

    void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_.get(), stream), "launching a graph"); }

private:
    struct DestroyGraph {
        void operator()(cudaGraph_t graph) const { static_cast<void>(cudaGraphDestroy(graph)); }
    };
    struct DestroyExecutable {
        void operator()(cudaGraphExec_t executable) const { static_cast<void>(cudaGraphExecDestroy(executable)); }
    };
    using Recorded = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;

    static cudaError_t end(cudaStream_t stream, Recorded& recorded) {
        cudaGraph_t graph = nullptr;
        const cudaError_t status = cudaStreamEndCapture(stream, &graph);
        recorded.reset(graph);
        return status;
    }

    std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, DestroyExecutable> executable_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
