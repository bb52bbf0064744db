#include "picture_grid.hpp"

#include "../text.hpp"

#include <algorithm>

namespace example::plot {

std::string to_svg(const PictureGrid& grid, Place place) {
    constexpr double side = 84, small_gap = 4, gap = 18, caption_line = 17, narrowest = 150;
    Picture picture = grid.picture;
    const double pictures = grid.cells.empty() ? 1 : static_cast<double>(grid.cells.front().pictures.size());
    const double captions = grid.cells.empty() ? 0 : static_cast<double>(grid.cells.front().captions.size());
    const double width = std::max(narrowest, pictures * (side + small_gap));
    const double height = side + captions * caption_line + gap;
    const int rows = (static_cast<int>(grid.cells.size()) + grid.columns - 1) / grid.columns;
    picture.width = grid.columns * (width + gap);
    picture.height = rows * height;
    std::string content;
    for (std::size_t index = 0; index < grid.cells.size(); ++index) {
        const PictureCell& cell = grid.cells[index];
        const double left = static_cast<double>(index % static_cast<std::size_t>(grid.columns)) * (width + gap);
        const std::size_t row = index / static_cast<std::size_t>(grid.columns);
        const double top = static_cast<double>(row) * height;
        double x = left;
        for (const std::string& uri : cell.pictures) {
            content +=
                printed("<image x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" href=\"", x, top, side, side) +
                uri + "\"/>\n";
            x += side + small_gap;
        }
        double y = top + side + caption_line;
        for (const std::string& caption : cell.captions) {
            content +=
                text(left, y, Anchor::start, escaped(caption), &caption == &cell.captions.front() ? "strong" : "");
            y += caption_line;
        }
    }
    return svg(picture, place, content);
}

} // namespace example::plot
