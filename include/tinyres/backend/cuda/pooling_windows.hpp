#pragma once

#include "tinyres/core/config.hpp"

#include <cuda_runtime.h>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// How pooling counts: images are rows of Width pixels one below the other, over the whole batch; a window's elements
/// stand in row-major order.
template <int Width, int Window>
struct PoolingWindows {
    static constexpr int across = Width / Window;
    static constexpr int elements = Window * Window;

    /// The first pixel of output `output`'s window, both counted over the batch.
    static __device__ int corner(int output) { return output / across * Window * Width + output % across * Window; }
    /// From there to an element's pixel.
    static __device__ int pixel(int element) { return element / Window * Width + element % Window; }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
