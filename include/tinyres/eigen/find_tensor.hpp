#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/core/network.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// How many characters must be changed, added or left out to make one name of the other.
inline std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = i;
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i] == to[j] ? 0u : 1u);
            diagonal = row[j + 1];
            row[j + 1] = (std::min)({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// "; did you mean 'fc.weight'? There are '0.weight', '0.bias', ... and 12 more".
inline std::string names_like(std::span<const NetworkTensor> tensors, Role role, std::string_view name) {
    constexpr std::size_t listed = 12;
    std::vector<std::string> names;
    for (const NetworkTensor& tensor : tensors)
        if (tensor.spec.role == role) names.emplace_back(tensor.name.view());
    if (names.empty()) return "; it has none at all";
    const auto distance = [&](const std::string& other) { return edit_distance(name, other); };
    const std::string& nearest = *std::ranges::min_element(names, {}, distance);
    std::string text;
    if (3 * distance(nearest) <= name.size()) text = "; did you mean '" + nearest + "'?";
    text += text.empty() ? "; there are" : " There are";
    for (std::size_t i = 0; i < (std::min)(listed, names.size()); ++i)
        text += (i == 0 ? " '" : ", '") + names[i] + '\'';
    if (names.size() > listed) text += " and " + std::to_string(names.size() - listed) + " more";
    return text;
}

/// The network's tensor of this role and name. Throws Error when there is none, with the names that there are.
inline const NetworkTensor& find_tensor(std::span<const NetworkTensor> tensors, Role role, std::string_view name) {
    const auto found = std::ranges::find_if(tensors, [&](const NetworkTensor& tensor) { return tensor.name == name; });
    const std::string kind = role == Role::parameter ? "parameter" : "running statistic";
    if (found == tensors.end())
        throw Error("the network has no " + kind + " '" + std::string(name) + "'" + names_like(tensors, role, name));
    if (found->spec.role != role)
        throw Error("tensor '" + std::string(name) + "' is not a " + kind + "; use " +
                    (role == Role::parameter ? "statistic_vector" : "parameter_vector"));
    return *found;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
