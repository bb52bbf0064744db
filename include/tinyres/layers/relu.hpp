#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// max(x, 0), element by element: PyTorch's `nn.ReLU()`. The gradient at 0 is 0.
struct ReLU : ElementwiseLayer {
    static constexpr std::string_view name = "ReLU";
};

} // namespace TINYRES_ARCH
} // namespace tinyres
