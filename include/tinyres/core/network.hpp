#pragma once

#include "tinyres/core/layer.hpp"
#include "tinyres/core/module_names.hpp"
#include "tinyres/core/text.hpp"
#include "tinyres/core/type_list.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Layers (or groups of layers) one after the other.
template <class... Layers>
struct Sequential {};

/// A residual block: `x + body(x)`, where the body is its layers one after the other and must keep the shape.
/// He et al., "Deep residual learning for image recognition" (2015).
template <class... Body>
struct ResBlock {};

/// Where a ResBlock begins: one value goes into the body and, unchanged, to the Add at its end. Written by ResBlock.
struct Fork : ElementwiseLayer {
    static constexpr std::string_view name = "Fork";
    static constexpr Kind kind = Kind::fork;
};

/// Where a ResBlock ends: body(x) + x. Written by ResBlock.
struct Add : ElementwiseLayer {
    static constexpr std::string_view name = "Add";
    static constexpr Kind kind = Kind::add;
};

namespace detail {

/// Stands where a layer should, and tells the network why it cannot be.
template <Refusal Why>
struct NoLayer : ElementwiseLayer {
    static constexpr std::string_view name{};
    static constexpr Kind kind = Kind::other;
    static constexpr Refusal refuses(Dims) { return Why; }
};

/// Names what is not a layer. A class of its own, as of one whose assertion fails clang knows no member.
template <class Item>
struct not_a_layer {
    static_assert(Layer<Item>, "tinyres: this type is not a layer: it must be an empty struct with name, kind, "
                               "refuses(Dims), output(Dims) and tensors(Dims), or a Sequential or ResBlock of such");
};

/// A group of layers as the flat list of what runs, with the path of each ("2.0.1": PyTorch's nn.Sequential).
template <class Item>
struct Flat;

template <Layer Item>
struct Flat<Item> {
    using Leaves = TypeList<Item>;
    static constexpr void paths(Text*& next, const Text& path) { *next++ = path; }
};

template <class Item>
struct Flat : Flat<NoLayer<Refusal::the_error_before_this_one_says_why>> {
    static_assert(sizeof(not_a_layer<Item>) > 0);
};

template <>
struct Flat<Sequential<>> : Flat<NoLayer<Refusal::a_Sequential_needs_at_least_one_layer>> {};

template <>
struct Flat<ResBlock<>> : Flat<NoLayer<Refusal::a_ResBlock_needs_at_least_one_layer>> {};

template <class... Items>
constexpr void paths_of_children(Text*& next, const Text& path) {
    using Visit = void (*)(Text*&, const Text&);
    constexpr Visit visits[] = {&Flat<Items>::paths...};
    for (int index = 0; index < static_cast<int>(sizeof...(Items)); ++index) {
        Text child = path;
        if (child.length > 0) child.append(".");
        child.append(index);
        visits[index](next, child);
    }
}

template <class... Items>
struct Flat<Sequential<Items...>> {
    using Leaves = Concatenated<typename Flat<Items>::Leaves...>;
    static constexpr void paths(Text*& next, const Text& path) { paths_of_children<Items...>(next, path); }
};

template <class... Items>
struct Flat<ResBlock<Items...>> {
    using Leaves = Concatenated<TypeList<Fork>, typename Flat<Items>::Leaves..., TypeList<Add>>;
    static constexpr void paths(Text*& next, const Text& path) {
        *next++ = path;
        paths_of_children<Items...>(next, path);
        *next++ = path;
    }
};

} // namespace detail

/// One layer of a flattened network with everything that is known about it.
struct Node {
    std::string_view name; ///< the layer's, for summaries
    Text path;             ///< where it stands in the nested type
    Kind kind{};
    Dims in;
    Dims out;
    int fork = -1; ///< of an Add: the index of the Fork whose input it adds
    TensorList tensors;
    int first_parameter = 0; ///< where its parameters start in the network's flat buffer
    int first_statistic = 0; ///< where its running statistics start in theirs
};

namespace detail {

template <int Count>
struct Walk {
    std::array<Node, static_cast<std::size_t>(Count)> nodes{};
    int parameters = 0;
    int statistics = 0;
    int refused_at = -1;
    Refusal refusal = Refusal::none;
    Dims refused_input{1, 1, 1, false};
};

/// What is known about the layers of a network that is wrong: they pass a single number on. That suits every backend
/// and the loss, so after the error that names the layer the compiler has nothing to add.
constexpr Node silent_node{
    .name = "", .path = {}, .kind = Kind::reshape, .in = {1, 1, 1, true}, .out = {1, 1, 1, true}, .tensors = {}};

/// Follows the shape through the layers as plain values and stops at the first layer that cannot take its input.
template <class... Layers>
constexpr auto walk(TypeList<Layers...>, const Text* paths, Dims shape) {
    struct Calls {
        std::string_view name;
        Kind kind;
        Refusal (*refuses)(Dims);
        Dims (*output)(Dims);
        TensorList (*tensors)(Dims);
    };
    constexpr Calls layers[] = {{Layers::name, Layers::kind, &Layers::refuses, &Layers::output, &Layers::tensors}...};
    constexpr int count = sizeof...(Layers);
    Walk<count> result;
    int open_forks[sizeof...(Layers)] = {};
    int depth = 0;
    for (int index = 0; index < count; ++index) {
        const Calls& layer = layers[index];
        Node& node = result.nodes[static_cast<std::size_t>(index)];
        Refusal refusal = shape.positive() ? layer.refuses(shape) : Refusal::the_error_before_this_one_says_why;
        if (layer.kind == Kind::fork) open_forks[depth++] = index;
        if (layer.kind == Kind::add) {
            node.fork = open_forks[--depth];
            if (result.nodes[static_cast<std::size_t>(node.fork)].in != shape)
                refusal = Refusal::the_body_of_a_ResBlock_must_keep_the_shape;
        }
        if (refusal == Refusal::none && !layer.output(shape).positive())
            refusal = Refusal::the_sizes_of_its_output_must_be_positive;
        if (refusal != Refusal::none) {
            result.nodes.fill(silent_node);
            result.refused_at = index;
            result.refusal = refusal;
            result.refused_input = shape;
            return result;
        }
        node.name = layer.name;
        node.path = paths[index];
        node.kind = layer.kind;
        node.in = shape;
        node.out = shape = layer.output(shape);
        node.tensors = layer.tensors(node.in);
        node.first_parameter = result.parameters;
        node.first_statistic = result.statistics;
        result.parameters += node.tensors.size(Role::parameter);
        result.statistics += node.tensors.size(Role::running_statistic);
    }
    return result;
}

} // namespace detail

/// The compiler names this type when a network is wrong: which layer (counted from 0 through the flattened network, a
/// ResBlock counting as Fork, its body and Add), what it is, the input that it gets, and why it cannot take it.
template <int Position, class Layer, class Input, Refusal Because>
struct layer_rejects_input {
    static_assert(Because == Refusal::none, "tinyres: a layer cannot take its input; layer_rejects_input<position, "
                                            "layer, its input's Shape<channels, height, width>, the reason> names it");
};
template <int Position, class Layer, class Input>
struct layer_rejects_input<Position, Layer, Input, Refusal::the_error_before_this_one_says_why> {};

/// A network as a type: an input (`Image<3, 32, 32>`) and layers, groups and residual blocks one after the other.
/// Everything about it is known to the compiler: shapes, names, counts; a network whose shapes do not fit does not
/// compile.
template <class Input, class... Layers>
struct Network {
    /// The layers in the order in which they run, groups dissolved.
    using Leaves = typename detail::Flat<Sequential<Layers...>>::Leaves;
    using InputShape = Input;
    static constexpr int layer_count = Leaves::size;

private:
    static constexpr auto paths_ = [] {
        std::array<Text, static_cast<std::size_t>(layer_count)> paths;
        Text* next = paths.data();
        detail::Flat<Sequential<Layers...>>::paths(next, Text{});
        return paths;
    }();
    static constexpr auto walk_ = detail::walk(Leaves{}, paths_.data(), Input::dims);
    static constexpr std::size_t refused_layer_ = walk_.refused_at < 0 ? 0 : static_cast<std::size_t>(walk_.refused_at);
    static constexpr Dims refused_input_ = walk_.refused_input;
    using Verdict = layer_rejects_input<
        walk_.refused_at, TypeAt<Leaves, refused_layer_>,
        ShapeOf<refused_input_.channels, refused_input_.height, refused_input_.width, refused_input_.flat>,
        walk_.refusal>;
    static_assert(sizeof(Verdict) > 0);

public:
    /// Whether the compiler accepts it; it goes on after an error, and what follows from that need not be said.
    static constexpr bool fits = walk_.refused_at < 0;
    /// What is known about each layer, in the order of `Leaves`.
    static constexpr const auto& nodes = walk_.nodes;
    static constexpr Dims input = Input::dims;
    static constexpr Dims output = walk_.nodes.back().out;
    /// Trained values.
    static constexpr int parameter_count = walk_.parameters;
    /// Values that training records without training them (BatchNorm's running mean and variance).
    static constexpr int statistic_count = walk_.statistics;
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

} // namespace tinyres::inline TINYRES_ARCH
