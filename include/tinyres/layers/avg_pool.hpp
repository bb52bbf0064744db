#pragma once

#include "tinyres/layers/pooling.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Whether the zeros around an image count as pixels of a mean.
enum class CountPadding : bool { no, yes };

/// How the windows of AvgPool lie on images, and by what their sums are divided.
struct AvgPoolGeometry : PoolGeometry {
    bool count_padding = true;

    constexpr AvgPoolGeometry(const PoolGeometry& windows, CountPadding padding)
        : PoolGeometry(windows), count_padding(padding == CountPadding::yes) {}

    /// The pixels that a window counts.
    constexpr int divisor(int row, int column) const {
        return count_padding ? rows.window * columns.window
                             : rows.pixels_of(row).count() * columns.pixels_of(column).count();
    }
};

/// The mean of each `Window` x `Window` square, one every `Stride` pixels: PyTorch's
/// `nn.AvgPool2d(Window, Stride, Padding, count_include_pad=...)`. What is left over at the right and at the bottom is
/// left out. With CountPadding::no the sum is divided by the number of pixels that a window has on the image.
template <int Window, int Stride = Window, int Padding = 0, CountPadding count_padding = CountPadding::yes>
struct AvgPool : PoolingLayer<Window, Stride, Padding> {
    static constexpr std::string_view name = "AvgPool2d";

    /// Where the windows lie on images of these dimensions.
    static constexpr AvgPoolGeometry geometry(Dims in) {
        return {PoolingLayer<Window, Stride, Padding>::geometry(in), count_padding};
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
