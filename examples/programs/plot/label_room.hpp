#pragma once

#include "../text.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace example::plot {

/// Labels are cut to so many characters.
inline constexpr std::size_t longest_label = 24;

/// The width of a column of labels: at least that of a word.
inline double label_room(const std::vector<std::string>& labels) {
    std::size_t longest = 0;
    for (const std::string& label : labels) longest = std::max(longest, columns_of(label));
    return std::max(104.0, 16 + 7.5 * static_cast<double>(std::min(longest, longest_label)));
}

} // namespace example::plot
