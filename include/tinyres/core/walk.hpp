#pragma once

#include "tinyres/core/wiring.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One layer of a flattened network with everything that is known about it.
struct Node {
    std::string_view name; ///< the layer's, for summaries
    Text path;             ///< where it stands in the nested type
    int position = 0;      ///< counted through layers and groups with branches; names a dropout's random numbers
    ValueList inputs;      ///< the values that it reads: 0 is the network's input, i + 1 what layer i gives
    Dims in;               ///< of the first of them
    Dims out;
    bool draws_random_numbers = false;
    TensorList tensors;
    int first_parameter = 0; ///< where its parameters start in the network's flat buffer
    int first_statistic = 0; ///< where its running statistics start in theirs
};

namespace detail {

/// What a layer refuses by, with the names that the compiler shows.
template <class L>
constexpr auto refusal_of(std::span<const Dims> in) {
    if constexpr (JoiningLayer<L>)
        return L::refuses(in);
    else
        return L::refuses(in[0]);
}
template <class L>
using RefusalOf = decltype(refusal_of<L>(std::span<const Dims>{}));

/// A layer's answers, however many inputs it has.
struct LayerCalls {
    std::string_view name;
    bool draws_random_numbers;
    int (*refuses)(std::span<const Dims>);
    Dims (*output)(std::span<const Dims>);
    TensorList (*tensors)(std::span<const Dims>);
};

template <class L>
constexpr int refuses(std::span<const Dims> in) {
    return static_cast<int>(refusal_of<L>(in));
}
template <class L>
constexpr Dims output_of(std::span<const Dims> in) {
    if constexpr (JoiningLayer<L>)
        return L::output(in);
    else
        return L::output(in[0]);
}
template <class L>
constexpr TensorList tensors_of(std::span<const Dims> in) {
    if constexpr (JoiningLayer<L>)
        return L::tensors(in);
    else
        return L::tensors(in[0]);
}

template <int Count>
struct Walk {
    std::array<Node, static_cast<std::size_t>(Count)> nodes{};
    int parameters = 0;
    int statistics = 0;
    int refused_at = -1;                ///< the layer that cannot take its inputs
    int refusal = 0;                    ///< why, by its own enumeration,
    Refusal by_network = Refusal::none; ///< or the network's reason, where the layer itself would accept them
    std::array<Dims, static_cast<std::size_t>(most_inputs)> refused_inputs{};
    int refused_count = 0;
};

/// What is known about the layers of a network that is wrong: they pass a single number on, one after the other. That
/// suits every backend and the loss, so after the error that names the layer the compiler has nothing to add.
template <int Count>
constexpr void silence(std::array<Node, static_cast<std::size_t>(Count)>& nodes) {
    for (int index = 0; index < Count; ++index) {
        Node node;
        node.inputs = values(index);
        node.in = node.out = {1, 1, 1, true};
        nodes[static_cast<std::size_t>(index)] = node;
    }
}

/// Follows the shapes through the layers as plain values and stops at the first layer that cannot take its inputs.
template <class... Layers>
constexpr auto walk(TypeList<Layers...>, const Wire* wires, Dims input) {
    constexpr LayerCalls layers[] = {
        {Layers::name, draws_random_numbers<Layers>, &refuses<Layers>, &output_of<Layers>, &tensors_of<Layers>}...};
    constexpr int count = sizeof...(Layers);
    Walk<count> result;
    for (int index = 0; index < count; ++index) {
        const LayerCalls& layer = layers[index];
        Node& node = result.nodes[static_cast<std::size_t>(index)];
        node.inputs = wires[index].inputs;
        Dims in[most_inputs];
        int inputs = 0;
        for (const int value : node.inputs)
            in[inputs++] = value == 0 ? input : result.nodes[static_cast<std::size_t>(value) - 1].out;
        const std::span<const Dims> dims(in, static_cast<std::size_t>(inputs));
        const auto positive = [](const Dims& each) { return each.positive(); };
        if (!std::all_of(dims.begin(), dims.end(), positive)) {
            result.by_network = Refusal::the_error_before_this_one_says_why;
        } else if (result.refusal = layer.refuses(dims); result.refusal == 0) {
            node.in = in[0];
            node.out = layer.output(dims);
            if (!node.out.positive()) result.by_network = Refusal::the_sizes_of_its_output_must_be_positive;
        }
        if (result.refusal != 0 || result.by_network != Refusal::none) {
            result.refused_at = index;
            std::copy_n(in, most_inputs, result.refused_inputs.begin());
            result.refused_count = inputs;
            silence<count>(result.nodes);
            return result;
        }
        node.name = layer.name;
        node.path = wires[index].path;
        node.position = wires[index].position;
        node.draws_random_numbers = layer.draws_random_numbers;
        node.tensors = layer.tensors(dims);
        node.first_parameter = result.parameters;
        node.first_statistic = result.statistics;
        result.parameters += node.tensors.size(Role::parameter);
        result.statistics += node.tensors.size(Role::running_statistic);
    }
    return result;
}

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
