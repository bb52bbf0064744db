#pragma once

#include "tinyres/core/config.hpp"

#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Whether `name` fits `pattern`, in which each `*` stands for any characters, none or dots too: "layer1.*" fits
/// "layer1.0.conv1.weight".
constexpr bool fits_pattern(std::string_view name, std::string_view pattern) {
    std::size_t at = 0, in_pattern = 0;
    std::size_t star = std::string_view::npos, behind_star = 0; // the last star, and where what it stands for ends
    while (at < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            behind_star = at;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == name[at]) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++behind_star;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
    return in_pattern == pattern.size();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
