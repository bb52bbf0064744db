#pragma once

#include "tinyres/model/model.hpp"

#include <algorithm>
#include <set>

namespace tinyres::inline TINYRES_ARCH {

/// A tensor with its values in PyTorch's order of dimensions.
struct NamedTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

namespace detail {

/// Calls `function(ours, pytorch)` with the two positions of every element: in our flat buffer, and in PyTorch's order.
template <class Function>
void for_each_element(const TensorSpec& spec, Function function) {
    if (spec.layout == Layout::same) {
        for (int i = 0; i < spec.size(); ++i) function(i, i);
        return;
    }
    // OIHW against HWIO, and OI against IO, which is the same with one pixel.
    const int outputs = spec.shape[0];
    const int inputs = spec.shape[1];
    const int pixels = spec.size() / (outputs * inputs);
    for (int o = 0; o < outputs; ++o)
        for (int i = 0; i < inputs; ++i)
            for (int pixel = 0; pixel < pixels; ++pixel)
                function((pixel * inputs + i) * outputs + o, (o * inputs + i) * pixels + pixel);
}

inline std::vector<std::int64_t> shape_of(const TensorSpec& spec) {
    return {spec.shape.begin(), spec.shape.begin() + spec.rank};
}

} // namespace detail

/// A flat buffer that is laid out like a network's parameters (parameters, gradients, an optimizer's moments) or its
/// statistics, as tensors in PyTorch's layout; names get `prefix` in front. `network` is `network_tensors<Network>`: a
/// value, so that this is compiled once for all networks.
template <class Backend>
void append_tensors(const Backend& backend, std::span<const NetworkTensor> network, Role role,
                    const typename Backend::Scalar* buffer, const std::string& prefix,
                    std::vector<NamedTensor>& tensors) {
    std::vector<float> ours;
    for (const NetworkTensor& tensor : network) {
        if (tensor.spec.role != role) continue;
        ours.resize(static_cast<std::size_t>(tensor.spec.size()));
        backend.download(buffer + tensor.offset, std::span<float>(ours));
        NamedTensor named{prefix + std::string(tensor.name.view()), detail::shape_of(tensor.spec),
                          std::vector<float>(ours.size())};
        detail::for_each_element(tensor.spec, [&](int from, int to) {
            named.values[static_cast<std::size_t>(to)] = ours[static_cast<std::size_t>(from)];
        });
        tensors.push_back(std::move(named));
    }
}

/// Fills such a buffer from `tensors`. Throws if one is missing, of another shape or not as long as its shape says;
/// others are ignored.
template <class Backend>
void read_tensors(const Backend& backend, std::span<const NetworkTensor> network, Role role,
                  std::span<const NamedTensor> tensors, const std::string& prefix, typename Backend::Scalar* buffer) {
    std::vector<float> ours;
    for (const NetworkTensor& tensor : network) {
        if (tensor.spec.role != role) continue;
        const std::string name = prefix + std::string(tensor.name.view());
        const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
        if (found == tensors.end()) throw Error("tensor '" + name + "' is missing; the weights are of another network");
        if (found->shape != detail::shape_of(tensor.spec))
            throw Error("tensor '" + name + "' has another shape than this network's; the weights are of another one");
        if (found->values.size() != static_cast<std::size_t>(tensor.spec.size()))
            throw Error("tensor '" + name + "' has " + std::to_string(found->values.size()) + " values instead of " +
                        std::to_string(tensor.spec.size()) + "; give as many as its shape asks for");
        ours.resize(found->values.size());
        detail::for_each_element(tensor.spec, [&](int to, int from) {
            ours[static_cast<std::size_t>(to)] = found->values[static_cast<std::size_t>(from)];
        });
        backend.upload(std::span<const float>(ours), buffer + tensor.offset);
    }
}

/// Throws unless each of `tensors` is one of the network's and none is there twice.
inline void check_names(std::span<const NetworkTensor> network, std::span<const NamedTensor> tensors) {
    std::set<std::string_view> known;
    for (const NetworkTensor& tensor : network) known.insert(tensor.name.view());
    std::set<std::string_view> given;
    for (const NamedTensor& tensor : tensors) {
        if (!known.contains(tensor.name))
            throw Error("tensor '" + tensor.name + "' is none of this network's; the weights are of another one");
        if (!given.insert(tensor.name).second)
            throw Error("tensor '" + tensor.name + "' is there twice; give each tensor once");
    }
}

/// Parameters and running statistics of a model: PyTorch's `state_dict()`.
template <class Network, class Backend>
std::vector<NamedTensor> state_dict(const Model<Network, Backend>& model) {
    const std::span<const NetworkTensor> network = network_tensors<Network>;
    std::vector<NamedTensor> tensors;
    append_tensors(model.backend(), network, Role::parameter, model.parameters().data(), "", tensors);
    append_tensors(model.backend(), network, Role::running_statistic, model.statistics().data(), "", tensors);
    return tensors;
}

/// Sets parameters and running statistics. Strict: every tensor must be there, once, in its shape, and no other; on an
/// error the model is as before.
template <class Network, class Backend>
void load_state_dict(Model<Network, Backend>& model, std::span<const NamedTensor> tensors) {
    const std::span<const NetworkTensor> network = network_tensors<Network>;
    check_names(network, tensors);
    auto parameters = model.backend().template allocate<typename Backend::Scalar>(model.parameters().size());
    auto statistics = model.backend().template allocate<typename Backend::Scalar>(model.statistics().size());
    read_tensors(model.backend(), network, Role::parameter, tensors, "", parameters.data());
    read_tensors(model.backend(), network, Role::running_statistic, tensors, "", statistics.data());
    model.adopt(std::move(parameters), std::move(statistics));
}

} // namespace tinyres::inline TINYRES_ARCH
