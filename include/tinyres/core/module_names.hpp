#pragma once

#include "tinyres/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a part of a network is called in state dicts and files: the tensors of the layer or group at `path` ("2.4"),
/// which would be "2.4.weight" and so on, are "R1.conv2.weight" with the name "R1.conv2".
struct ModuleName {
    std::string_view path;
    std::string_view name;
};

/// The names of a network's parts where they are not the paths in the nested type: those of the same modules in
/// PyTorch. None, unless a network declares them by a specialization beside its definition:
///
///     using Net = Network<Image<3, 32, 32>, Sequential<Conv3x3<8>, ReLU>, Flatten, Linear<10>>;
///     template <> inline constexpr std::array module_names<Net>{ModuleName{"0", "stem"}, ModuleName{"2", "fc"}};
///
/// The longest path that fits counts. Each must lead to tensors, and no two layers may get one name.
template <class Network>
inline constexpr std::array<ModuleName, 0> module_names{};

namespace detail {

/// Whether the layer at `layer` is the one at `path`, or within it.
constexpr bool is_at(std::string_view layer, std::string_view path) {
    return layer.starts_with(path) && (layer.size() == path.size() || layer[path.size()] == '.');
}

/// The name of the layer at `path`, by any range of ModuleName.
template <class Names>
constexpr Text name_of_layer(const Text& path, const Names& names) {
    ModuleName best; // a copy, since g++ with -fsanitize=undefined refuses pointers to inline variables as constants
    bool found = false;
    for (const ModuleName& name : names)
        if (is_at(path.view(), name.path) && (!found || name.path.size() > best.path.size())) {
            best = name;
            found = true;
        }
    if (!found) return path;
    Text result{best.name};
    result.append(path.view().substr(best.path.size()));
    return result;
}

constexpr Text name_of_tensor(Text layer, std::string_view tensor) {
    layer.append(".");
    layer.append(tensor);
    return layer;
}

/// Whether every entry of module_names leads to tensors.
template <class Network>
constexpr bool module_names_have_layers() {
    for (const ModuleName& name : module_names<Network>) {
        bool found = false;
        for (const auto& node : Network::nodes) found |= node.tensors.count > 0 && is_at(node.path.view(), name.path);
        if (!found) return false;
    }
    return true;
}

/// Whether all layers with tensors have names of their own.
template <class Network>
constexpr bool module_names_are_unique() {
    if (module_names<Network>.empty()) return true; // paths are
    std::array<Text, static_cast<std::size_t>(Network::layer_count)> names;
    auto end = names.begin();
    for (const auto& node : Network::nodes)
        if (node.tensors.count > 0) *end++ = name_of_layer(node.path, module_names<Network>);
    std::sort(names.begin(), end, [](const Text& a, const Text& b) { return a.view() < b.view(); });
    return std::adjacent_find(names.begin(), end, [](const Text& a, const Text& b) { return a == b.view(); }) == end;
}

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
