#pragma once

#include "tinyres/backend/cuda/image_element.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/avg_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y = the mean of each window of x. A thread takes one of `count` outputs.
template <class T>
__global__ void __launch_bounds__(256)
    avg_pool_kernel(std::ptrdiff_t count, Dims in, AvgPoolGeometry geometry, const T* x, T* y) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(geometry.output(), i);
    const Interval rows = geometry.rows.pixels_of(to.row);
    const Interval columns = geometry.columns.pixels_of(to.column);
    float sum = 0.0f;
    for (int row = rows.begin; row < rows.end; ++row)
        for (int column = columns.begin; column < columns.end; ++column)
            sum += static_cast<float>(x[to.in(in, row, column)]);
    y[i] = static_cast<T>(sum / static_cast<float>(geometry.divisor(to.row, to.column)));
}

/// dx = the sum of a pixel's shares of dy over the windows that hold it, in their order. A thread takes one of `count`
/// inputs.
template <class T>
__global__ void __launch_bounds__(256)
    avg_pool_gradient_kernel(std::ptrdiff_t count, Dims in, AvgPoolGeometry geometry, const T* dy, T* dx) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(in, i);
    const Dims out = geometry.output();
    const Interval rows = geometry.rows.windows_of(to.row);
    const Interval columns = geometry.columns.windows_of(to.column);
    float sum = 0.0f;
    for (int row = rows.begin; row < rows.end; ++row)
        for (int column = columns.begin; column < columns.end; ++column)
            sum += static_cast<float>(dy[to.in(out, row, column)]) / static_cast<float>(geometry.divisor(row, column));
    dx[i] = static_cast<T>(sum);
}

/// The mean of each window.
template <class T, class Pool, class In>
struct AvgPoolKernel {
    static constexpr KernelNeeds needs{};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * Pool::output(In::dims).size();
        launch(cuda, "avg_pool", {.blocks = blocks_for(count, 256)}, avg_pool_kernel<T>, count, In::dims,
               Pool::geometry(In::dims), pass.input, pass.output);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "avg_pool_gradient", {.blocks = blocks_for(count, 256)}, avg_pool_gradient_kernel<T>, count,
               In::dims, Pool::geometry(In::dims), pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, int Window, int Stride, int Padding, CountPadding count_padding, class In>
struct Kernel<Cuda<T>, Bound<AvgPool<Window, Stride, Padding, count_padding>, In>>
    : cuda::AvgPoolKernel<T, AvgPool<Window, Stride, Padding, count_padding>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
