#pragma once

#include "tinyres/layers/pooling.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Whether the zeros around an image count as pixels of a mean.
enum class CountPadding : bool { no, yes };

/// The mean of each `Window` x `Window` square, one every `Stride` pixels: PyTorch's
/// `nn.AvgPool2d(Window, Stride, Padding, count_include_pad=...)`. What is left over at the right and at the bottom is
/// left out. With CountPadding::no the sum is divided by the number of pixels that a window has on the image.
template <int Window, int Stride = Window, int Padding = 0, CountPadding count_padding = CountPadding::yes>
struct AvgPool : PoolingLayer<Window, Stride, Padding> {
    static constexpr std::string_view name = "AvgPool2d";
};

} // namespace TINYRES_ARCH
} // namespace tinyres
