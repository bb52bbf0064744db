#pragma once

#include "tinyres/core/shape.hpp"
#include "tinyres/core/type_list.hpp"

#include <cstddef>
#include <utility>

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

namespace detail {

template <class First, class... Rest>
struct OneOrFused {
    using type = Fused<First, Rest...>;
};
template <class Layer>
struct OneOrFused<Layer> {
    using type = Layer;
};

template <class Layers, int First, class Input, class Indices>
struct OperationOf;

template <class Layers, int First, class Input, std::size_t... Indices>
struct OperationOf<Layers, First, Input, std::index_sequence<Indices...>> {
    using type = Bound<typename OneOrFused<TypeAt<Layers, static_cast<std::size_t>(First) + Indices>...>::type, Input>;
};

} // namespace detail

/// `Length` layers of a TypeList from `First` on as one operation on `Input`: the layer itself, or several fused.
template <class Layers, int First, int Length, class Input>
using OperationOf = typename detail::OperationOf<Layers, First, Input,
                                                 std::make_index_sequence<static_cast<std::size_t>(Length)>>::type;

} // namespace tinyres::inline TINYRES_ARCH
