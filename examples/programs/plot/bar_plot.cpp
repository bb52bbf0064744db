#include "bar_plot.hpp"

#include "../text.hpp"
#include "label_room.hpp"

namespace example::plot {

std::string to_svg(const BarPlot& plot, Place place) {
    constexpr double values = 66, row = 36, thickness = 22;
    std::vector<std::string> names;
    for (const Bar& bar : plot.bars) names.push_back(bar.label);
    const double labels = label_room(names);
    Picture picture = plot.picture;
    picture.height = row * static_cast<double>(plot.bars.size()) + 30;
    const double length = picture.width - labels - values;
    const double bottom = picture.height - 26;
    std::string content;
    double y = 4;
    for (const Bar& bar : plot.bars) {
        content += text(labels - 8, y + 16, Anchor::end, escaped(shortened(bar.label, longest_label)));
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
