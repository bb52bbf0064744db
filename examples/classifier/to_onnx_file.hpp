#pragma once

#include "head.hpp"

#include <tinyres/io/onnx.hpp>

namespace example {

/// The network with a state dict of `classes` classes as the bytes of an ONNX file with as many outputs.
template <class Network>
std::string onnx_file(std::vector<tr::NamedTensor> state, int classes, tr::OnnxOptions options) {
    // The network as a type has more outputs than there are classes: they are added here and left out in the file.
    const std::string head = head_name<Network>();
    for (tr::NamedTensor& tensor : state)
        if (tensor.name.substr(0, tensor.name.rfind('.')) == head) resize_rows(tensor, Network::output.size());
    options.first_outputs = classes;
    return tr::to_onnx<Network>(state, options);
}

} // namespace example
