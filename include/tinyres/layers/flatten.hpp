#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// An image as one vector in PyTorch's order (channel, row, column): `nn.Flatten()`. Costs nothing on 1x1 images.
struct Flatten {
    static constexpr std::string_view name = "Flatten";

    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::it_needs_an_image_but_gets_a_flat_vector : Refusal::none;
    }
    static constexpr Dims output(Dims in) { return {in.size(), 1, 1, true}; }
    static constexpr TensorList tensors(Dims) { return {}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
