#pragma once

#include "axis.hpp"
#include "svg.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace example::plot {

/// How a series looks: a color, and for the second one dashes.
enum class Look { first, second, third };

struct Point {
    double x = 0;
    double y = 0;
    std::string title; ///< what the mouse shows; plain text
};

/// Points of one kind.
struct Series {
    std::string name; ///< in the legend, which a plot of several lines has
    Look look = Look::first;
    bool line = true;  ///< whether the points are joined
    bool dots = false; ///< whether they are marked
    std::vector<Point> points;
};

/// A vertical line with a label, and a dot on it.
struct Mark {
    double x = 0;
    std::optional<double> y; ///< of the dot
    std::string label;       ///< plain text
    Look look = Look::third;
};

/// Curves over two axes.
struct LinePlot {
    Picture picture;
    Axis x;
    Axis y;
    std::vector<Series> series{};
    std::vector<Mark> marks{};
    std::optional<std::pair<double, double>> band{}; ///< a range of x that is shaded
};

/// The plot as an <svg> element. Values that lie outside the axes are cut off.
std::string to_svg(const LinePlot& plot, Place place);

} // namespace example::plot
