#pragma once

#include <string>
#include <string_view>
#include <tinyres/model/state_dict.hpp>

namespace example {

namespace tr = tinyres;

/// The name of the layer that the outputs come from, in state dicts.
template <class Network>
std::string head_name() {
    std::string_view last;
    for (const tr::NetworkTensor& tensor : tr::network_tensors<Network>)
        if (tensor.spec.role == tr::Role::parameter) last = tensor.name.view();
    return std::string(last.substr(0, last.rfind('.')));
}

/// Makes a tensor of the head, (outputs, ...), have `rows` outputs; new ones are 0.
inline void resize_rows(tr::NamedTensor& tensor, int rows) {
    const std::size_t row = tensor.values.size() / static_cast<std::size_t>(tensor.shape.front());
    tensor.shape.front() = rows;
    tensor.values.resize(row * static_cast<std::size_t>(rows));
}

} // namespace example
