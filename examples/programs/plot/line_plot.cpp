#include "line_plot.hpp"

#include "../text.hpp"

#include <algorithm>

namespace example::plot {

namespace {

const char* name_of(Look look) {
    return look == Look::first ? "first" : look == Look::second ? "second" : "third";
}

class Drawing {
public:
    explicit Drawing(const LinePlot& plot)
        : plot_(plot), right_(plot.picture.width - margin_right), bottom_(plot.picture.height - margin_bottom) {}

    std::string content() const {
        const std::string clip = plot_.picture.name + "-inside";
        std::string svg = "<clipPath id=\"" + clip + "\">" + rectangle("", left, top, right_ - left, bottom_ - top) +
                          "</clipPath>\n" + axes();
        if (plot_.band) svg += shaded();
        svg += rectangle("frame", left, top, right_ - left, bottom_ - top);
        for (const Mark& mark : plot_.marks)
            svg += line(printed("mark %s", name_of(mark.look)).c_str(), x(mark.x), top, x(mark.x), bottom_);
        svg += "<g clip-path=\"url(#" + clip + ")\">\n";
        for (const Series& series : plot_.series) svg += curve(series);
        svg += "</g>\n";
        for (const Series& series : plot_.series) svg += dots(series);
        svg += labels();
        for (const Series& series : plot_.series) svg += spots(series);
        if (std::count_if(plot_.series.begin(), plot_.series.end(), [](const Series& s) { return s.line; }) > 1)
            svg += legend();
        return svg;
    }

private:
    static constexpr double left = 58, top = 34, margin_right = 14, margin_bottom = 48, legend_line = 26;

    double x(double value) const { return left + plot_.x.place(value) * (right_ - left); }
    double y(double value) const {
        const double far = 3 * plot_.picture.height; // far outside is far enough
        return std::clamp(bottom_ - plot_.y.place(value) * (bottom_ - top), -far, far);
    }
    bool inside(const Point& point) const {
        const double across = plot_.x.place(point.x), up = plot_.y.place(point.y);
        return across > -1e-3 && across < 1 + 1e-3 && up > -1e-3 && up < 1 + 1e-3;
    }

    std::string axes() const {
        std::string svg;
        for (const Tick& tick : ticks(plot_.x)) {
            svg += line(tick.label.empty() ? "fine" : "grid", x(tick.value), top, x(tick.value), bottom_);
            if (!tick.label.empty()) svg += text(x(tick.value), bottom_ + 18, Anchor::middle, tick.label);
        }
        for (const Tick& tick : ticks(plot_.y)) {
            svg += line(tick.label.empty() ? "fine" : "grid", left, y(tick.value), right_, y(tick.value));
            if (!tick.label.empty()) svg += text(left - 8, y(tick.value) + 4.5, Anchor::end, tick.label);
        }
        svg += text((left + right_) / 2, bottom_ + 38, Anchor::middle, caption(plot_.x));
        return svg + text(8, top - 14, Anchor::start, caption(plot_.y), "strong");
    }

    std::string shaded() const {
        const double from = std::max(x(plot_.band->first), left);
        const double to = std::min(x(plot_.band->second), right_);
        return to > from ? rectangle("band", from, top, to - from, bottom_ - top) : "";
    }

    std::string curve(const Series& series) const {
        if (!series.line) return "";
        std::string svg = printed("<polyline class=\"curve %s\" points=\"", name_of(series.look));
        for (const Point& point : series.points) svg += printed("%.1f,%.1f ", x(point.x), y(point.y));
        return svg + "\"/>\n";
    }

    std::string dots(const Series& series) const {
        std::string svg;
        if (!series.dots) return svg;
        for (const Point& point : series.points) {
            if (!inside(point)) continue;
            svg += series.look == Look::second
                       ? rectangle("dot second fill", x(point.x) - 3.5, y(point.y) - 3.5, 7, 7)
                       : printed("<circle class=\"dot %s fill\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
                                 name_of(series.look), x(point.x), y(point.y));
        }
        return svg;
    }

    /// Invisible discs that show their point's numbers to a mouse that rests on them.
    std::string spots(const Series& series) const {
        std::string svg;
        for (const Point& point : series.points)
            if (inside(point) && !point.title.empty())
                svg += printed("<circle class=\"spot\" cx=\"%.1f\" cy=\"%.1f\" r=\"8\">%s</circle>\n", x(point.x),
                               y(point.y), hover(point.title).c_str());
        return svg;
    }

    /// The marks' dots and labels, each label on a line of its own and on the side that has room.
    std::string labels() const {
        std::string svg;
        double height = top + 20;
        for (const Mark& mark : plot_.marks) {
            const double at = x(mark.x);
            if (mark.y)
                svg += printed("<circle class=\"dot %s fill\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"/>\n", name_of(mark.look),
                               at, y(*mark.y));
            const bool on_the_right = at < (left + right_) / 2;
            svg += text(on_the_right ? at + 9 : at - 9, height, on_the_right ? Anchor::start : Anchor::end,
                        escaped(mark.label), "strong label");
            height += 20;
        }
        return svg;
    }

    /// From the right end of the line above the frame to the left.
    std::string legend() const {
        std::string svg;
        double end = right_;
        for (std::size_t number = plot_.series.size(); number > 0; --number) {
            const Series& series = plot_.series[number - 1];
            svg += text(end, top - 14, Anchor::end, escaped(series.name), "strong");
            end -= 9.0 * static_cast<double>(series.name.size()) + 8;
            svg +=
                line(printed("curve %s", name_of(series.look)).c_str(), end - legend_line, top - 18.5, end, top - 18.5);
            end -= legend_line + 16;
        }
        return svg;
    }

    const LinePlot& plot_;
    double right_;
    double bottom_;
};

} // namespace

std::string to_svg(const LinePlot& plot, Place place) {
    return svg(plot.picture, place, Drawing{plot}.content());
}

} // namespace example::plot
