#pragma once

#include "tinyres/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

/// The end of the component that begins at `begin`.
constexpr const char* end_of_component(const char* begin, const char* end) {
    while (begin != end && *begin != '.') ++begin;
    return begin;
}

/// How many components `path` has if the layer at `layer` is the one there, or within it; 0 otherwise. Plain pointers,
/// as compilers run them in few steps.
constexpr int components_that_fit(std::string_view layer, std::string_view path) {
    const char* at = layer.data();
    const char* const end = at + layer.size();
    int components = 1;
    for (const char wanted : path) {
        if (wanted == '*') {
            at = end_of_component(at, end);
            continue;
        }
        if (at == end || *at != wanted) return 0;
        ++at;
        if (wanted == '.') ++components;
    }
    return at == end || *at == '.' ? components : 0;
}

/// Whether the layer at `layer` is the one at `path`, or within it.
constexpr bool is_at(std::string_view layer, std::string_view path) {
    return components_that_fit(layer, path) > 0;
}

/// The name that `entry` gives to the layer at `layer`, which is at its path.
constexpr Text name_by(const ModuleName& entry, std::string_view layer) {
    const char* at = layer.data();
    const char* const end = at + layer.size();
    const char* wanted = entry.path.data();
    const char* const wanted_end = wanted + entry.path.size();
    // Moves over the next component of both paths that the entry's has a star for, or to their end.
    const auto next_star = [&] {
        while (wanted != wanted_end) {
            if (*wanted++ == '*') {
                const char* const begin = at;
                at = end_of_component(at, end);
                return std::string_view(begin, static_cast<std::size_t>(at - begin));
            }
            ++at;
        }
        return std::string_view{};
    };
    Text name;
    for (const char& character : entry.name) {
        if (character == '*') {
            name.append(next_star());
        } else if (character == '#') {
            int number = 0;
            for (const char digit : next_star()) number = 10 * number + (digit - '0');
            name.append(number + 1);
        } else {
            name.append(std::string_view(&character, 1));
        }
    }
    while (wanted != wanted_end) next_star();
    name.append(std::string_view(at, static_cast<std::size_t>(end - at)));
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

/// A hash of a name.
constexpr std::uint64_t fingerprint(std::string_view name) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325u; // FNV-1a
    for (const char character : name) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100'0000'01B3u;
    return hash;
}

/// Whether all layers with tensors have names of their own.
template <class Network>
constexpr bool module_names_are_unique() {
    if (module_names<Network>.empty()) return true;                                    // paths are
    std::array<std::uint64_t, static_cast<std::size_t>(Network::layer_count)> names{}; // sorted with less work
    auto end = names.begin();
    for (const auto& node : Network::nodes)
        if (node.tensors.count > 0) *end++ = fingerprint(name_of_layer(node.path, module_names<Network>).view());
    std::sort(names.begin(), end);
    return std::adjacent_find(names.begin(), end) == end;
}

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
