#pragma once

#include "tinyres/model/model.hpp"

#include <algorithm>
#include <set>

namespace tinyres::inline TINYRES_ARCH {

/// A tensor with its values in PyTorch's order of dimensions. BatchNorm's counters ("1.num_batches_tracked", a scalar),
/// which files hold as whole numbers, are floats here: exact up to 16,777,216.
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
void fill_from_tensors(const Backend& backend, std::span<const NetworkTensor> network, Role role,
                       std::span<const NamedTensor> tensors, const std::string& prefix,
                       typename Backend::Scalar* buffer) {
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

/// The counter that PyTorch keeps beside a layer's running statistics has this name.
inline constexpr std::string_view batch_counter = "num_batches_tracked";

/// Whether `name` is that of a counter of batches.
inline bool is_batch_counter(std::string_view name) {
    constexpr std::string_view end = batch_counter;
    return name.ends_with(end) && name.size() > end.size() && name[name.size() - end.size() - 1] == '.';
}

namespace detail {

/// The names of the counters of a network's layers with running statistics.
inline std::vector<std::string> counter_names(std::span<const NetworkTensor> network) {
    std::vector<std::string> names;
    for (const NetworkTensor& tensor : network)
        if (tensor.spec.role == Role::running_statistic && tensor.spec.name == "running_var") {
            const std::string_view name = tensor.name.view();
            names.emplace_back(name.substr(0, name.size() - tensor.spec.name.size())) += batch_counter;
        }
    return names;
}

/// The first of `tensors` that is none of the network's, or nothing.
inline const NamedTensor* find_stranger(std::span<const NetworkTensor> network, std::span<const NamedTensor> tensors) {
    const std::vector<std::string> counters = counter_names(network);
    std::set<std::string_view> known{counters.begin(), counters.end()};
    for (const NetworkTensor& tensor : network) known.insert(tensor.name.view());
    for (const NamedTensor& tensor : tensors)
        if (!known.contains(tensor.name)) return &tensor;
    return nullptr;
}

} // namespace detail

/// The network's tensors under the names that `tensors` use: all the declared ones, or all those by the path alone, as
/// files have them from before the network declared names. Throws unless each of `tensors` is one of the network's and
/// none is there twice.
inline std::vector<NetworkTensor> named_as(std::span<const NamedTensor> tensors,
                                           std::span<const NetworkTensor> network) {
    std::vector<NetworkTensor> named{network.begin(), network.end()};
    if (const NamedTensor* stranger = detail::find_stranger(named, tensors)) {
        for (NetworkTensor& tensor : named) tensor.name = tensor.path_name;
        if (detail::find_stranger(named, tensors) != nullptr)
            throw Error("tensor '" + stranger->name + "' is none of this network's; the weights are of another one");
    }
    std::set<std::string_view> given;
    for (const NamedTensor& tensor : tensors)
        if (!given.insert(tensor.name).second)
            throw Error("tensor '" + tensor.name + "' is there twice; give each tensor once");
    return named;
}

/// The batches that a model was trained on, by its counters: the highest of them, or 0 if there are none, as in files
/// from before PyTorch had them. Throws when one is no such number.
inline std::int64_t count_batches(std::span<const NetworkTensor> network, std::span<const NamedTensor> tensors) {
    const std::vector<std::string> counters = detail::counter_names(network);
    std::int64_t batches = 0;
    for (const NamedTensor& tensor : tensors) {
        if (std::ranges::find(counters, tensor.name) == counters.end()) continue;
        constexpr float limit = 0x1p62f;
        if (!tensor.shape.empty() || tensor.values.size() != 1 || !(tensor.values[0] >= 0 && tensor.values[0] < limit))
            throw Error("tensor '" + tensor.name + "' is no number of batches; save one whole number from 0 up");
        batches = (std::max)(batches, static_cast<std::int64_t>(tensor.values[0]));
    }
    return batches;
}

/// Parameters, running statistics and their counters: PyTorch's `state_dict()`, by the names that the network declares.
template <class Network, class Backend>
std::vector<NamedTensor> state_dict(const Model<Network, Backend>& model) {
    const std::span<const NetworkTensor> network = network_tensors<Network>;
    std::vector<NamedTensor> tensors;
    append_tensors(model.backend(), network, Role::parameter, model.parameters().data(), "", tensors);
    append_tensors(model.backend(), network, Role::running_statistic, model.statistics().data(), "", tensors);
    for (std::string& name : detail::counter_names(network))
        tensors.push_back({std::move(name), {}, {static_cast<float>(model.batches_tracked())}});
    return tensors;
}

/// Sets parameters, running statistics and the count of batches. Strict: every tensor must be there (but the counters),
/// once, in its shape, and no other; on an error the model is as before.
template <class Network, class Backend>
void load_state_dict(Model<Network, Backend>& model, std::span<const NamedTensor> tensors) {
    const std::vector<NetworkTensor> network = named_as(tensors, network_tensors<Network>);
    const std::int64_t batches = count_batches(network, tensors);
    auto parameters = model.backend().template allocate<typename Backend::Scalar>(model.parameters().size());
    auto statistics = model.backend().template allocate<typename Backend::Scalar>(model.statistics().size());
    fill_from_tensors<Backend>(model.backend(), network, Role::parameter, tensors, "", parameters.data());
    fill_from_tensors<Backend>(model.backend(), network, Role::running_statistic, tensors, "", statistics.data());
    model.adopt(std::move(parameters), std::move(statistics), batches);
}

} // namespace tinyres::inline TINYRES_ARCH
