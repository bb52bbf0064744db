#include "matrix_plot.hpp"

#include "../text.hpp"
#include "label_room.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace example::plot {

namespace {

/// With more classes than so many the picture is wider, and each further step leaves out something: counts where cells
/// have no room for them, labels where they would overlap.
constexpr std::size_t most_in_narrow = 14;
constexpr double wide = 960;
constexpr double least_for_count = 22, least_for_label = 13;

/// Small shares are to be seen too.
double opacity_of(double share, bool on_diagonal) {
    return on_diagonal ? 0.12 + 0.88 * share : std::min(1.0, 1.5 * std::sqrt(share));
}

} // namespace

std::string to_svg(const MatrixPlot& plot, Place place) {
    const std::size_t size = plot.labels.size();
    Picture picture = plot.picture;
    if (size > most_in_narrow) picture.width = wide;
    const double left = label_room(plot.labels), top = left + 18;
    const double side = (picture.width - left - 2) / static_cast<double>(std::max<std::size_t>(size, 1));
    const std::size_t label_step = static_cast<std::size_t>(std::ceil(least_for_label / side));
    const bool shows_counts = side >= least_for_count;
    picture.height = top + side * static_cast<double>(size) + 4;
    std::string content = text(left - 8, top - 10, Anchor::end, escaped(plot.row_name), "strong") +
                          text(left, 16, Anchor::start, escaped(plot.column_name), "strong");
    for (std::size_t row = 0; row < size; ++row) {
        const double y = top + side * static_cast<double>(row);
        const int total = std::accumulate(plot.counts[row].begin(), plot.counts[row].end(), 0);
        if (row % label_step == 0) {
            const std::string label = escaped(shortened(plot.labels[row], longest_label));
            content += text(left - 8, y + side / 2 + 4.5, Anchor::end, label);
            content += printed("<text transform=\"translate(%.1f %.1f) rotate(-90)\">%s</text>\n",
                               left + side * (static_cast<double>(row) + 0.5) + 4.5, top - 8, label.c_str());
        }
        if (!shows_counts) content += rectangle("track", left, y, side * static_cast<double>(size), side);
        for (std::size_t column = 0; column < size; ++column) {
            const double x = left + side * static_cast<double>(column);
            const int count = plot.counts[row][column];
            if (!shows_counts && count == 0 && row != column) continue; // the most, and they show nothing
            const double share = total == 0 ? 0.0 : static_cast<double>(count) / total;
            const std::string title = plot.title(plot.labels[row], plot.labels[column], count, total);
            content += rectangle(row == column ? "cell hit" : "cell miss", x, y, side, side, hover(title),
                                 printed(" fill-opacity=\"%.3f\"", opacity_of(share, row == column)));
            if (shows_counts)
                content += text(x + side / 2, y + side / 2 + 4.5, Anchor::middle, with_commas(count),
                                count == 0 ? "none" : "count");
        }
    }
    return svg(picture, place, content);
}

} // namespace example::plot
