#pragma once

// Needs nothing but a POSIX system: the format is written by io/onnx/protobuf_writer.hpp.

#include "tinyres/io/atomic_file.hpp"
#include "tinyres/io/onnx/activations.hpp"
#include "tinyres/io/onnx/operators.hpp"
#include "tinyres/io/onnx/pooling_operators.hpp"
#include "tinyres/model/state_dict.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What is done to the images first, a channel: (scale * x - mean) / std.
struct OnnxNormalization {
    std::vector<float> mean;
    std::vector<float> std;
    float scale = 1.0f; ///< 1/255 for pixels from 0 to 255
};

/// How a network is written.
struct OnnxOptions {
    /// Whether BatchNorm is made part of the convolution in front of it. With a pooling between the two that needs a
    /// scale of no channel to be negative; where one is, BatchNorm stays.
    bool fold_batch_norm = false;
    /// The normalization of the images, to be part of the file; without it the caller does it.
    std::optional<OnnxNormalization> normalization{};
    /// How many outputs the file has, from the first on, where the last layer is Linear; 0: all.
    int first_outputs = 0;
    /// Shown by viewers.
    std::map<std::string, std::string> metadata{};
};

namespace detail {

/// What the export asks the types of a network's layers.
struct OnnxCalls {
    bool is_convolution;
    bool is_max_pool;
    bool is_batch_norm;
    double epsilon; ///< BatchNorm's
    std::string (*append)(OnnxGraph&, const OnnxLayer&, std::span<const std::string> inputs);
};

template <class Layer>
std::string append_layer(OnnxGraph& graph, const OnnxLayer& layer, std::span<const std::string> inputs) {
    if constexpr (JoiningLayer<Layer>)
        return OnnxOperator<Layer>::append(graph, layer, inputs);
    else
        return OnnxOperator<Layer>::append(graph, layer, inputs[0]);
}

template <class Layer>
constexpr double batch_norm_epsilon() {
    if constexpr (is_batch_norm<Layer>)
        return Layer::epsilon;
    else
        return 0.0;
}

template <class... Layers>
constexpr auto onnx_calls(TypeList<Layers...>) {
    return std::array<OnnxCalls, sizeof...(Layers)>{OnnxCalls{is_convolution<Layers>, is_max_pool<Layers>,
                                                              is_batch_norm<Layers>, batch_norm_epsilon<Layers>(),
                                                              &append_layer<Layers>}...};
}

/// Makes a BatchNorm part of the convolution in front of it.
inline void fold(OnnxLayer& convolution, const OnnxLayer& norm, double epsilon) {
    const auto value = [&](std::string_view name, std::size_t channel, double otherwise) {
        const auto found = norm.tensors.find(name);
        return found == norm.tensors.end() ? otherwise : static_cast<double>(found->second.values[channel]);
    };
    OnnxTensor& weight = convolution.tensors.find("weight")->second;
    const auto channels = static_cast<std::size_t>(norm.in.channels);
    const std::size_t fan_in = weight.values.size() / channels;
    OnnxTensor& bias = convolution.tensors
                           .try_emplace("bias", OnnxTensor{convolution.name + ".bias",
                                                           {static_cast<std::int64_t>(channels)},
                                                           std::vector<float>(channels)})
                           .first->second;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const double scale = value("weight", channel, 1.0) / std::sqrt(value("running_var", channel, 1.0) + epsilon);
        for (float& number : std::span(weight.values).subspan(channel * fan_in, fan_in))
            number = static_cast<float>(scale * static_cast<double>(number));
        const double shifted = static_cast<double>(bias.values[channel]) - value("running_mean", channel, 0.0);
        bias.values[channel] = static_cast<float>(scale * shifted + value("bias", channel, 0.0));
    }
}

/// Whether BatchNorm turns none of the channels around.
inline bool keeps_order(const OnnxLayer& norm) {
    const auto found = norm.tensors.find("weight");
    return found == norm.tensors.end() ||
           std::ranges::all_of(found->second.values, [](float scale) { return scale >= 0; });
}

/// Whether layer `next` reads what the one before it gives, and nobody else does.
inline bool follows(std::span<const Node> nodes, std::size_t next) {
    if (next >= nodes.size()) return false;
    const int value = static_cast<int>(next);
    const auto reads = [value](const Node& node) { return std::ranges::count(node.inputs, value); };
    return nodes[next].inputs[0] == value &&
           std::transform_reduce(nodes.begin(), nodes.end(), std::ptrdiff_t{0}, std::plus{}, reads) == 1;
}

/// Folds each BatchNorm that follows a convolution, with or without a pooling between them, as OnnxOptions says.
/// Returns which layers are gone.
inline std::vector<bool> fold_batch_norms(std::span<const Node> nodes, std::span<const OnnxCalls> calls,
                                          std::span<OnnxLayer> layers) {
    std::vector<bool> folded(nodes.size());
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
        if (!calls[i].is_convolution || !follows(nodes, i + 1)) continue;
        const bool pooled = calls[i + 1].is_max_pool && follows(nodes, i + 2);
        const std::size_t norm = pooled ? i + 2 : i + 1;
        if (!calls[norm].is_batch_norm) continue;
        if (pooled && !keeps_order(layers[norm])) continue;
        fold(layers[i], layers[norm], calls[norm].epsilon);
        folded[norm] = true;
    }
    return folded;
}

/// The layers with their tensors, as `state` holds them.
inline std::vector<OnnxLayer> onnx_layers(std::span<const Node> nodes, std::span<const NetworkTensor> network,
                                          std::span<const ModuleName> names, std::span<const NamedTensor> state) {
    const TensorNaming naming = named_as(state, network);
    std::vector<OnnxLayer> layers;
    std::size_t next = 0;
    for (const Node& node : nodes) {
        layers.push_back({std::string(name_of_layer(node.path, names).view()), node.in, {}, {}});
        for (const int value : node.inputs)
            layers.back().inputs.push_back(value == 0 ? nodes[0].in : nodes[static_cast<std::size_t>(value) - 1].out);
        for (const TensorSpec& spec : node.tensors) {
            const std::string name = naming.prefix + std::string(naming.network[next].name.view());
            const auto found = std::ranges::find(state, name, &NamedTensor::name);
            if (found == state.end())
                throw Error("tensor '" + name + "' is missing; the weights are of another network");
            require_shape(*found, spec);
            if (found->values.size() != static_cast<std::size_t>(spec.size()))
                throw Error("tensor '" + name + "' has " + std::to_string(found->values.size()) +
                            " values instead of " + std::to_string(spec.size()) +
                            "; give as many as its shape asks for");
            layers.back().tensors.emplace(
                spec.name, OnnxTensor{std::string(network[next].name.view()), found->shape, found->values});
            ++next;
        }
    }
    return layers;
}

/// Leaves the first `outputs` of a last layer's `all` outputs, which are the first dimension of its tensors.
inline void keep_first_outputs(OnnxLayer& last, std::string_view name, int all, int outputs) {
    if (name != Linear<1>::name || outputs < 1 || outputs > all)
        throw Error("an ONNX file cannot have the first " + std::to_string(outputs) +
                    " outputs of this network, whose " + "last layer is " + std::string(name) + " with " +
                    std::to_string(all) + "; give 1 to all of them, of a network that ends in Linear");
    for (auto& [tensor_name, tensor] : last.tensors) {
        const std::size_t row = tensor.values.size() / static_cast<std::size_t>(all);
        tensor.shape.front() = outputs;
        tensor.values.resize(row * static_cast<std::size_t>(outputs));
    }
}

inline std::string append_normalization(OnnxGraph& graph, const OnnxNormalization& normalization, int channels,
                                        const std::string& input) {
    const auto count = static_cast<std::size_t>(channels);
    if (normalization.mean.size() != count || normalization.std.size() != count)
        throw Error("the normalization of an ONNX file has " + std::to_string(normalization.mean.size()) +
                    " means and " + std::to_string(normalization.std.size()) + " deviations; give " +
                    std::to_string(channels) + " of each, one per channel");
    std::vector<float> factors, shifts;
    for (std::size_t channel = 0; channel < count; ++channel) {
        if (!(normalization.std[channel] > 0))
            throw Error("the normalization of an ONNX file has a deviation that is not positive; give positive ones");
        factors.push_back(normalization.scale / normalization.std[channel]);
        shifts.push_back(-normalization.mean[channel] / normalization.std[channel]);
    }
    const std::string scaled =
        graph.node("Mul", "normalize.scale", {input, graph.constant("normalize.factor", {channels, 1, 1}, factors)});
    return graph.node("Add", "normalize.shift", {scaled, graph.constant("normalize.term", {channels, 1, 1}, shifts)});
}

/// What the values are that a network with this last layer gives.
inline std::string onnx_output_name(std::string_view last_layer) {
    if (last_layer == Softmax::name) return "probabilities";
    return last_layer == LogSoftmax::name ? "log_probabilities" : "outputs";
}

/// The graph as the bytes of a file. Throws Error when they are more than any protobuf message holds.
inline std::string onnx_file(const ProtobufWriter& graph, const std::map<std::string, std::string>& metadata) {
    ProtobufWriter model, operators;
    operators.add(1, std::string_view{});
    operators.add(2, onnx_opset);
    model.add(1, onnx_ir_version);
    model.add(2, std::string_view{"tinyres"});
    model.add(7, graph);
    model.add(8, operators);
    for (const auto& [key, value] : metadata) {
        ProtobufWriter entry;
        entry.add(1, key);
        entry.add(2, value);
        model.add(14, entry);
    }
    if (model.bytes().size() > 0x7FFFFFFF)
        throw Error("the network is too large for an ONNX file, which holds 2 GB; export a smaller one");
    return model.bytes();
}

} // namespace detail

/// A network with the values of `state` (its state_dict) in prediction mode as the bytes of an ONNX file: operator set
/// 13, input `images` (batch, channels, height, width), output `log_probabilities`, `probabilities` or `outputs` (by
/// the last layer), the batch of any size; tensors and layers have the names of the state dict. A layer without
/// OnnxOperator does not compile. Throws Error when `state` is of another network.
template <class Network>
std::string to_onnx(std::span<const NamedTensor> state, const OnnxOptions& options = {}) {
    const std::span<const Node> nodes = Network::nodes;
    std::vector<OnnxLayer> layers = detail::onnx_layers(nodes, network_tensors<Network>, module_names<Network>, state);
    static constexpr auto calls = detail::onnx_calls(typename Network::Leaves{});
    const std::vector<bool> gone =
        options.fold_batch_norm ? detail::fold_batch_norms(nodes, calls, layers) : std::vector<bool>(nodes.size());

    Dims output = Network::output;
    if (options.first_outputs != 0) {
        detail::keep_first_outputs(layers.back(), nodes.back().name, output.channels, options.first_outputs);
        output.channels = options.first_outputs;
    }

    const std::string images = "images";
    OnnxGraph graph;
    std::vector<std::string> values{images};
    if (options.normalization)
        values[0] = detail::append_normalization(graph, *options.normalization, Network::input.channels, images);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::vector<std::string> inputs;
        for (const int value : nodes[i].inputs) inputs.push_back(values[static_cast<std::size_t>(value)]);
        values.push_back(gone[i] ? inputs[0] : calls[i].append(graph, layers[i], inputs));
    }
    return detail::onnx_file(graph.to_message("tinyres", images, Network::input, values.back(),
                                              detail::onnx_output_name(nodes.back().name), output),
                             options.metadata);
}

/// Writes a model as such a file, which replaces an old one when all of it is on the disk.
template <class Network, class Backend>
void export_onnx(const std::filesystem::path& path, const Model<Network, Backend>& model,
                 const OnnxOptions& options = {}) {
    write_text_file_atomically(path, to_onnx<Network>(state_dict(model), options));
}

} // namespace TINYRES_ARCH
} // namespace tinyres
