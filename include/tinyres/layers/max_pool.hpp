#pragma once

#include "tinyres/layers/pooling.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The maximum of each `Window` x `Window` square, one every `Stride` pixels: PyTorch's
/// `nn.MaxPool2d(Window, Stride, Padding)`. What is left over at the right and at the bottom is left out. The padding
/// never is the maximum. The gradient goes to the first maximum of a window in row-major order, as in PyTorch; a NaN
/// counts as the maximum.
template <int Window, int Stride = Window, int Padding = 0>
struct MaxPool : PoolingLayer<Window, Stride, Padding> {
    static constexpr std::string_view name = "MaxPool2d";
};

/// Whether MaxPool<Window> uses every pixel of images of shape `In`: a kernel may then take the windows for tiles.
template <int Window, class In>
inline constexpr bool
    window_divides = Window > 0 &&
                     In::height % (Window > 0 ? Window : 1) == 0 && In::width % (Window > 0 ? Window : 1) == 0;

/// Whether a layer takes maxima of windows.
template <class Layer>
inline constexpr bool is_max_pool = false;
template <int Window, int Stride, int Padding>
inline constexpr bool is_max_pool<MaxPool<Window, Stride, Padding>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
