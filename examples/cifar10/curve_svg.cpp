#include "curve_svg.hpp"

#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace example {

using Curve = std::vector<tinyres::LrFinderPoint>;

namespace {

constexpr double picture_width = 800;
constexpr double picture_height = 480;
constexpr double left = 72;
constexpr double right = picture_width - 24;
constexpr double top = 72;
constexpr double bottom = picture_height - 64;

constexpr std::string_view style = R"(<style>
  .page { fill: #ffffff } .frame { stroke: #9aa3ad; fill: none } .grid { stroke: #e4e7eb } .fine { stroke: #f3f4f6 }
  .curve { stroke: #1f6feb; stroke-width: 2.5; fill: none; stroke-linejoin: round } .band { fill: #1f6feb; opacity: .08 }
  .mark { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 5 4 } .dot { fill: #cf222e; stroke: #ffffff; stroke-width: 2 }
  text { font: 14px system-ui, sans-serif; fill: #57606a } .title { font-size: 18px; font-weight: 600; fill: #1f2328 }
  .suggestion { font-weight: 600; fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .frame { stroke: #6e7681 } .grid { stroke: #272d35 } .fine { stroke: #191e25 }
    .curve { stroke: #58a6ff } .band { fill: #58a6ff; opacity: .12 } .mark { stroke: #ff7b72 } .dot { fill: #ff7b72; stroke: #0d1117 }
    text { fill: #9198a1 } .title { fill: #f0f6fc } .suggestion { fill: #ff7b72 }
  }
</style>
)";

/// From rates (logarithmic) and losses to places in the picture.
class Axes {
public:
    explicit Axes(const Curve& curve) {
        left_rate_ = std::log10(curve.empty() ? 1e-6 : curve.front().learning_rate);
        right_rate_ = std::log10(curve.empty() ? 1.0 : curve.back().learning_rate);
        if (!(right_rate_ > left_rate_)) right_rate_ = left_rate_ + 1;

        // The losses up to the lowest one fill the picture; of the climb when training breaks down, the beginning.
        double lowest = std::numeric_limits<double>::infinity();
        double highest = 0.0;
        double before = 0.0;
        for (const auto& point : curve) {
            before = std::max(before, point.loss);
            if (point.loss >= lowest) continue;
            lowest = point.loss;
            highest = before;
        }
        if (!std::isfinite(lowest)) lowest = 0.0;
        const double range = std::max(highest - lowest, 0.1 * std::abs(highest) + 1e-6);
        tick_ = nice_step(1.3 * range / 6);
        low_loss_ = std::max(0.0, std::floor((lowest - 0.1 * range) / tick_) * tick_);
        high_loss_ = std::ceil((highest + 0.2 * range) / tick_) * tick_;
    }

    double x(double rate) const {
        return left + (std::log10(rate) - left_rate_) / (right_rate_ - left_rate_) * (right - left);
    }
    double y(double loss) const { return bottom - (loss - low_loss_) / (high_loss_ - low_loss_) * (bottom - top); }
    int first_decade() const { return static_cast<int>(std::floor(left_rate_)); }
    int last_decade() const { return static_cast<int>(std::ceil(right_rate_)); }
    double low_loss() const { return low_loss_; }
    double high_loss() const { return high_loss_; }
    double tick() const { return tick_; }

private:
    /// 1, 2 or 5 times a power of ten, at least `step`.
    static double nice_step(double step) {
        const double decade = std::pow(10.0, std::floor(std::log10(step)));
        for (const double factor : {1.0, 2.0, 5.0})
            if (factor * decade >= step) return factor * decade;
        return 10 * decade;
    }

    double left_rate_ = 0;
    double right_rate_ = 0;
    double low_loss_ = 0;
    double high_loss_ = 0;
    double tick_ = 0;
};

std::string line(const char* kind, double x1, double y1, double x2, double y2) {
    return printed("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", kind, x1, y1, x2, y2);
}

std::string text(double x, double y, const char* anchor, const std::string& content, const char* kind = "") {
    return printed("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", kind, x, y, anchor,
                   content.c_str());
}

std::string rate_axis(const Axes& axes) {
    std::string svg;
    const auto inside = [](double x) { return x > left - 0.5 && x < right + 0.5; };
    for (int decade = axes.first_decade(); decade <= axes.last_decade(); ++decade) {
        const double rate = std::pow(10.0, decade);
        for (int factor = 2; factor < 10; ++factor)
            if (const double x = axes.x(factor * rate); inside(x)) svg += line("fine", x, top, x, bottom);
        if (const double x = axes.x(rate); inside(x)) {
            svg += line("grid", x, top, x, bottom);
            svg += text(x, bottom + 22, "middle", printed("10<tspan dy=\"-6\" font-size=\"10\">%d</tspan>", decade));
        }
    }
    return svg + text((left + right) / 2, picture_height - 16, "middle", "learning rate");
}

std::string loss_axis(const Axes& axes) {
    std::string svg;
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(axes.tick()) + 1e-9)));
    for (double loss = axes.low_loss(); loss < axes.high_loss() + 0.5 * axes.tick(); loss += axes.tick()) {
        svg += line("grid", left, axes.y(loss), right, axes.y(loss));
        svg += text(left - 10, axes.y(loss) + 5, "end", printed("%.*f", decimals, loss));
    }
    const double middle = (top + bottom) / 2;
    return svg + printed("<text transform=\"translate(22 %.1f) rotate(-90)\" text-anchor=\"middle\">loss (smoothed)"
                         "</text>\n",
                         middle);
}

std::string polyline(const Curve& curve, const Axes& axes) {
    std::string svg = "<polyline class=\"curve\" clip-path=\"url(#inside)\" points=\"";
    for (const auto& point : curve) {
        const double y = std::max(axes.y(point.loss), -picture_height); // far above the picture is far enough
        svg += printed("%.1f,%.1f ", axes.x(point.learning_rate), y);
    }
    return svg + "\"/>\n";
}

/// The range of rates that the suggestion lets a cycle use.
std::string band(const tinyres::LrSuggestion& suggestion, const Axes& axes) {
    const double from = std::max(axes.x(suggestion.min_lr), left);
    return printed("<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", from, top,
                   axes.x(suggestion.max_lr) - from, bottom - top);
}

std::string mark(const tinyres::LrSuggestion& suggestion, const Curve& curve, const Axes& axes) {
    const double x = axes.x(suggestion.max_lr);
    const double y = axes.y(curve[suggestion.index].loss);
    const bool room = x < (left + right) / 2 + 150;
    return line("mark", x, top, x, bottom) +
           printed("<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"/>\n", x, y) +
           text(room ? x + 12 : x - 12, top + 22, room ? "start" : "end",
                printed("LRMAX %.2e (steepest)", suggestion.max_lr), "suggestion");
}

} // namespace

std::string curve_svg(const Curve& curve, const tinyres::LrSuggestion* suggestion, bool synthetic) {
    const Axes axes{curve};
    std::string svg = printed("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
                              "height=\"%.0f\" role=\"img\">\n<title>Learning-rate range test</title>\n",
                              picture_width, picture_height, picture_width, picture_height);
    svg += style;
    svg += printed("<clipPath id=\"inside\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></clipPath>\n",
                   left, top, right - left, bottom - top);
    svg += printed("<rect class=\"page\" width=\"%.0f\" height=\"%.0f\"/>\n", picture_width, picture_height);
    svg += text(left, 32, "start", "Learning-rate range test", "title");
    svg += text(
        left, 54, "start",
        printed("S10 on %s, %d steps", synthetic ? "synthetic images" : "CIFAR-10", static_cast<int>(curve.size())) +
            (suggestion ? printed("; shaded: a cycle from %.2e to %.2e", suggestion->min_lr, suggestion->max_lr)
                        : "; no suggestion: the loss never fell"));
    if (suggestion) svg += band(*suggestion, axes);
    svg += rate_axis(axes) + loss_axis(axes);
    svg += printed("<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", left, top,
                   right - left, bottom - top);
    svg += polyline(curve, axes);
    if (suggestion) svg += mark(*suggestion, curve, axes);
    return svg + "</svg>\n";
}

} // namespace example
