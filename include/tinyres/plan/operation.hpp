#pragma once

#include "tinyres/core/walk.hpp"

#include <cstddef>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

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

namespace detail {

/// What the operation of a layer, or of several fused, is about: its output, and its tensors' values.
template <class Layer>
struct Facts {
    static constexpr Dims output(std::span<const Dims> in) { return output_of<Layer>(in); }
    static constexpr int size(std::span<const Dims> in, Role role) { return tensors_of<Layer>(in).size(role); }
};

} // namespace detail

/// One operation of a plan: a layer bound to the shapes of its inputs, one as a rule. Kernels are keyed on it and so
/// never know the network or their place in it.
template <class Layer, class Input, class... Others>
struct Bound {
    using InputShape = Input;
    static constexpr std::array<Dims, 1 + sizeof...(Others)> inputs{Input::dims, Others::dims...};
    static constexpr Dims in = Input::dims;
    static constexpr Dims out = detail::Facts<Layer>::output(inputs);
    using OutputShape = ShapeOf<out.channels, out.height, out.width, out.flat>;
    /// How many values its parameters and its running statistics have.
    static constexpr int parameter_count = detail::Facts<Layer>::size(inputs, Role::parameter);
    static constexpr int statistic_count = detail::Facts<Layer>::size(inputs, Role::running_statistic);
};

/// Neighboring layers that a backend runs as one operation.
template <class First, class Second, class... Rest>
struct Fused {};

namespace detail {

template <class First, class... Rest>
struct Facts<Fused<First, Rest...>> {
    static constexpr Dims output(std::span<const Dims> in) {
        Dims out = Facts<First>::output(in);
        ((out = Facts<Rest>::output({&out, 1})), ...);
        return out;
    }
    static constexpr int size(std::span<const Dims> in, Role role) {
        int sum = Facts<First>::size(in, role);
        Dims out = Facts<First>::output(in);
        ((sum += Facts<Rest>::size({&out, 1}, role), out = Facts<Rest>::output({&out, 1})), ...);
        return sum;
    }
};

template <class First, class... Rest>
struct OneOrFused {
    using type = Fused<First, Rest...>;
};
template <class Layer>
struct OneOrFused<Layer> {
    using type = Layer;
};

template <class Layers, class Inputs, class Indices>
struct BindFirst;

template <class Layers, class... Inputs, std::size_t... Indices>
struct BindFirst<Layers, TypeList<Inputs...>, std::index_sequence<Indices...>> {
    using type = Bound<typename OneOrFused<TypeAt<Layers, Indices>...>::type, Inputs...>;
};

} // namespace detail

/// The first `Length` layers of a TypeList as one operation on the shapes of another: the layer itself, or several
/// fused.
template <class Layers, int Length, class Inputs>
using OperationOf =
    typename detail::BindFirst<Layers, Inputs, std::make_index_sequence<static_cast<std::size_t>(Length)>>::type;

} // namespace TINYRES_ARCH
} // namespace tinyres
