#pragma once

#include "tinyres/io/onnx/operators.hpp"

#include <numbers>

/// Activation functions as operators of ONNX. What the operator set does not have (ReLU6, SiLU, GELU, Hardswish)
/// consists of several.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Adds a number as a constant "LAYER.what".
inline std::string scalar(OnnxGraph& graph, const OnnxLayer& layer, const std::string& what, double value) {
    const float number = static_cast<float>(value);
    return graph.constant(layer.name + "." + what, {}, std::span(&number, 1));
}

/// Adds an operator "LAYER.what" of several values.
inline std::string step(OnnxGraph& graph, std::string op, const OnnxLayer& layer, const std::string& what,
                        std::vector<std::string> inputs) {
    return graph.node(std::move(op), layer.name + "." + what, std::move(inputs));
}

/// `HardSigmoid` as PyTorch has it: max(0, min(1, x / 6 + 1 / 2)).
inline std::string append_hard_sigmoid(OnnxGraph& graph, std::string name, const std::string& input) {
    return graph.node("HardSigmoid", std::move(name), {input}, {{"alpha", 1.0f / 6.0f}, {"beta", 0.5f}});
}

} // namespace detail

/// `Clip`.
template <>
struct OnnxOperator<ReLU6> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Clip", layer.name,
                          {input, detail::scalar(graph, layer, "min", 0), detail::scalar(graph, layer, "max", 6)});
    }
};

/// `LeakyRelu`.
template <int Numerator, int Denominator>
struct OnnxOperator<LeakyReLU<Numerator, Denominator>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "LeakyRelu", layer, input,
                                       {{"alpha", static_cast<float>(LeakyReLU<Numerator, Denominator>::slope)}});
    }
};

/// `PRelu`.
template <Slopes slopes>
struct OnnxOperator<PReLU<slopes>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        const OnnxTensor& weight = layer.tensors.find("weight")->second;
        std::vector<std::int64_t> shape = weight.shape;
        if (!layer.in.flat) shape.insert(shape.end(), {1, 1}); // as the channels of an image
        return graph.node("PRelu", layer.name, {input, graph.constant(weight.name, shape, weight.values)});
    }
};

/// `Elu`.
template <int Numerator, int Denominator>
struct OnnxOperator<ELU<Numerator, Denominator>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Elu", layer, input,
                                       {{"alpha", static_cast<float>(ELU<Numerator, Denominator>::alpha)}});
    }
};

/// `Celu`.
template <int Numerator, int Denominator>
struct OnnxOperator<CELU<Numerator, Denominator>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Celu", layer, input,
                                       {{"alpha", static_cast<float>(CELU<Numerator, Denominator>::alpha)}});
    }
};

/// `Mul` by a constant.
template <int Numerator, int Denominator>
struct OnnxOperator<ScaleBy<Numerator, Denominator>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Mul", layer.name,
                          {input, detail::scalar(graph, layer, "factor", ScaleBy<Numerator, Denominator>::factor)});
    }
};

/// x * `Sigmoid`.
template <>
struct OnnxOperator<SiLU> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Mul", layer.name, {input, detail::step(graph, "Sigmoid", layer, "sigmoid", {input})});
    }
};

/// By `Erf` or `Tanh`, as the formula reads: ONNX's own Gelu is younger than the operator set.
template <Approximation approximation>
struct OnnxOperator<GELU<approximation>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        const auto step = [&](const char* op, const char* what, std::vector<std::string> inputs) {
            return detail::step(graph, op, layer, what, std::move(inputs));
        };
        const auto scalar = [&](const char* what, double value) { return detail::scalar(graph, layer, what, value); };
        std::string twice; // the probability to be between 0 and x
        if constexpr (approximation == Approximation::none) {
            twice = step("Erf", "erf", {step("Mul", "scale", {input, scalar("factor", 0.5 * std::numbers::sqrt2)})});
        } else {
            const std::string square = step("Mul", "square", {input, input});
            const std::string cube = step("Mul", "cube", {square, input});
            const std::string cubic = step("Mul", "cubic", {cube, scalar("coefficient", 0.044715)});
            const std::string sum = step("Add", "sum", {input, cubic});
            const double factor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
            twice = step("Tanh", "tanh", {step("Mul", "scale", {sum, scalar("factor", factor)})});
        }
        const std::string shifted = step("Add", "shift", {twice, scalar("one", 1)});
        const std::string product = step("Mul", "product", {input, shifted});
        return graph.node("Mul", layer.name, {product, scalar("half", 0.5)});
    }
};

/// x * `HardSigmoid`: ONNX's own HardSwish is younger than the operator set.
template <>
struct OnnxOperator<Hardswish> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Mul", layer.name,
                          {input, detail::append_hard_sigmoid(graph, layer.name + ".hard_sigmoid", input)});
    }
};

/// `HardSigmoid`.
template <>
struct OnnxOperator<Hardsigmoid> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_hard_sigmoid(graph, layer.name, input);
    }
};

/// `Sigmoid`.
template <>
struct OnnxOperator<Sigmoid> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Sigmoid", layer, input);
    }
};

/// `Tanh`.
template <>
struct OnnxOperator<Tanh> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "Tanh", layer, input);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
