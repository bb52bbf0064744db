#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/shape.hpp"
#include "tinyres/io/onnx/protobuf_writer.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Graphs of ONNX as values. Numbers of fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
namespace tinyres {
inline namespace TINYRES_ARCH {

/// The operator set that exported files ask for, and the version of the format that goes with it.
inline constexpr std::int64_t onnx_opset = 13;
inline constexpr std::int64_t onnx_ir_version = 7;

/// A setting of an operator.
struct OnnxAttribute {
    std::string_view name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>, std::string> value;
};

/// An operator with the names of the values that it takes and the one that it gives.
struct OnnxNode {
    std::string op;
    std::string name;
    std::vector<std::string> inputs;
    std::string output;
    std::vector<OnnxAttribute> attributes;
};

/// A graph that is being built: constants, and operators in the order in which they run.
class OnnxGraph {
public:
    /// Appends an operator; returns the name of its output. `name` gets a number if it is taken.
    std::string node(std::string op, std::string name, std::vector<std::string> inputs,
                     std::vector<OnnxAttribute> attributes = {}) {
        name = unique(name);
        nodes_.push_back({std::move(op), name, std::move(inputs), name + ".out", std::move(attributes)});
        return nodes_.back().output;
    }

    /// Adds a constant of floats; returns its name.
    std::string constant(std::string name, const std::vector<std::int64_t>& shape, std::span<const float> values) {
        return add_constant(std::move(name), shape, 1, std::as_bytes(values));
    }

    /// Adds a constant of whole numbers, a vector; returns its name.
    std::string constant(std::string name, std::vector<std::int64_t> values) {
        return add_constant(std::move(name), {static_cast<std::int64_t>(values.size())}, 7,
                            std::as_bytes(std::span(values)));
    }

    std::span<const OnnxNode> nodes() const { return nodes_; }

    /// The graph as a message GraphProto: one input and one output of a batch of any size. `result` is the name of the
    /// value that becomes the output.
    ProtobufWriter to_message(const std::string& name, const std::string& input, Dims input_shape, std::string result,
                              const std::string& output, Dims output_shape) {
        if (result == input) result = node("Identity", "identity", {input});
        ProtobufWriter graph;
        for (OnnxNode node : nodes_) {
            if (node.output == result) node.output = output;
            for (std::string& value : node.inputs)
                if (value == result) value = output;
            graph.add(1, to_message(node));
        }
        graph.add(2, name);
        for (const ProtobufWriter& tensor : constants_) graph.add(5, tensor);
        graph.add(11, value_info(input, input_shape));
        graph.add(12, value_info(output, output_shape));
        return graph;
    }

private:
    static_assert(std::endian::native == std::endian::little, "tinyres: ONNX stores numbers in little-endian order");

    std::string unique(const std::string& name) {
        std::string candidate = name;
        for (int number = 2; !names_.insert(candidate).second; ++number)
            candidate = name + '_' + std::to_string(number);
        return candidate;
    }

    std::string add_constant(std::string name, const std::vector<std::int64_t>& shape, std::int64_t type,
                             std::span<const std::byte> bytes) {
        name = unique(name);
        ProtobufWriter tensor;
        for (const std::int64_t extent : shape) tensor.add(1, extent);
        tensor.add(2, type);
        tensor.add(8, name);
        tensor.add(9, bytes);
        constants_.push_back(std::move(tensor));
        return name;
    }

    static ProtobufWriter to_message(const OnnxAttribute& attribute) {
        ProtobufWriter message;
        message.add(1, attribute.name);
        if (const auto* const number = std::get_if<std::int64_t>(&attribute.value)) {
            message.add(3, *number);
            message.add(20, std::int64_t{2});
        } else if (const auto* const real = std::get_if<float>(&attribute.value)) {
            message.add(2, *real);
            message.add(20, std::int64_t{1});
        } else if (const auto* const text = std::get_if<std::string>(&attribute.value)) {
            message.add(4, *text);
            message.add(20, std::int64_t{3});
        } else {
            for (const std::int64_t each : std::get<std::vector<std::int64_t>>(attribute.value)) message.add(8, each);
            message.add(20, std::int64_t{7});
        }
        return message;
    }

    static ProtobufWriter to_message(const OnnxNode& node) {
        ProtobufWriter message;
        for (const std::string& input : node.inputs) message.add(1, input);
        message.add(2, node.output);
        message.add(3, node.name);
        message.add(4, node.op);
        for (const OnnxAttribute& attribute : node.attributes) message.add(5, to_message(attribute));
        return message;
    }

    /// A tensor of floats: (batch, features) or (batch, channels, height, width).
    static ProtobufWriter value_info(const std::string& name, Dims shape) {
        ProtobufWriter batch;
        batch.add(2, std::string_view{"batch"});
        ProtobufWriter dimensions;
        dimensions.add(1, batch);
        const auto add_dimension = [&](int extent) {
            ProtobufWriter dimension;
            dimension.add(1, std::int64_t{extent});
            dimensions.add(1, dimension);
        };
        add_dimension(shape.channels);
        if (!shape.flat) {
            add_dimension(shape.height);
            add_dimension(shape.width);
        }
        ProtobufWriter tensor, type, info;
        tensor.add(1, std::int64_t{1});
        tensor.add(2, dimensions);
        type.add(1, tensor);
        info.add(1, name);
        info.add(2, type);
        return info;
    }

    std::vector<OnnxNode> nodes_;
    std::vector<ProtobufWriter> constants_;
    std::set<std::string> names_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
