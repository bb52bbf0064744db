#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How many slopes a PReLU trains.
enum class Slopes { one, per_channel };

/// x where x > 0, else slope * x with a trained slope that begins at 0.25: PyTorch's `nn.PReLU()`, or, with
/// `Slopes::per_channel`, `nn.PReLU(channels)`. The gradient at 0 is the slope. He et al. (2015).
template <Slopes slopes = Slopes::one>
struct PReLU : ElementwiseLayer {
    static constexpr std::string_view name = "PReLU";

    static constexpr TensorList tensors(Dims in) {
        return {{.name = "weight",
                 .shape = {slopes == Slopes::one ? 1 : in.channels},
                 .rank = 1,
                 .initial = Initial::constant,
                 .initial_value = 0.25}};
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
