#pragma once

#include "tinyres/layers/convolution.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A convolution on images of one size as plain numbers, for kernels that are compiled once and take their sizes at run
/// time.
struct ConvolutionSizes {
    Dims in;
    Dims out;
    int kernel_height = 1;
    int kernel_width = 1;
    int stride_height = 1;
    int stride_width = 1;
    int padding_height = 0;
    int padding_width = 0;
    int dilation_height = 1;
    int dilation_width = 1;
    int groups = 1;
    bool bias = true;

    constexpr int taps() const { return kernel_height * kernel_width; }
    constexpr int group_inputs() const { return in.channels / groups; }
    constexpr int group_outputs() const { return out.channels / groups; }
    /// Of the weights (kernel height, kernel width, group_inputs, out.channels).
    constexpr int weight_count() const { return taps() * group_inputs() * out.channels; }
    /// The input's row that an output's row meets at a row of the filter; below 0 or above the last one in the padding.
    constexpr int input_row(int output_row, int kernel_row) const {
        return output_row * stride_height + kernel_row * dilation_height - padding_height;
    }
    constexpr int input_column(int output_column, int kernel_column) const {
        return output_column * stride_width + kernel_column * dilation_width - padding_width;
    }
};

/// The sizes of a convolution on images of the dimensions `in`.
template <int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
constexpr ConvolutionSizes convolution_sizes(Convolution<Channels, Geometry, Groups, bias, algorithm> layer, Dims in) {
    return {.in = in,
            .out = layer.output(in),
            .kernel_height = Geometry::kernel_height,
            .kernel_width = Geometry::kernel_width,
            .stride_height = Geometry::stride_height,
            .stride_width = Geometry::stride_width,
            .padding_height = Geometry::padding_height,
            .padding_width = Geometry::padding_width,
            .dilation_height = Geometry::dilation_height,
            .dilation_width = Geometry::dilation_width,
            .groups = Groups,
            .bias = bias == Bias::yes};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
