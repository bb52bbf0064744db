#pragma once

#include "svg.hpp"

#include <string>
#include <vector>

namespace example::plot {

/// Counts of things by two of their classes.
struct MatrixPlot {
    Picture picture; ///< its height follows from the number of rows
    std::string row_name;
    std::string column_name;
    std::vector<std::string> labels;      ///< of rows and columns
    std::vector<std::vector<int>> counts; ///< by row, then by column
    std::string (*title)(const std::string& row, const std::string& column, int count, int row_total); ///< for a mouse
};

/// A square table whose cells are the darker the larger their share of the row is; those of the diagonal in another
/// color.
std::string to_svg(const MatrixPlot& plot, Place place);

} // namespace example::plot
