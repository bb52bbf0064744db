#pragma once

#include "tinyres/core/layer.hpp"
#include "tinyres/layers/bias.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// By which algorithm a backend computes a convolution.
enum class Algorithm {
    fastest, ///< what the backend finds fastest for the shapes; Cpu: F(4x4, 3x3) for 3x3 filters of stride 1 from 16
             ///< channels on, but direct on a matrix unit
    direct   ///< the sum as it is written down: the smallest error, and a NaN stays in the pixels that see it
};

/// How a convolution's filter moves over an image, per axis: its size, the step from one output to the next, the zeros
/// that are assumed around the image on every side, and the distance of neighboring taps.
template <int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int PaddingHeight, int PaddingWidth,
          int DilationHeight, int DilationWidth>
struct Geometry {
    static constexpr int kernel_height = KernelHeight;
    static constexpr int kernel_width = KernelWidth;
    static constexpr int stride_height = StrideHeight;
    static constexpr int stride_width = StrideWidth;
    static constexpr int padding_height = PaddingHeight;
    static constexpr int padding_width = PaddingWidth;
    static constexpr int dilation_height = DilationHeight;
    static constexpr int dilation_width = DilationWidth;
    static constexpr int taps = KernelHeight * KernelWidth;

    /// Pixels along an axis of what comes out; none if the filter does not fit.
    static constexpr int output_height(int height) {
        return output(height, KernelHeight, StrideHeight, PaddingHeight, DilationHeight);
    }
    static constexpr int output_width(int width) {
        return output(width, KernelWidth, StrideWidth, PaddingWidth, DilationWidth);
    }

private:
    static constexpr int output(int size, int kernel, int stride, int padding, int dilation) {
        const int positions = size + 2 * padding - dilation * (kernel - 1);
        return positions > 0 ? (positions - 1) / stride + 1 : 0;
    }
};

/// Why a convolution cannot take an input.
enum class ConvolutionRefusal {
    none,
    it_needs_an_image_but_gets_a_flat_vector,
    the_kernel_must_be_between_1_and_11,
    the_stride_must_be_between_1_and_4,
    the_padding_must_be_between_0_and_16,
    the_dilation_must_be_between_1_and_16,
    the_groups_must_divide_the_channels_of_its_input_and_output,
    the_kernel_is_larger_than_the_padded_image,
};

/// A convolution: PyTorch's `nn.Conv2d`. With stride s, padding p, dilation d and the input channels of o's group:
///
///     y[n, h, w, o] = bias[o] + sum over i, kh, kw of weight[o, i, kh, kw] * x[n, h * s + kh * d - p, w * s + kw * d -
///     p, i]
///
/// Usually written by one of the short names below.
template <int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
struct Convolution {
    static constexpr std::string_view name = "Conv2d";

    static constexpr ConvolutionRefusal refuses(Dims in) {
        using enum ConvolutionRefusal;
        const auto between = [](int least, int most, int a, int b) {
            return least <= a && a <= most && least <= b && b <= most;
        };
        if (in.flat) return it_needs_an_image_but_gets_a_flat_vector;
        if (!between(1, 11, Geometry::kernel_height, Geometry::kernel_width))
            return the_kernel_must_be_between_1_and_11;
        if (!between(1, 4, Geometry::stride_height, Geometry::stride_width)) return the_stride_must_be_between_1_and_4;
        if (!between(0, 16, Geometry::padding_height, Geometry::padding_width))
            return the_padding_must_be_between_0_and_16;
        if (!between(1, 16, Geometry::dilation_height, Geometry::dilation_width))
            return the_dilation_must_be_between_1_and_16;
        if (Groups < 1 || in.channels % Groups != 0 || Channels % Groups != 0)
            return the_groups_must_divide_the_channels_of_its_input_and_output;
        return output(in).pixels() > 0 ? none : the_kernel_is_larger_than_the_padded_image;
    }
    static constexpr Dims output(Dims in) {
        return {Channels, Geometry::output_height(in.height), Geometry::output_width(in.width), false};
    }
    static constexpr TensorList tensors(Dims in) {
        const int group_channels = in.channels / Groups;
        const int fan_in = group_channels * Geometry::taps;
        const TensorSpec weight{.name = "weight",
                                .shape = {Channels, group_channels, Geometry::kernel_height, Geometry::kernel_width},
                                .rank = 4,
                                .initial = Initial::weight,
                                .layout = Layout::hwio_of_oihw,
                                .fan_in = fan_in};
        if (bias == Bias::no) return {weight};
        return {weight, {.name = "bias", .shape = {Channels}, .rank = 1, .initial = Initial::bias, .fan_in = fan_in}};
    }
};

namespace detail {

inline constexpr int height_factor = 1 << 15; // far above all sizes that layers take

constexpr int height_of(int extent) {
    return extent >= height_factor ? extent / height_factor - 1 : extent;
}
constexpr int width_of(int extent) {
    return extent >= height_factor ? extent % height_factor : extent;
}

} // namespace detail

/// A size that is not the same along both axes, where a layer takes one number for both: `Conv<64, by(1, 7), 1, by(0,
/// 3)>` has filters one pixel high and seven wide.
constexpr int by(int height, int width) {
    const bool fits = height >= 0 && height < detail::height_factor && width >= 0 && width < detail::height_factor;
    return fits ? (height + 1) * detail::height_factor + width : -1; // which every layer refuses
}

/// A convolution with its arguments in about PyTorch's order: `Conv<64, 7, 2, 3>` is `nn.Conv2d(in, 64, 7, 2, 3)`.
/// `Groups` up to the number of channels (depthwise).
template <int Channels, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1, Bias bias = Bias::yes,
          int Dilation = 1, Algorithm algorithm = Algorithm::fastest>
using Conv = Convolution<Channels,
                         Geometry<detail::height_of(Kernel), detail::width_of(Kernel), detail::height_of(Stride),
                                  detail::width_of(Stride), detail::height_of(Padding), detail::width_of(Padding),
                                  detail::height_of(Dilation), detail::width_of(Dilation)>,
                         Groups, bias, algorithm>;

/// 1x1 convolution: `nn.Conv2d(in, Channels, 1)`.
template <int Channels, Bias bias = Bias::yes, Algorithm algorithm = Algorithm::fastest>
using Conv1x1 = Convolution<Channels, Geometry<1, 1, 1, 1, 0, 0, 1, 1>, 1, bias, algorithm>;

/// 3x3 convolution that keeps the image's size: `nn.Conv2d(in, Channels, 3, padding=1)`.
template <int Channels, Bias bias = Bias::yes, Algorithm algorithm = Algorithm::fastest>
using Conv3x3 = Convolution<Channels, Geometry<3, 3, 1, 1, 1, 1, 1, 1>, 1, bias, algorithm>;

/// 5x5 convolution that keeps the image's size: `nn.Conv2d(in, Channels, 5, padding=2)`.
template <int Channels, Bias bias = Bias::yes, Algorithm algorithm = Algorithm::fastest>
using Conv5x5 = Convolution<Channels, Geometry<5, 5, 1, 1, 2, 2, 1, 1>, 1, bias, algorithm>;

/// 3x3 convolution of each channel by itself: `nn.Conv2d(Channels, Channels, 3, Stride, padding=1, groups=Channels)`.
template <int Channels, int Stride = 1, Bias bias = Bias::yes, Algorithm algorithm = Algorithm::fastest>
using DepthwiseConv3x3 = Convolution<Channels, Geometry<3, 3, Stride, Stride, 1, 1, 1, 1>, Channels, bias, algorithm>;

/// Whether a layer is a convolution.
template <class Layer>
inline constexpr bool is_convolution = false;
template <int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
inline constexpr bool is_convolution<Convolution<Channels, Geometry, Groups, bias, algorithm>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
