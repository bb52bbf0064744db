#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Normalizes each image's channels in `Groups` groups of neighbors, over all pixels: PyTorch's
/// `nn.GroupNorm(Groups, channels)`. The same in training and prediction.
///
///     y = (x - mean) / sqrt(variance + epsilon) * weight + bias      (weight and bias a channel)
///
/// Wu and He (2018).
template <int Groups>
struct GroupNorm {
    static constexpr std::string_view name = "GroupNorm";
    static constexpr double epsilon = 1e-5;

    static constexpr Refusal refuses(Dims in) {
        if (Groups < 1) return Refusal::there_must_be_at_least_one_group;
        if (in.flat) return Refusal::it_needs_an_image_but_gets_a_flat_vector;
        return in.channels % Groups == 0 ? Refusal::none : Refusal::the_groups_must_divide_the_channels;
    }
    static constexpr Dims output(Dims in) { return in; }
    static constexpr TensorList tensors(Dims in) {
        return {{.name = "weight", .shape = {in.channels}, .rank = 1, .initial = Initial::ones},
                {.name = "bias", .shape = {in.channels}, .rank = 1, .initial = Initial::zeros}};
    }
};

/// All channels and pixels of an image as one group.
using LayerNorm = GroupNorm<1>;

} // namespace TINYRES_ARCH
} // namespace tinyres
