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
///
/// One entry can name all parts that are alike: a component `*` of the path stands for any one, and each `*` of the
/// name for what the path's next one stood for, `#` for that number plus one, where PyTorch counts from 1. With
/// {"1.*.*.0", "layer#.*.conv1"} the layer at "1.0.2.0" is "layer1.2.conv1".
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
/// The path with the most components of those that fit counts, the first one of equals. Each must lead to tensors, and
/// no two layers may get one name.
template <class Network>
inline constexpr std::array<ModuleName, 0> module_names{};

namespace detail {

/// Takes the first component from a path.
constexpr std::string_view take_component(std::string_view& path) {
    const std::size_t end = path.find('.');
    const std::string_view first = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    return first;
}

/// How many components `path` has if the layer at `layer` is the one there, or within it; 0 otherwise.
constexpr int components_that_fit(std::string_view layer, std::string_view path) {
    for (int components = 1;; ++components) {
        const std::string_view wanted = take_component(path);
        const bool at_end = layer.empty();
        if (const std::string_view found = take_component(layer); at_end || (wanted != "*" && wanted != found))
            return 0;
        if (path.empty()) return components;
    }
}

/// Whether the layer at `layer` is the one at `path`, or within it.
constexpr bool is_at(std::string_view layer, std::string_view path) {
    return components_that_fit(layer, path) > 0;
}

constexpr int number_of(std::string_view digits) {
    int number = 0;
    for (const char digit : digits) number = 10 * number + (digit - '0');
    return number;
}

/// The name that `entry` gives to the layer at `layer`, which is at its path.
constexpr Text name_by(const ModuleName& entry, std::string_view layer) {
    std::string_view path = entry.path;
    const auto next_star = [&] {
        for (;;) {
            const std::string_view component = take_component(layer);
            if (take_component(path) == "*") return component;
        }
    };
    Text name;
    for (const char& character : entry.name) {
        if (character == '*')
            name.append(next_star());
        else if (character == '#')
            name.append(number_of(next_star()) + 1);
        else
            name.append(std::string_view{&character, 1});
    }
    while (!path.empty()) {
        take_component(path);
        take_component(layer);
    }
    if (!layer.empty()) {
        name.append(".");
        name.append(layer);
    }
    return name;
}

/// The name of the layer at `path`, by any range of ModuleName.
template <class Names>
constexpr Text name_of_layer(const Text& path, const Names& names) {
    ModuleName best; // a copy, since g++ with -fsanitize=undefined refuses pointers to inline variables as constants
    int most = 0;
    for (const ModuleName& name : names)
        if (const int components = components_that_fit(path.view(), name.path); components > most) {
            best = name;
            most = components;
        }
    return most == 0 ? path : name_by(best, path.view());
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
    constexpr auto count = static_cast<std::size_t>(Network::layer_count);
    std::array<Text, count> names;
    std::array<std::string_view, count> sorted; // which are moved with less work
    std::size_t named = 0;
    for (const auto& node : Network::nodes)
        if (node.tensors.count > 0) {
            names[named] = name_of_layer(node.path, module_names<Network>);
            sorted[named] = names[named].view();
            ++named;
        }
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(named);
    std::sort(sorted.begin(), end);
    return std::adjacent_find(sorted.begin(), end) == end;
}

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
