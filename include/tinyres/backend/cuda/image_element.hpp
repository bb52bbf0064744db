#pragma once

#include "tinyres/core/shape.hpp"

#include <cstddef>
#include <cuda_runtime.h>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Where a number stands in a batch of images.
struct ImageElement {
    std::ptrdiff_t image;
    int row;
    int column;
    int channel;

    /// Number `i` of images of these dimensions.
    __device__ ImageElement(Dims dims, std::ptrdiff_t i)
        : image(i / dims.size()),
          row(static_cast<int>(i % dims.size()) / (dims.width * dims.channels)),
          column(static_cast<int>(i % dims.size()) / dims.channels % dims.width),
          channel(static_cast<int>(i % dims.size()) % dims.channels) {}

    /// The index of the element at (`row`, `column`), in the same image and channel, of images of other dimensions.
    __device__ std::ptrdiff_t in(Dims dims, int other_row, int other_column) const {
        return ((image * dims.height + other_row) * dims.width + other_column) * dims.channels + channel;
    }
};

/// The number of this thread, counted over all blocks along x.
__device__ __forceinline__ std::ptrdiff_t global_thread() {
    return std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
