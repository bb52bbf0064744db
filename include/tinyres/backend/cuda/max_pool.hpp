#pragma once

#include "tinyres/backend/cuda/channel_tile.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/pooling_windows.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y (outputs, Channels) = the maximum of each window of x, a NaN being greater than all; places (outputs, Channels),
/// unless null, keep which element it was, the first of equals. A thread takes one output of `width` channels.
template <class T, int Width, int Channels, int Window>
__global__ void __launch_bounds__(256) max_pool_kernel(int outputs, const T* x, T* y, std::byte* places) {
    using Windows = PoolingWindows<Width, Window>;
    using Tile = ChannelTile<T, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int output = static_cast<int>(blockIdx.x) * Tile::down + mine.row;
    if (!mine.at_work || output >= outputs) return;
    const int corner = Windows::corner(output);
    float maximum[Tile::width];
    Vector<std::uint8_t, Tile::width> place{};
    load_vector(maximum, x + mine.at(corner));
    for (int element = 1; element < Windows::elements; ++element) {
        float values[Tile::width];
        load_vector(values, x + mine.at(corner + Windows::pixel(element)));
        for (int j = 0; j < Tile::width; ++j)
            if (values[j] > maximum[j] || values[j] != values[j]) {
                maximum[j] = values[j];
                place.numbers[j] = static_cast<std::uint8_t>(element);
            }
    }
    store_vector(maximum, y + mine.at(output));
    if (places) *reinterpret_cast<Vector<std::uint8_t, Tile::width>*>(places + mine.at(output)) = place;
}

/// dx (batch, height, Width, Channels) = dy at the places of the maxima, else 0.
template <class T, int Width, int Channels, int Window>
__global__ void __launch_bounds__(256)
    max_pool_gradient_kernel(int outputs, const T* dy, const std::byte* places, T* dx) {
    using Windows = PoolingWindows<Width, Window>;
    using Tile = ChannelTile<T, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int output = static_cast<int>(blockIdx.x) * Tile::down + mine.row;
    if (!mine.at_work || output >= outputs) return;
    float gradient[Tile::width];
    load_vector(gradient, dy + mine.at(output));
    const auto place = *reinterpret_cast<const Vector<std::uint8_t, Tile::width>*>(places + mine.at(output));
    const int corner = Windows::corner(output);
    for (int element = 0; element < Windows::elements; ++element) {
        float values[Tile::width];
        for (int j = 0; j < Tile::width; ++j) values[j] = place.numbers[j] == element ? gradient[j] : 0.0f;
        store_vector(values, dx + mine.at(corner + Windows::pixel(element)));
    }
}

/// The maximum of each window, where the windows are tiles of the image (general_max_pool.hpp has the others). Forward
/// keeps where it was, a byte an output, so that the input need not be kept.
template <class T, int Window, class In>
struct MaxPoolKernel {
    using Tile = ChannelTile<T, In::channels>;
    static constexpr int outputs_an_image = In::pixels / (Window * Window);
    static constexpr KernelNeeds needs{.saved_per_image = std::size_t{outputs_an_image} * In::channels};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        launch(cuda, "max_pool", grid(pass.batch), max_pool_kernel<T, In::width, In::channels, Window>,
               pass.batch * outputs_an_image, pass.input, pass.output, pass.training ? pass.saved : nullptr);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        launch(cuda, "max_pool_gradient", grid(pass.batch),
               max_pool_gradient_kernel<T, In::width, In::channels, Window>, pass.batch * outputs_an_image,
               pass.output_gradient, pass.saved, pass.input_gradient);
    }

private:
    static Grid grid(int batch) {
        return {.blocks = dim3(blocks_for(std::ptrdiff_t{batch} * outputs_an_image, Tile::down), Tile::blocks_across)};
    }
};

} // namespace cuda

template <class T, int Window, class In>
requires window_divides<Window, In>
struct Kernel<Cuda<T>, Bound<MaxPool<Window>, In>> : cuda::MaxPoolKernel<T, Window, In> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
