#pragma once

#include "tinyres/io/onnx/operators.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// What the poolings of windows have in common.
inline std::vector<OnnxAttribute> pooling_attributes(std::int64_t window, std::int64_t stride, std::int64_t padding) {
    std::vector<OnnxAttribute> attributes{{"kernel_shape", std::vector<std::int64_t>{window, window}},
                                          {"strides", std::vector<std::int64_t>{stride, stride}}};
    if (padding > 0) attributes.push_back({"pads", std::vector<std::int64_t>{padding, padding, padding, padding}});
    return attributes;
}

} // namespace detail

/// `MaxPool`.
template <int Window, int Stride, int Padding>
struct OnnxOperator<MaxPool<Window, Stride, Padding>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "MaxPool", layer, input,
                                       detail::pooling_attributes(Window, Stride, Padding));
    }
};

/// `AveragePool`.
template <int Window, int Stride, int Padding, CountPadding count_padding>
struct OnnxOperator<AvgPool<Window, Stride, Padding, count_padding>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        std::vector<OnnxAttribute> attributes = detail::pooling_attributes(Window, Stride, Padding);
        attributes.push_back({"count_include_pad", std::int64_t{count_padding == CountPadding::yes ? 1 : 0}});
        return detail::append_operator(graph, "AveragePool", layer, input, std::move(attributes));
    }
};

/// `GlobalAveragePool`.
template <>
struct OnnxOperator<GlobalAvgPool> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return detail::append_operator(graph, "GlobalAveragePool", layer, input);
    }
};

/// `Resize` to the nearest pixel.
template <int Factor>
struct OnnxOperator<Upsample<Factor>> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        const float scales[] = {1.0f, 1.0f, Factor, Factor};
        const std::string scale = graph.constant(layer.name + ".scales", {4}, scales);
        return graph.node("Resize", layer.name, {input, "", scale},
                          {{"coordinate_transformation_mode", std::string("asymmetric")},
                           {"mode", std::string("nearest")},
                           {"nearest_mode", std::string("floor")}});
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
