#pragma once

#include "tinyres/core/network.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One step of a plan: the layers from `first` to `first + length - 1`, run as one operation. Step i gives value i + 1;
/// value 0 is the network's input.
struct Step {
    int first = 0;
    int length = 1;
    ValueList inputs;   ///< the values that it reads
    int first_edge = 0; ///< the number of its first input among the inputs of all steps
};

namespace detail {

/// The most layers that a backend can run as one.
inline constexpr int most_fused = 8;

template <int Capacity>
struct StepList {
    std::array<Step, static_cast<std::size_t>(Capacity)> steps{};
    int count = 0;
    int edges = 0;
};

/// How many layers from each one on follow one another without anybody else reading what is between them.
template <class Network>
constexpr auto chain_lengths() {
    constexpr auto count = static_cast<std::size_t>(Network::layer_count);
    std::array<int, count + 1> uses{};
    for (const Node& node : Network::nodes)
        for (const int value : node.inputs) ++uses[static_cast<std::size_t>(value)];
    std::array<int, count> lengths{};
    for (std::size_t layer = count; layer-- > 0;) {
        lengths[layer] = 1;
        if (layer + 1 == count) continue;
        const ValueList& next = Network::nodes[layer + 1].inputs;
        if (next.count == 1 && next[0] == static_cast<int>(layer) + 1 && uses[layer + 1] == 1)
            lengths[layer] += lengths[layer + 1] < most_fused ? lengths[layer + 1] : most_fused - 1;
    }
    return lengths;
}

template <class Leaves, int First, class Indices>
struct Window;
template <class Leaves, int First, std::size_t... Indices>
struct Window<Leaves, First, std::index_sequence<Indices...>> {
    using type = TypeList<TypeAt<Leaves, static_cast<std::size_t>(First) + Indices>...>;
};

/// Neighboring layers of a list.
template <class Leaves, int First, int Length>
using LayersOf = typename Window<Leaves, First, std::make_index_sequence<static_cast<std::size_t>(Length)>>::type;

/// How many of these layers, at most `Length`, a backend runs as one. By types alone, so that what networks have in
/// common is asked once.
template <class Backend, class Layers, class Inputs, int Length>
constexpr int fused_length() {
    if constexpr (Length == 1)
        return 1;
    else if constexpr (HasKernel<Backend, OperationOf<Layers, Length, Inputs>>)
        return Length;
    else
        return fused_length<Backend, Layers, Inputs, Length - 1>();
}

template <class Network, class Backend, int Layer, int Length>
constexpr int fused_length_at() {
    return fused_length<Backend, LayersOf<typename Network::Leaves, Layer, Length>, InputShapes<Network, Layer>,
                        Length>();
}

template <class Network, class Backend, std::size_t... Layers>
constexpr auto fused_lengths(std::index_sequence<Layers...>) {
    constexpr auto chains = chain_lengths<Network>();
    return std::array<int, sizeof...(Layers)>{fused_length_at < Network, Backend, static_cast<int>(Layers),
                                              Network::fits ? chains[Layers] : 1 > ()...};
}

} // namespace detail

/// Groups a network's layers into steps: from the first layer on, as many as the backend has a kernel for.
template <class Network, class Backend>
constexpr auto fuse() {
    constexpr int count = Network::layer_count;
    constexpr auto lengths =
        detail::fused_lengths<Network, Backend>(std::make_index_sequence<static_cast<std::size_t>(count)>{});
    detail::StepList<count> list;
    std::array<int, static_cast<std::size_t>(count) + 1> value_of{}; // of a plan, by the network's
    for (int layer = 0; layer < count;) {
        Step& step = list.steps[static_cast<std::size_t>(list.count++)];
        step.first = layer;
        step.length = lengths[static_cast<std::size_t>(layer)];
        step.first_edge = list.edges;
        for (const int value : Network::nodes[static_cast<std::size_t>(layer)].inputs)
            step.inputs.add(value_of[static_cast<std::size_t>(value)]);
        list.edges += step.inputs.count;
        layer += step.length;
        value_of[static_cast<std::size_t>(layer)] = list.count;
    }
    return list;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
