#pragma once

#include "tinyres/core/network.hpp"

#include <span>

namespace tinyres::inline TINYRES_ARCH {

/// One step of a plan: the layers from `first` to `first + length - 1`, run as one operation.
struct Step {
    int first = 0;
    int length = 1;
    int fork = -1;     ///< of an Add: the step of its Fork
    bool view = false; ///< the output is the input, at the same place in memory: nothing runs forward
};

namespace detail {

template <int Capacity>
struct StepList {
    std::array<Step, static_cast<std::size_t>(Capacity)> steps{};
    int count = 0;
};

} // namespace detail

/// How many of the coming layers run as one for a backend whose convolutions pool their output themselves and whose
/// normalisation, ReLU and Dropout2d are one pass over the data.
constexpr int convolution_and_normalisation_chains(std::span<const Kind> layers) {
    if (layers.size() > 1 && layers[0] == Kind::convolution && layers[1] == Kind::pooling) return 2;
    constexpr Kind chain[] = {Kind::normalization, Kind::activation, Kind::dropout};
    int length = 0;
    while (length < 3 && length < static_cast<int>(layers.size()) &&
           layers[static_cast<std::size_t>(length)] == chain[length])
        ++length;
    return length > 1 ? length : 1;
}

/// The same for a backend whose convolutions also run the chain of a normalisation behind them.
constexpr int normalized_convolution_chains(std::span<const Kind> layers) {
    const int length = convolution_and_normalisation_chains(layers);
    const std::span<const Kind> behind = layers.subspan(static_cast<std::size_t>(length));
    if (layers[0] != Kind::convolution || behind.empty() || behind[0] != Kind::normalization) return length;
    return length + convolution_and_normalisation_chains(behind);
}

/// The same for a backend whose convolutions, pooled or not, also normalise what they read.
constexpr int convolutions_of_normalized_chains(std::span<const Kind> layers) {
    const int length = convolution_and_normalisation_chains(layers);
    const std::span<const Kind> behind = layers.subspan(static_cast<std::size_t>(length));
    if (layers[0] != Kind::normalization || behind.empty() || behind[0] != Kind::convolution) return length;
    return length + convolution_and_normalisation_chains(behind);
}

/// Groups a network's layers into steps. At each layer the backend is asked, through
/// `static constexpr int fusable(std::span<const Kind> layers)`, how many of the coming layers it runs as one.
template <class Network, class Backend>
constexpr auto fuse() {
    constexpr int count = Network::layer_count;
    constexpr bool vectors_are_stored_as_images = std::is_same_v<typename Backend::Scalar, typename Backend::Storage>;
    std::array<Kind, static_cast<std::size_t>(count)> kinds{};
    for (std::size_t layer = 0; layer < kinds.size(); ++layer) kinds[layer] = Network::nodes[layer].kind;

    detail::StepList<count> list;
    std::array<int, static_cast<std::size_t>(count)> step_of_layer{};
    for (int layer = 0; layer < count;) {
        const Node& node = Network::nodes[static_cast<std::size_t>(layer)];
        Step& step = list.steps[static_cast<std::size_t>(list.count)];
        step.first = layer;
        step.length = Backend::fusable(std::span{kinds}.subspan(static_cast<std::size_t>(layer)));
        step.fork = node.fork < 0 ? -1 : step_of_layer[static_cast<std::size_t>(node.fork)];
        step.view = node.kind == Kind::fork || (node.kind == Kind::reshape && node.in.pixels() == 1 &&
                                                (vectors_are_stored_as_images || node.in.flat));
        step_of_layer[static_cast<std::size_t>(layer)] = list.count++;
        layer += step.length;
    }
    return list;
}

} // namespace tinyres::inline TINYRES_ARCH
