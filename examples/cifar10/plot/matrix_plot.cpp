#include "matrix_plot.hpp"

#include "../text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace example::plot {

namespace {

/// Small shares are to be seen too.
double opacity_of(double share, bool on_diagonal) {
    return on_diagonal ? 0.12 + 0.88 * share : std::min(1.0, 1.5 * std::sqrt(share));
}

} // namespace

std::string to_svg(const MatrixPlot& plot, Place place) {
    constexpr double left = 104, top = 122;
    const std::size_t size = plot.labels.size();
    const double side = (plot.picture.width - left - 2) / static_cast<double>(std::max<std::size_t>(size, 1));
    Picture picture = plot.picture;
    picture.height = top + side * static_cast<double>(size) + 4;
    std::string content = text(left - 8, top - 10, Anchor::end, escaped(plot.row_name), "strong") +
                          text(left, 16, Anchor::start, escaped(plot.column_name), "strong");
    for (std::size_t row = 0; row < size; ++row) {
        const double y = top + side * static_cast<double>(row);
        const int total = std::accumulate(plot.counts[row].begin(), plot.counts[row].end(), 0);
        content += text(left - 8, y + side / 2 + 4.5, Anchor::end, escaped(plot.labels[row]));
        content +=
            printed("<text transform=\"translate(%.1f %.1f) rotate(-90)\">%s</text>\n",
                    left + side * (static_cast<double>(row) + 0.5) + 4.5, top - 8, escaped(plot.labels[row]).c_str());
        for (std::size_t column = 0; column < size; ++column) {
            const double x = left + side * static_cast<double>(column);
            const int count = plot.counts[row][column];
            const double share = total == 0 ? 0.0 : static_cast<double>(count) / total;
            const std::string title = plot.title(plot.labels[row], plot.labels[column], count, total);
            content += rectangle(row == column ? "cell hit" : "cell miss", x, y, side, side, hover(title),
                                 printed(" fill-opacity=\"%.3f\"", opacity_of(share, row == column)));
            content += text(x + side / 2, y + side / 2 + 4.5, Anchor::middle, with_commas(count),
                            count == 0 ? "none" : "count");
        }
    }
    return svg(picture, place, content);
}

} // namespace example::plot
