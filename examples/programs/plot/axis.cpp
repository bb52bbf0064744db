#include "axis.hpp"

#include "../text.hpp"
#include "svg.hpp"

#include <algorithm>
#include <cmath>

namespace example::plot {

namespace {

constexpr int usual_ticks = 5;

/// 1, 2 or 5 times a power of ten, at least `step`.
double nice_step(double step) {
    const double decade = std::pow(10.0, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * decade >= step * (1 - 1e-9)) return factor * decade;
    return 10 * decade;
}

double step_of(const Axis& axis) {
    const double step = nice_step((axis.high - axis.low) / usual_ticks);
    return axis.whole ? std::max(1.0, step) : step;
}

std::string power_of_ten(int exponent) {
    return printed("10<tspan dy=\"-5\" font-size=\"10\">%s%d</tspan>", exponent < 0 ? "\u2212" : "",
                   std::abs(exponent));
}

/// The power of ten that is left out of the ticks' numbers, which would be long otherwise.
int common_exponent(const Axis& axis) {
    const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
    if (axis.logarithmic || axis.percent || largest == 0) return 0;
    const int exponent = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
    return exponent < -2 || exponent > 5 ? exponent : 0;
}

std::vector<Tick> decades(const Axis& axis) {
    std::vector<Tick> result;
    const int first = static_cast<int>(std::floor(std::log10(axis.low)));
    const int last = static_cast<int>(std::ceil(std::log10(axis.high)));
    const int every = std::max(1, (last - first) / 8);
    const auto inside = [&](double value) { return axis.place(value) > -1e-3 && axis.place(value) < 1 + 1e-3; };
    for (int decade = first; decade <= last; ++decade) {
        const double value = std::pow(10.0, decade);
        if (inside(value)) result.push_back({value, (decade - first) % every == 0 ? power_of_ten(decade) : ""});
        for (int factor = 2; factor < 10; ++factor)
            if (inside(factor * value)) result.push_back({factor * value, ""});
    }
    return result;
}

} // namespace

double Axis::place(double value) const {
    if (!logarithmic) return (value - low) / (high - low);
    return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
}

Axis rounded_axis(Axis axis, double lowest, double highest) {
    if (!(highest > lowest)) highest = lowest + std::max(0.1 * std::abs(lowest), 1e-6);
    axis.low = lowest;
    axis.high = highest;
    const double step = step_of(axis);
    axis.low = std::floor(lowest / step + 1e-9) * step;
    axis.high = std::ceil(highest / step - 1e-9) * step;
    return axis;
}

std::vector<Tick> ticks(const Axis& axis) {
    if (axis.logarithmic) return decades(axis);
    std::vector<Tick> result;
    const double step = step_of(axis);
    const double unit = axis.percent ? 0.01 : std::pow(10.0, common_exponent(axis));
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step / unit) + 1e-9)));
    for (double number = std::ceil(axis.low / step - 1e-9); number * step <= axis.high + 1e-9 * step; ++number) {
        const double value = number == 0 ? 0.0 : number * step; // no "-0"
        const std::string label =
            decimals == 0 ? with_commas(std::llround(value / unit)) : printed("%.*f", decimals, value / unit);
        result.push_back({value, axis.percent ? label + '%' : label});
    }
    return result;
}

std::string caption(const Axis& axis) {
    const int exponent = common_exponent(axis);
    return escaped(axis.label) + (exponent == 0 ? "" : ", \u00d7 " + power_of_ten(exponent));
}

} // namespace example::plot
