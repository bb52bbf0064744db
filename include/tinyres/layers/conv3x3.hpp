#pragma once

#include "tinyres/core/layer.hpp"
#include "tinyres/layers/bias.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// By which algorithm a backend computes a convolution.
enum class Algorithm {
    fastest, ///< what the backend finds fastest for the shapes; Cpu: F(4x4, 3x3) from 16 channels on, but direct on a
             ///< matrix unit
    direct   ///< the sum as it is written down: the smallest error, and a NaN stays in its 3x3 pixels
};

/// 3x3 convolution, stride 1, zero padding 1: PyTorch's `nn.Conv2d(in, Channels, 3, padding=1)`.
///
///     y[n, h, w, o] = bias[o] + sum over i, kh, kw of weight[o, i, kh, kw] * x[n, h + kh - 1, w + kw - 1, i]
template <int Channels, Bias bias = Bias::yes, Algorithm algorithm = Algorithm::fastest>
struct Conv3x3 {
    static constexpr std::string_view name = "Conv2d";

    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::it_needs_an_image_but_gets_a_flat_vector : Refusal::none;
    }
    static constexpr Dims output(Dims in) { return {Channels, in.height, in.width, false}; }
    static constexpr TensorList tensors(Dims in) {
        const int fan_in = in.channels * 9;
        const TensorSpec weight{.name = "weight",
                                .shape = {Channels, in.channels, 3, 3},
                                .rank = 4,
                                .initial = Initial::weight,
                                .layout = Layout::hwio_of_oihw,
                                .fan_in = fan_in};
        if (bias == Bias::no) return {weight};
        return {weight, {.name = "bias", .shape = {Channels}, .rank = 1, .initial = Initial::bias, .fan_in = fan_in}};
    }
};

/// Whether a layer is a convolution.
template <class Layer>
inline constexpr bool is_convolution = false;
template <int Channels, Bias bias, Algorithm algorithm>
inline constexpr bool is_convolution<Conv3x3<Channels, bias, algorithm>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
