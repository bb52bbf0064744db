#pragma once

#include "tinyres/model/model.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

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

/// "[64, 3, 3, 3]".
inline std::string shape_text(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(shape[i]);
    }
    return text += ']';
}

/// Throws Error unless `tensor` has the shape that the network asks for.
inline void require_shape(const NamedTensor& tensor, const TensorSpec& spec) {
    if (const std::vector<std::int64_t> shape = shape_of(spec); tensor.shape != shape)
        throw Error("tensor '" + tensor.name + "' has the shape " + shape_text(tensor.shape) +
                    ", but this network's is " + shape_text(shape) + "; the weights are of another network");
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
        detail::require_shape(*found, tensor.spec);
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

/// The names that a state dict of the network may have.
inline std::set<std::string, std::less<>> names_of(std::span<const NetworkTensor> network) {
    std::set<std::string, std::less<>> names;
    for (const NetworkTensor& tensor : network) names.emplace(tensor.name.view());
    for (std::string& name : counter_names(network)) names.insert(std::move(name));
    return names;
}

/// Those of `tensors` that are not the network's with `prefix` before their names.
inline std::vector<std::string> strangers(std::span<const NetworkTensor> network, std::span<const NamedTensor> tensors,
                                          std::string_view prefix) {
    const std::set<std::string, std::less<>> known = names_of(network);
    std::vector<std::string> names;
    for (const NamedTensor& tensor : tensors) {
        const std::string_view name = tensor.name;
        if (!name.starts_with(prefix) || !known.contains(name.substr(prefix.size()))) names.push_back(tensor.name);
    }
    return names;
}

/// `prefix` and what a further wrapper of PyTorch's modules has put behind it in all names: DataParallel and
/// DistributedDataParallel "module.", torch.compile "_orig_mod.". Nothing when there is no further one.
inline std::optional<std::string> longer_prefix(std::span<const NamedTensor> tensors, const std::string& prefix) {
    for (const char* wrapper : {"module.", "_orig_mod."}) {
        const std::string longer = prefix + wrapper;
        if (!tensors.empty() && std::all_of(tensors.begin(), tensors.end(),
                                            [&](const NamedTensor& tensor) { return tensor.name.starts_with(longer); }))
            return longer;
    }
    return std::nullopt;
}

} // namespace detail

/// How tensors are called in a state dict.
struct TensorNaming {
    std::vector<NetworkTensor> network; ///< by their names there, but for the prefix
    std::string prefix;                 ///< what a wrapper in PyTorch put before all of them, such as "module."
};

/// Whether what is loaded must be all of a network and nothing else, or may be a part of it: PyTorch's `strict=`.
enum class Strict { no, yes };

/// The network's tensors under the names that `tensors` use: all the declared ones, or all those by the path alone, as
/// files have them from before the network declared names; either with the prefixes of PyTorch's wrappers. Throws
/// unless each of `tensors` (if it need not be strict: one of them) is one of the network's and none is there twice.
inline TensorNaming named_as(std::span<const NamedTensor> tensors, std::span<const NetworkTensor> network,
                             Strict strict = Strict::yes) {
    const std::vector<NetworkTensor> declared{network.begin(), network.end()};
    std::vector<NetworkTensor> by_path = declared;
    for (NetworkTensor& tensor : by_path) tensor.name = tensor.path_name;

    std::set<std::string_view> given;
    for (const NamedTensor& tensor : tensors)
        if (!given.insert(tensor.name).second)
            throw Error("tensor '" + tensor.name + "' is there twice; give each tensor once");
    std::optional<TensorNaming> best;
    std::size_t fewest = strict == Strict::yes ? 1 : (std::max)(tensors.size(), std::size_t{1});
    for (std::optional<std::string> prefix{""}; prefix; prefix = detail::longer_prefix(tensors, *prefix))
        for (const std::vector<NetworkTensor>& named : {declared, by_path})
            if (const std::size_t unknown = detail::strangers(named, tensors, *prefix).size(); unknown < fewest) {
                best = {named, *prefix};
                fewest = unknown;
            }
    if (!best)
        throw Error("this network has no tensor '" + detail::strangers(declared, tensors, "").front() +
                    "'; the weights are of another network");
    return *best;
}

/// The batches that a model was trained on, by its counters: the highest of them, or `otherwise` if there are none, as
/// in files from before PyTorch had them. Throws if one is not such a number.
inline std::int64_t count_batches(const TensorNaming& naming, std::span<const NamedTensor> tensors,
                                  std::int64_t otherwise) {
    const std::vector<std::string> counters = detail::counter_names(naming.network);
    std::int64_t batches = -1;
    for (const NamedTensor& tensor : tensors) {
        const std::string_view name = std::string_view{tensor.name}.substr(naming.prefix.size());
        if (std::find(counters.begin(), counters.end(), name) == counters.end()) continue;
        constexpr float limit = 0x1p62f;
        if (!tensor.shape.empty() || tensor.values.size() != 1 || !(tensor.values[0] >= 0 && tensor.values[0] < limit))
            throw Error("tensor '" + tensor.name + "' is not a number of batches; save one whole number from 0 up");
        batches = (std::max)(batches, static_cast<std::int64_t>(tensor.values[0]));
    }
    return batches < 0 ? otherwise : batches;
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

/// What loading did that a caller may want to report.
struct LoadReport {
    /// What was before all names because a wrapper in PyTorch put it there, and was ignored: "module.", "_orig_mod."
    /// (torch.compile) or several of them; empty as a rule.
    std::string ignored_prefix;
    /// Where loading was not strict, by their names: what the network has and the state dict has not,
    std::vector<std::string> missing;
    /// what only the state dict has,
    std::vector<std::string> unexpected;
    /// and what both have, but in other shapes. Of the network, `missing` and `other_shapes` are as before.
    std::vector<std::string> other_shapes;
};

namespace detail {

/// Leaves those tensors of the network that are among `tensors` in their shape, and reports what is left out.
inline void keep_what_fits(TensorNaming& naming, std::span<const NamedTensor> tensors, LoadReport& report) {
    report.unexpected = strangers(naming.network, tensors, naming.prefix);
    std::erase_if(naming.network, [&](const NetworkTensor& wanted) {
        const std::string name{wanted.name.view()};
        const auto found =
            std::find_if(tensors.begin(), tensors.end(),
                         [full = naming.prefix + name](const NamedTensor& tensor) { return tensor.name == full; });
        if (found != tensors.end() && found->shape == shape_of(wanted.spec)) return false;
        (found == tensors.end() ? report.missing : report.other_shapes).push_back(name);
        return true;
    });
}

} // namespace detail

/// Sets parameters, running statistics and the count of batches. Strict: every tensor must be there (but the counters),
/// once, in its shape, and no other. With Strict::no what fits by name and shape is set, and the result says what was
/// left out; one tensor at least must have a name of the network. On an error the model is as before. Names may have
/// the prefixes of PyTorch's wrappers, which the result reports.
template <class Network, class Backend>
LoadReport load_state_dict(Model<Network, Backend>& model, std::span<const NamedTensor> tensors,
                           Strict strict = Strict::yes) {
    using Scalar = typename Backend::Scalar;
    if (strict == Strict::no && tensors.empty()) throw Error("there are no tensors to load; give some of a network's");
    TensorNaming naming = named_as(tensors, network_tensors<Network>, strict);
    LoadReport report{.ignored_prefix = naming.prefix, .missing = {}, .unexpected = {}, .other_shapes = {}};
    if (strict == Strict::no) detail::keep_what_fits(naming, tensors, report);
    const std::int64_t batches = count_batches(naming, tensors, strict == Strict::no ? model.batches_tracked() : 0);
    const Backend& backend = model.backend();
    const auto filled = [&](Role role, std::span<const Scalar> before) {
        auto buffer = backend.template allocate<Scalar>(before.size());
        if (strict == Strict::no) detail::copy_values(backend, before, buffer.span());
        fill_from_tensors<Backend>(backend, naming.network, role, tensors, naming.prefix, buffer.data());
        return buffer;
    };
    auto parameters = filled(Role::parameter, std::as_const(model).parameters());
    auto statistics = filled(Role::running_statistic, std::as_const(model).statistics());
    model.adopt(std::move(parameters), std::move(statistics), batches);
    return report;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
