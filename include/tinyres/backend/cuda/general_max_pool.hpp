#pragma once

#include "tinyres/backend/cuda/image_element.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y = the maximum of each window of x, a NaN being greater than all; places, unless null, keep which element of its
/// window it was, the first of equals. A thread takes one of `count` outputs.
template <class T>
__global__ void __launch_bounds__(256)
    general_max_pool_kernel(std::ptrdiff_t count, Dims in, PoolGeometry geometry, const T* x, T* y, std::byte* places) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(geometry.output(), i);
    const Interval rows = geometry.rows.pixels_of(to.row);
    const Interval columns = geometry.columns.pixels_of(to.column);
    int best_row = rows.begin;
    int best_column = columns.begin;
    float best = static_cast<float>(x[to.in(in, best_row, best_column)]);
    for (int row = rows.begin; row < rows.end; ++row)
        for (int column = columns.begin; column < columns.end; ++column) {
            const float value = static_cast<float>(x[to.in(in, row, column)]);
            if (value > best || value != value) {
                best = value;
                best_row = row;
                best_column = column;
            }
        }
    y[i] = static_cast<T>(best);
    if (places)
        places[i] = static_cast<std::byte>((best_row - geometry.rows.start(to.row)) * geometry.columns.window +
                                           best_column - geometry.columns.start(to.column));
}

/// dx = the sum of dy over the windows whose maximum a pixel is, in their order. A thread takes one of `count` inputs.
template <class T>
__global__ void __launch_bounds__(256)
    general_max_pool_gradient_kernel(std::ptrdiff_t count, Dims in, PoolGeometry geometry, const T* dy,
                                     const std::byte* places, T* dx) {
    const std::ptrdiff_t i = global_thread();
    if (i >= count) return;
    const ImageElement to(in, i);
    const Dims out = geometry.output();
    const Interval rows = geometry.rows.windows_of(to.row);
    const Interval columns = geometry.columns.windows_of(to.column);
    float sum = 0.0f;
    for (int row = rows.begin; row < rows.end; ++row)
        for (int column = columns.begin; column < columns.end; ++column) {
            const std::ptrdiff_t from = to.in(out, row, column);
            const int place = (to.row - geometry.rows.start(row)) * geometry.columns.window + to.column -
                              geometry.columns.start(column);
            if (static_cast<int>(places[from]) == place) sum += static_cast<float>(dy[from]);
        }
    dx[i] = static_cast<T>(sum);
}

/// The maximum of each window, wherever the windows lie. Forward keeps the place of each maximum in its window, a byte
/// an output.
template <class T, class Pool, class In>
struct GeneralMaxPoolKernel {
    static constexpr Dims out = Pool::output(In::dims);
    static constexpr KernelNeeds needs{.saved_per_image = static_cast<std::size_t>(out.size())};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * out.size();
        launch(cuda, "general_max_pool", {.blocks = blocks_for(count, 256)}, general_max_pool_kernel<T>, count,
               In::dims, Pool::geometry(In::dims), pass.input, pass.output, pass.training ? pass.saved : nullptr);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "general_max_pool_gradient", {.blocks = blocks_for(count, 256)},
               general_max_pool_gradient_kernel<T>, count, In::dims, Pool::geometry(In::dims), pass.output_gradient,
               pass.saved, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, int Window, int Stride, int Padding, class In>
struct Kernel<Cuda<T>, Bound<MaxPool<Window, Stride, Padding>, In>>
    : cuda::GeneralMaxPoolKernel<T, MaxPool<Window, Stride, Padding>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
