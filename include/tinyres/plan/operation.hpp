#pragma once

#include "tinyres/core/shape.hpp"

#include <cstddef>

namespace tinyres::inline TINYRES_ARCH {

/// How a backend keeps an activation of this shape: images, which are large, in its Storage; vectors, which are small
/// and what the loss is computed from, in its Scalar.
template <class Backend, class Shape>
using Stored = std::conditional_t<Shape::dims.flat, typename Backend::Scalar, typename Backend::Storage>;

/// Bytes of an activation of these dimensions, for one image.
template <class Backend>
constexpr std::size_t stored_bytes(Dims dims) {
    return static_cast<std::size_t>(dims.size()) *
           (dims.flat ? sizeof(Stored<Backend, Shape<1>>) : sizeof(Stored<Backend, Shape<1, 1, 1>>));
}

/// One operation of a plan: a layer bound to the shape of its input. Kernels are keyed on it and so never know the
/// network or their place in it.
template <class Layer, class Input>
struct Bound {
    using InputShape = Input;
    static constexpr Dims in = Input::dims;
    static constexpr Dims out = Layer::output(Input::dims);
};

/// Neighbouring layers that a backend runs as one operation, as its plan found them.
template <class First, class... Rest>
struct Fused {
    static constexpr Dims output(Dims in) {
        in = First::output(in);
        ((in = Rest::output(in)), ...);
        return in;
    }
};

} // namespace tinyres::inline TINYRES_ARCH
