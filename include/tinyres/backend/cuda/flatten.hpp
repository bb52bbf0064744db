#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/flatten.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// to (count / (Rows * Columns), Columns, Rows) from (count / (Rows * Columns), Rows, Columns); a thread writes a
/// number, neighbors beside each other, and the caches help those that read.
template <class From, class To, int Rows, int Columns>
__global__ void transpose_kernel(std::ptrdiff_t count, const From* from, To* to) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i >= count) return;
    constexpr int size = Rows * Columns;
    const std::ptrdiff_t matrix = i / size;
    const int place = static_cast<int>(i % size);
    to[i] = static_cast<To>(static_cast<float>(from[matrix * size + place % Rows * Columns + place / Rows]));
}

/// (height, width, channels) to (channels, height, width); a single pixel stays where it is.
template <class T, class In>
struct FlattenKernel {
    using Image = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{.view = In::pixels == 1 && std::is_same_v<Image, float>};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Image, float>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "transpose", {.blocks = blocks_for(count, 256)},
               transpose_kernel<Image, float, In::pixels, In::channels>, count, pass.input, pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Image, float>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "transpose", {.blocks = blocks_for(count, 256)},
               transpose_kernel<float, Image, In::channels, In::pixels>, count, pass.output_gradient,
               pass.input_gradient);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<Flatten, In>> : cuda::FlattenKernel<T, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
