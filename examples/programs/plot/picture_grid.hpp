#pragma once

#include "svg.hpp"

#include <string>
#include <vector>

namespace example::plot {

/// Square pictures side by side with lines of text below.
struct PictureCell {
    std::vector<std::string> pictures; ///< URIs: "data:image/png;base64,..."
    std::vector<std::string> captions; ///< plain text; the first one is bold
};

struct PictureGrid {
    Picture picture; ///< its width and height follow from the cells
    int columns = 6;
    std::vector<PictureCell> cells; ///< row by row; all of as many pictures and captions as the first
};

std::string to_svg(const PictureGrid& grid, Place place);

} // namespace example::plot
