#pragma once

#include "tinyres/core/shape.hpp"

namespace tinyres::inline TINYRES_ARCH {

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
