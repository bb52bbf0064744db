#pragma once

#include "../programs/plot/axis.hpp"
#include "../programs/plot/svg.hpp"

#include <string>
#include <vector>

namespace example::plot {

/// A point of a class.
struct ClassPoint {
    double x = 0;
    double y = 0;
    int label = 0; ///< an index into the classes
};

/// Points colored by class, with the mean of each class as a larger dot and a legend beside the plot. A unit is as long
/// on one axis as on the other.
struct ScatterPlot {
    Picture picture;
    Axis x; ///< its label; the ends follow from the points
    Axis y;
    std::vector<std::string> classes; ///< plain text; at most `scatter_colors`
    std::vector<ClassPoint> points;   ///< at least two that differ
};

/// How many classes have a color of their own.
inline constexpr int scatter_colors = 10;

/// The plot as an <svg> element that is a file.
std::string to_svg(const ScatterPlot& plot);

} // namespace example::plot
