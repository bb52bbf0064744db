#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The mean of each channel over the whole image, as an image of one pixel: PyTorch's `nn.AdaptiveAvgPool2d(1)`.
struct GlobalAvgPool {
    static constexpr std::string_view name = "AdaptiveAvgPool2d";

    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::it_needs_an_image_but_gets_a_flat_vector : Refusal::none;
    }
    static constexpr Dims output(Dims in) { return {in.channels, 1, 1, false}; }
    static constexpr TensorList tensors(Dims) { return {}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
