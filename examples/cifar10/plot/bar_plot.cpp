#include "bar_plot.hpp"

#include "../text.hpp"

namespace example::plot {

std::string to_svg(const BarPlot& plot, Place place) {
    constexpr double labels = 104, values = 66, row = 36, thickness = 22;
    Picture picture = plot.picture;
    picture.height = row * static_cast<double>(plot.bars.size()) + 30;
    const double length = picture.width - labels - values;
    const double bottom = picture.height - 26;
    std::string content;
    double y = 4;
    for (const Bar& bar : plot.bars) {
        content += text(labels - 8, y + 16, Anchor::end, escaped(bar.label));
        content += rectangle("track", labels, y, length, thickness);
        content += rectangle("bar", labels, y, length * bar.share, thickness, hover(bar.title));
        content += text(picture.width - values + 8, y + 16, Anchor::start, escaped(bar.value), "strong");
        y += row;
    }
    for (int percent = 0; percent <= 100; percent += 25) {
        const double x = labels + length * percent / 100;
        content += line("frame", x, bottom - 6, x, bottom);
        content += text(x, bottom + 17, Anchor::middle, printed("%d%%", percent));
    }
    return svg(picture, place, content);
}

} // namespace example::plot
