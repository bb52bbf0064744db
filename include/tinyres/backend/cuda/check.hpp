#pragma once

#include "tinyres/core/error.hpp"

#include <cuda_runtime.h>
#include <string>

namespace tinyres::inline TINYRES_ARCH {

/// Throws Error with CUDA's own words unless `status` is success; `what` says what was done ("copying to the GPU").
inline void check_cuda(cudaError_t status, const std::string& what) {
    if (status == cudaSuccess) return;
    static_cast<void>(cudaGetLastError()); // or the next call would report it again
    throw Error("CUDA: " + what + " failed: " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")");
}

} // namespace tinyres::inline TINYRES_ARCH
