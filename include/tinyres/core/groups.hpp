#pragma once

#include "tinyres/core/config.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Layers (or groups of layers) one after the other. PyTorch: `nn.Sequential`.
template <class... Layers>
struct Sequential {};

/// The value itself, without a layer: a branch of Concat, or a shortcut of Residual. PyTorch: `nn.Identity`.
struct Identity {};

/// A residual block: `body(x) + x`, where the body is its layers one after the other and must keep the shape.
/// He et al., "Deep residual learning for image recognition" (2015).
template <class... Body>
struct ResBlock {};

/// A residual block whose shortcut has layers, too: `body(x) + shortcut(x)`. Each is a layer or a group; both must end
/// in the same shape. In state dicts they are `body` and `shortcut`.
///
///     Residual<Sequential<Conv3x3<64>, BatchNorm>, Conv3x3<64>>
template <class Body, class Shortcut>
struct Residual {};

/// The outputs of all branches, their channels one after the other: `torch.cat([branch(x), ...], dim=1)`. The branches
/// read the same value and must keep or change height and width alike. Flat vectors are joined likewise.
///
///     Concat<Identity, Sequential<BatchNorm, ReLU, Conv3x3<12>>>    // DenseNet: x and what is new
template <class... Branches>
struct Concat {};

/// The input times a gate that is computed from it: `x * gate(x)`, the gate being its layers one after the other. It
/// gives one value per channel (a vector, or an image of one pixel), by which all pixels of that channel are
/// multiplied, or keeps the shape. Hu et al., "Squeeze-and-excitation networks" (2017).
template <class... Gate>
struct Scale {};

} // namespace TINYRES_ARCH
} // namespace tinyres
