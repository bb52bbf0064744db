#pragma once

#include "tinyres/backend/cuda/image_element.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/upsample.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y = the pixel of x whose square each pixel lies in. A thread takes one of `count` outputs.
template <class T>
__global__ void __launch_bounds__(256)
    upsample_kernel(std::ptrdiff_t count, Dims in, Dims out, int factor, const T* x, T* y) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(out, i);
    y[i] = x[to.in(in, to.row / factor, to.column / factor)];
}

/// dx = the sum of dy over each pixel's square, in row-major order. A thread takes one of `count` inputs.
template <class T>
__global__ void __launch_bounds__(256)
    upsample_gradient_kernel(std::ptrdiff_t count, Dims in, Dims out, int factor, const T* dy, T* dx) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(in, i);
    float sum = 0.0f;
    for (int row = to.row * factor; row < (to.row + 1) * factor; ++row)
        for (int column = to.column * factor; column < (to.column + 1) * factor; ++column)
            sum += static_cast<float>(dy[to.in(out, row, column)]);
    dx[i] = static_cast<T>(sum);
}

/// Each pixel as a square of `Factor` x `Factor` pixels.
template <class T, int Factor, class In>
struct UpsampleKernel {
    static constexpr Dims out = Upsample<Factor>::output(In::dims);
    static constexpr KernelNeeds needs{};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * out.size();
        launch(cuda, "upsample", {.blocks = blocks_for(count, 256)}, upsample_kernel<T>, count, In::dims, out, Factor,
               pass.input, pass.output);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "upsample_gradient", {.blocks = blocks_for(count, 256)}, upsample_gradient_kernel<T>, count,
               In::dims, out, Factor, pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, int Factor, class In>
struct Kernel<Cuda<T>, Bound<Upsample<Factor>, In>> : cuda::UpsampleKernel<T, Factor, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
