#pragma once

#include "tinyres/io/onnx/graph.hpp"
#include "tinyres/layers/layers.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A tensor of a layer, in PyTorch's order.
struct OnnxTensor {
    std::string name; ///< in state dicts
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

/// One layer of a network that is exported.
struct OnnxLayer {
    std::string name; ///< as in state dicts: "R1.conv1"
    Dims in;
    std::vector<Dims> inputs;                               ///< of all values that it reads; `in` is the first
    std::map<std::string, OnnxTensor, std::less<>> tensors; ///< by the layer's own names: "weight"
};

/// The compiler names this type when a layer has no operator.
template <class Layer>
struct no_onnx_operator {
    static_assert(sizeof(Layer) == 0, "tinyres: this layer cannot be exported, there is no OnnxOperator of it; "
                                      "specialize OnnxOperator<Layer> as io/onnx/operators.hpp shows");
};

/// How a layer becomes operators of ONNX. `append(graph, layer, input)` adds them and returns the name of the value
/// that they give; images are (batch, channels, height, width). Specialize it for layers of your own:
///
///     template <> struct tinyres::OnnxOperator<Square> {
///         static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
///             return graph.node("Mul", layer.name, {input, input});
///         }
///     };
///
/// Where a layer reads several values (Add), `append` gets the names of all of them as a span.
template <class Layer>
struct OnnxOperator {
    static_assert(sizeof(no_onnx_operator<Layer>) > 0);
    static std::string append(const auto&...) { return {}; } // asked for after this error, which stays the only one
};

namespace detail {

/// Adds a tensor of the layer as a constant under its own name.
inline std::string constant_of(OnnxGraph& graph, const OnnxLayer& layer, std::string_view name) {
    const OnnxTensor& tensor = layer.tensors.find(name)->second;
    return graph.constant(tensor.name, tensor.shape, tensor.values);
}

/// `input`, the weights and, if there is one, the bias.
inline std::vector<std::string> weighted(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
    std::vector<std::string> inputs{input, constant_of(graph, layer, "weight")};
    if (layer.tensors.contains("bias")) inputs.push_back(constant_of(graph, layer, "bias"));
    return inputs;
}

/// A layer that is one operator without tensors.
inline std::string append_operator(OnnxGraph& graph, std::string op, const OnnxLayer& layer, const std::string& input,
                                   std::vector<OnnxAttribute> attributes = {}) {
    return graph.node(std::move(op), layer.name, {input}, std::move(attributes));
}

} // namespace detail

/// `Conv`.
template <int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
struct OnnxOperator<Convolution<Channels, Geometry, Groups, bias, algorithm>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        using Numbers = std::vector<std::int64_t>;
        const Numbers padding{Geometry::padding_height, Geometry::padding_width};
        return graph.node("Conv", layer.name, detail::weighted(graph, layer, input),
                          {{"dilations", Numbers{Geometry::dilation_height, Geometry::dilation_width}},
                           {"group", std::int64_t{Groups}},
                           {"kernel_shape", Numbers{Geometry::kernel_height, Geometry::kernel_width}},
                           {"pads", Numbers{padding[0], padding[1], padding[0], padding[1]}}, // before, then after
                           {"strides", Numbers{Geometry::stride_height, Geometry::stride_width}}});
    }
};

/// `Gemm` with the weights transposed.
template <int Features, Bias bias>
struct OnnxOperator<Linear<Features, bias>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Gemm", layer.name, detail::weighted(graph, layer, input), {{"transB", std::int64_t{1}}});
    }
};

/// `BatchNormalization` with the running statistics; ones and zeros for tensors that the layer does without.
template <class... Options>
struct OnnxOperator<BatchNormWith<Options...>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        const auto tensor = [&](std::string_view name, float otherwise) {
            if (layer.tensors.contains(name)) return detail::constant_of(graph, layer, name);
            const std::vector<float> values(static_cast<std::size_t>(layer.in.channels), otherwise);
            return graph.constant(layer.name + '.' + std::string(name), {layer.in.channels}, values);
        };
        return graph.node("BatchNormalization", layer.name,
                          {input, tensor("weight", 1.0f), tensor("bias", 0.0f), tensor("running_mean", 0.0f),
                           tensor("running_var", 1.0f)},
                          {{"epsilon", static_cast<float>(BatchNormWith<Options...>::epsilon)}});
    }
};

/// Five operators: ONNX's own GroupNormalization is younger than the operator set; each group is one channel of an
/// InstanceNormalization, as in PyTorch's exporter.
template <int Groups>
struct OnnxOperator<GroupNorm<Groups>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        const std::string& name = layer.name;
        const std::vector<float> ones(Groups, 1.0f), zeros(Groups, 0.0f);
        const std::string grouped = graph.node( // a 0 stands for the batch as it is
            "Reshape", name + ".group", {input, graph.constant(name + ".group.shape", {0, Groups, -1})});
        const std::string normalized = graph.node(
            "InstanceNormalization", name + ".normalize",
            {grouped, graph.constant(name + ".ones", {Groups}, ones), graph.constant(name + ".zeros", {Groups}, zeros)},
            {{"epsilon", static_cast<float>(GroupNorm<Groups>::epsilon)}});
        const std::string image =
            graph.node("Reshape", name + ".ungroup",
                       {normalized, graph.constant(name + ".ungroup.shape",
                                                   {0, layer.in.channels, layer.in.height, layer.in.width})});
        const std::string scaled = graph.node("Mul", name + ".scale", {image, per_channel(graph, layer, "weight")});
        return graph.node("Add", name + ".shift", {scaled, per_channel(graph, layer, "bias")});
    }

private:
    static std::string per_channel(OnnxGraph& graph, const OnnxLayer& layer, std::string_view name) {
        const OnnxTensor& tensor = layer.tensors.find(name)->second;
        return graph.constant(tensor.name, {layer.in.channels, 1, 1}, tensor.values);
    }
};

/// `Relu`.
template <>
struct OnnxOperator<ReLU> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Relu", layer, input);
    }
};

/// `Flatten`.
template <>
struct OnnxOperator<Flatten> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Flatten", layer, input, {{"axis", std::int64_t{1}}});
    }
};

/// `Softmax`.
template <>
struct OnnxOperator<Softmax> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Softmax", layer, input, {{"axis", std::int64_t{1}}});
    }
};

/// `LogSoftmax`.
template <>
struct OnnxOperator<LogSoftmax> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "LogSoftmax", layer, input, {{"axis", std::int64_t{1}}});
    }
};

/// `Add`.
template <>
struct OnnxOperator<Add> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, std::span<const std::string> inputs) {
        return graph.node("Add", layer.name.empty() ? "add" : layer.name + ".add", {inputs[1], inputs[0]});
    }
};

/// `Concat`, of channels or features.
template <>
struct OnnxOperator<Concatenate> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, std::span<const std::string> inputs) {
        return graph.node("Concat", layer.name.empty() ? "concat" : layer.name + ".concat",
                          {inputs.begin(), inputs.end()}, {{"axis", std::int64_t{1}}});
    }
};

/// `Mul`; a vector becomes an image of one pixel first where it gates an image.
template <>
struct OnnxOperator<Multiply> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, std::span<const std::string> inputs) {
        const std::string name = layer.name.empty() ? "scale" : layer.name + ".scale";
        std::string gate = inputs[1];
        if (layer.inputs[1].flat && !layer.in.flat)
            gate = graph.node("Reshape", name + ".gate",
                              {gate, graph.constant(name + ".gate.shape", {0, layer.in.channels, 1, 1})});
        return graph.node("Mul", name, {inputs[0], gate});
    }
};

/// Nothing, as in prediction.
template <int Numerator, int Denominator>
struct OnnxOperator<Dropout<Numerator, Denominator>> {
    static std::string append(OnnxGraph&, const OnnxLayer&, const std::string& input) { return input; }
};

/// Nothing, as in prediction.
template <int Numerator, int Denominator>
struct OnnxOperator<Dropout2d<Numerator, Denominator>> {
    static std::string append(OnnxGraph&, const OnnxLayer&, const std::string& input) { return input; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
