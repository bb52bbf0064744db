#include "scatter_plot.hpp"

#include "../programs/text.hpp"

#include <algorithm>

namespace example::plot {

namespace {

// Ten colors that differ in hue and lightness and stand out from white and from black alike.
constexpr std::string_view rules = R"(
.plot .dots circle { fill-opacity: .62 }
.plot .means circle { stroke: #ffffff; stroke-width: 2 }
.plot .c0 { fill: #3b78c9 } .plot .c1 { fill: #e8862b } .plot .c2 { fill: #3f9e4d } .plot .c3 { fill: #d1403f }
.plot .c4 { fill: #8e63b8 } .plot .c5 { fill: #9a6b4f } .plot .c6 { fill: #e377b2 } .plot .c7 { fill: #7d8590 }
.plot .c8 { fill: #a8a521 } .plot .c9 { fill: #17a9bd }
@media (prefers-color-scheme: dark) { .plot .means circle { stroke: #0d1117 } }
)";

std::string circle(int label, double x, double y, double radius, const std::string& content = "") {
    const std::string begin = printed("<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", label, x, y, radius);
    return begin + (content.empty() ? "/>\n" : ">" + content + "</circle>\n");
}

/// The axis over the values that `value` reads from the points, with some room around them.
Axis axis_around(Axis axis, const std::vector<ClassPoint>& points, double ClassPoint::*value) {
    const auto [low, high] = std::ranges::minmax(points, {}, value);
    const double room = 0.04 * (high.*value - low.*value);
    axis.low = low.*value - room;
    axis.high = high.*value + room;
    return axis;
}

/// Lengthens an axis at both ends until it is `length` long.
void lengthen(Axis& axis, double length) {
    const double missing = std::max(0.0, length - (axis.high - axis.low));
    axis.low -= missing / 2;
    axis.high += missing / 2;
}

class Drawing {
public:
    explicit Drawing(const ScatterPlot& plot)
        : plot_(plot),
          x_(axis_around(plot.x, plot.points, &ClassPoint::x)),
          y_(axis_around(plot.y, plot.points, &ClassPoint::y)),
          right_(plot.picture.width - legend_width),
          bottom_(plot.picture.height - margin_bottom) {
        const double unit = std::max((x_.high - x_.low) / (right_ - left), (y_.high - y_.low) / (bottom_ - top));
        lengthen(x_, unit * (right_ - left));
        lengthen(y_, unit * (bottom_ - top));
    }

    std::string content() const {
        std::string svg = "<style>" + std::string(rules) + "</style>\n" + axes();
        svg += rectangle("frame", left, top, right_ - left, bottom_ - top);
        svg += "<g class=\"dots\">\n";
        for (const ClassPoint& point : plot_.points) svg += circle(point.label, x(point.x), y(point.y), 2.4);
        svg += "</g>\n<g class=\"means\">\n";
        for (int label = 0; label < static_cast<int>(plot_.classes.size()); ++label) svg += mean(label);
        return svg + "</g>\n" + legend();
    }

private:
    static constexpr double left = 52, top = 34, legend_width = 122, margin_bottom = 48, legend_line = 24;

    double x(double value) const { return left + x_.place(value) * (right_ - left); }
    double y(double value) const { return bottom_ - y_.place(value) * (bottom_ - top); }

    std::string axes() const {
        std::string svg;
        for (const Tick& tick : ticks(x_)) {
            svg += line("grid", x(tick.value), top, x(tick.value), bottom_);
            svg += text(x(tick.value), bottom_ + 18, Anchor::middle, tick.label);
        }
        for (const Tick& tick : ticks(y_)) {
            svg += line("grid", left, y(tick.value), right_, y(tick.value));
            svg += text(left - 8, y(tick.value) + 4.5, Anchor::end, tick.label);
        }
        svg += text((left + right_) / 2, bottom_ + 38, Anchor::middle, caption(x_), "strong");
        return svg + text(8, top - 14, Anchor::start, caption(y_), "strong");
    }

    std::string mean(int label) const {
        double across = 0, up = 0;
        int count = 0;
        for (const ClassPoint& point : plot_.points) {
            if (point.label != label) continue;
            across += point.x;
            up += point.y;
            ++count;
        }
        if (count == 0) return "";
        const std::string title = "mean of " + std::to_string(count) + " images: " + name(label);
        return circle(label, x(across / count), y(up / count), 6.5, hover(title));
    }

    std::string legend() const {
        std::string svg;
        double height = top + 12;
        for (int label = 0; label < static_cast<int>(plot_.classes.size()); ++label, height += legend_line) {
            svg += circle(label, right_ + 22, height, 5.5);
            svg += text(right_ + 36, height + 4.5, Anchor::start, escaped(name(label)));
        }
        svg += printed("<circle class=\"strong\" cx=\"%.1f\" cy=\"%.1f\" r=\"6.5\"/>\n", right_ + 22, height + 10);
        return svg + text(right_ + 36, height + 14.5, Anchor::start, "class mean");
    }

    const std::string& name(int label) const { return plot_.classes[static_cast<std::size_t>(label)]; }

    const ScatterPlot& plot_;
    Axis x_;
    Axis y_;
    double right_;
    double bottom_;
};

} // namespace

std::string to_svg(const ScatterPlot& plot) {
    return svg(plot.picture, Place::file, Drawing{plot}.content());
}

} // namespace example::plot
