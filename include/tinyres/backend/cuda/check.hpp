#pragma once

#include "tinyres/core/error.hpp"

#include <cuda_runtime.h>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What to do about an error of CUDA's, as the end of a line.
inline const char* remedy_of(cudaError_t status) {
    switch (status) {
    case cudaErrorMemoryAllocation:
        return "use a smaller batch or a smaller network, or end other programs on the GPU";
    case cudaErrorNoKernelImageForDevice:
        return "compile the program for this GPU (CMAKE_CUDA_ARCHITECTURES)";
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
        return "start the program again under compute-sanitizer, which names the kernel at fault";
    case cudaErrorStreamCaptureUnsupported:
    case cudaErrorStreamCaptureInvalidated:
        return "make the backend with Graphs::off, which launches every kernel by itself";
    default:
        return "start the program again; if it comes again, look at what nvidia-smi says of the GPU";
    }
}

/// Throws Error with CUDA's own words and what to do unless `status` is success; `what` says what was done ("copying to
/// the GPU"). What goes wrong while the GPU works is told by the next call after it.
inline void check(cudaError_t status, const std::string& what) {
    if (status == cudaSuccess) return;
    static_cast<void>(cudaGetLastError()); // or the next call would report it again
    throw Error("CUDA: " + what + " failed: " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + "); " +
                remedy_of(status));
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
