#pragma once

#include "tinyres/core/module_names.hpp"
#include "tinyres/core/walk.hpp"

#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The shapes of what a layer with several inputs gets, as the compiler shows them.
template <class... Shapes>
struct Inputs {};

/// The compiler names this type when a network is wrong: which layer (counted from 0 as the network is written, a group
/// with branches counting as one before its layers and one behind), what it is, the input that it gets, and why it
/// cannot take it.
template <int Position, class Layer, class Input, auto Because>
struct layer_rejects_input {
    static_assert(static_cast<int>(Because) == 0,
                  "tinyres: a layer cannot take its input; layer_rejects_input<position, "
                  "layer, its input's Shape<channels, height, width> or Inputs<Shapes>, the reason> names it");
};
template <int Position, class Layer, class Input>
struct layer_rejects_input<Position, Layer, Input, Refusal::the_error_before_this_one_says_why> {};

namespace detail {

template <class Network, int Layer, class Indices>
struct InputShapesOf;

template <class Network, int Layer, std::size_t... Indices>
struct InputShapesOf<Network, Layer, std::index_sequence<Indices...>> {
    static constexpr ValueList inputs = Network::nodes[static_cast<std::size_t>(Layer)].inputs;
    template <std::size_t Index>
    static constexpr Dims dims = Network::value_dims(inputs[static_cast<int>(Index)]);
    using type =
        TypeList<ShapeOf<dims<Indices>.channels, dims<Indices>.height, dims<Indices>.width, dims<Indices>.flat>...>;
};

} // namespace detail

/// The shapes of what a layer of a network reads, a TypeList.
template <class Network, int Layer>
using InputShapes =
    typename detail::InputShapesOf<Network, Layer,
                                   std::make_index_sequence<static_cast<std::size_t>(
                                       Network::nodes[static_cast<std::size_t>(Layer)].inputs.count)>>::type;

namespace detail {

template <class List>
struct ShownAs;
template <class Shape>
struct ShownAs<TypeList<Shape>> {
    using type = Shape;
};
template <class... Shapes>
struct ShownAs<TypeList<Shapes...>> {
    using type = Inputs<Shapes...>;
};

/// All that is known of a network whose layers may not fit.
template <class Input, class... Layers>
struct Description {
    using Written = detail::Flat<Sequential<Layers...>>;
    using Flat =
        std::conditional_t<Written::Leaves::size == 0, Refused<Refusal::a_network_needs_at_least_one_layer>, Written>;
    using Leaves = typename Flat::Leaves;
    static constexpr auto wires = [] {
        std::array<Wire, static_cast<std::size_t>(Leaves::size)> list;
        Wiring wiring(list.data());
        Flat::connect(wiring, 0, Text{});
        return list;
    }();
    static constexpr auto walk = detail::walk(Leaves{}, wires.data(), Input::dims);
    static constexpr const auto& nodes = walk.nodes;

    static constexpr Dims value_dims(int value) {
        return value == 0 ? Input::dims : nodes[static_cast<std::size_t>(value) - 1].out;
    }
};

template <class Description, class Layer>
constexpr auto reason() {
    if constexpr (Description::walk.by_network != Refusal::none)
        return Description::walk.by_network;
    else
        return static_cast<RefusalOf<Layer>>(Description::walk.refusal);
}

template <class Description,
          class Indices = std::make_index_sequence<static_cast<std::size_t>(Description::walk.refused_count)>>
struct RefusedInputs;
template <class Description, std::size_t... Indices>
struct RefusedInputs<Description, std::index_sequence<Indices...>> {
    template <std::size_t Index>
    static constexpr Dims dims = Description::walk.refused_inputs[Index];
    using type =
        TypeList<ShapeOf<dims<Indices>.channels, dims<Indices>.height, dims<Indices>.width, dims<Indices>.flat>...>;
};

/// The error of a network with a layer that cannot take its input, as a type that does not compile.
template <class Description, int RefusedAt>
struct Verdict {
    using Layer = TypeAt<typename Description::Leaves, static_cast<std::size_t>(RefusedAt)>;
    using type = layer_rejects_input<Description::wires[static_cast<std::size_t>(RefusedAt)].position, Layer,
                                     typename ShownAs<typename RefusedInputs<Description>::type>::type,
                                     reason<Description, Layer>()>;
};
template <class Description>
struct Verdict<Description, -1> {
    struct type {};
};

} // namespace detail

/// A network as a type: an input (`Image<3, 32, 32>`) and layers and groups of layers one after the other. Everything
/// about it is known to the compiler: shapes, names, counts; a network whose shapes do not fit does not compile.
template <class Input, class... Layers>
struct Network {
private:
    using Description = detail::Description<Input, Layers...>;
    static_assert(sizeof(typename detail::Verdict<Description, Description::walk.refused_at>::type) > 0);

public:
    /// Whether the compiler accepts it; it goes on after an error, and what follows from that need not be said.
    static constexpr bool fits = Description::walk.refused_at < 0;
    /// The layers in the order in which they run, groups dissolved.
    using Leaves = typename Description::Leaves;
    using InputShape = Input;
    /// The type with its layers, of which a network with a name of its own is derived (`ResNet18`).
    using Written = Network;
    static constexpr int layer_count = Leaves::size;
    /// What is known about each layer, in the order of `Leaves`.
    static constexpr const auto& nodes = Description::nodes;
    static constexpr Dims input = Input::dims;
    static constexpr Dims output = nodes.back().out;
    /// Trained values.
    static constexpr int parameter_count = Description::walk.parameters;
    /// Values that training records without training them (BatchNorm's running mean and variance).
    static constexpr int statistic_count = Description::walk.statistics;

    /// The shape of a value: 0 is the network's input, i + 1 what layer i gives.
    static constexpr Dims value_dims(int value) { return Description::value_dims(value); }
};

/// The number of trained values of a network.
template <class Network>
inline constexpr int parameter_count = Network::parameter_count;

/// One tensor of a network under its full name with its place in the flat buffer of its role.
struct NetworkTensor {
    Text name;      ///< in state dicts and files: what `module_names` makes of the path
    Text path_name; ///< by the path alone ("1.0.weight"); often the same
    TensorSpec spec;
    int offset = 0;
};

/// All tensors of a network in PyTorch's order (a layer's parameters, then its statistics, layer by layer).
template <class Network>
inline constexpr auto network_tensors = [] {
    static_assert(!Network::fits || detail::module_names_have_layers<Network>(),
                  "tinyres: module_names has a path at which this network has no tensors; correct the path");
    static_assert(!Network::fits || detail::module_names_are_unique<Network>(),
                  "tinyres: module_names gives two layers of this network one name; give each its own");
    constexpr std::size_t count = [] {
        int sum = 0;
        for (const Node& node : Network::nodes) sum += node.tensors.count;
        return static_cast<std::size_t>(sum);
    }();
    std::array<NetworkTensor, count> tensors{};
    std::size_t next = 0;
    for (const Node& node : Network::nodes) {
        if (node.tensors.count == 0) continue;
        const Text layer = detail::name_of_layer(node.path, module_names<Network>);
        int parameter = node.first_parameter;
        int statistic = node.first_statistic;
        for (const TensorSpec& spec : node.tensors) {
            NetworkTensor& tensor = tensors[next++];
            tensor.name = detail::name_of_tensor(layer, spec.name);
            tensor.path_name = detail::name_of_tensor(node.path, spec.name);
            tensor.spec = spec;
            int& offset = spec.role == Role::parameter ? parameter : statistic;
            tensor.offset = offset;
            offset += spec.size();
        }
    }
    return tensors;
}();

} // namespace TINYRES_ARCH
} // namespace tinyres
