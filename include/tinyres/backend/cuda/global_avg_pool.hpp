#pragma once

#include "tinyres/backend/cuda/image_element.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/global_avg_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y (count / channels, channels) = the mean of each channel of x. A thread takes one of `count` outputs; rows are
/// summed each by itself first, which costs fewer digits than one long sum.
template <class T>
__global__ void __launch_bounds__(256) global_avg_pool_kernel(std::ptrdiff_t count, Dims in, const T* x, T* y) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to({in.channels, 1, 1, false}, i);
    float total = 0.0f;
    for (int row = 0; row < in.height; ++row) {
        float sum = 0.0f;
        for (int column = 0; column < in.width; ++column) sum += static_cast<float>(x[to.in(in, row, column)]);
        total += sum;
    }
    y[i] = static_cast<T>(total / static_cast<float>(in.pixels()));
}

/// dx = dy / pixels. A thread takes one of `count` inputs.
template <class T>
__global__ void __launch_bounds__(256)
    global_avg_pool_gradient_kernel(std::ptrdiff_t count, Dims in, const T* dy, T* dx) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(in, i);
    const std::ptrdiff_t from = to.in({in.channels, 1, 1, false}, 0, 0);
    dx[i] = static_cast<T>(static_cast<float>(dy[from]) / static_cast<float>(in.pixels()));
}

/// The mean of each channel.
template <class T, class In>
struct GlobalAvgPoolKernel {
    static constexpr KernelNeeds needs{};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::channels;
        launch(cuda, "global_avg_pool", {.blocks = blocks_for(count, 256)}, global_avg_pool_kernel<T>, count, In::dims,
               pass.input, pass.output);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "global_avg_pool_gradient", {.blocks = blocks_for(count, 256)}, global_avg_pool_gradient_kernel<T>,
               count, In::dims, pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<GlobalAvgPool, In>> : cuda::GlobalAvgPoolKernel<T, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
