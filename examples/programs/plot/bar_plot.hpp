#pragma once

#include "svg.hpp"

#include <string>
#include <vector>

namespace example::plot {

/// A share in [0, 1] with a name.
struct Bar {
    std::string label; ///< plain text, as the others
    double share = 0;
    std::string value; ///< what is written behind the bar
    std::string title; ///< what the mouse shows
};

/// Lying bars from 0 to 100%, one below the other.
struct BarPlot {
    Picture picture; ///< its height follows from the number of bars
    std::vector<Bar> bars;
};

std::string to_svg(const BarPlot& plot, Place place);

} // namespace example::plot
