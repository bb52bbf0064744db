#pragma once

#include <string>
#include <vector>

namespace example::plot {

/// From values to a line's ends, which are 0 and 1.
struct Axis {
    std::string label; ///< plain text
    double low = 0;
    double high = 1;
    bool logarithmic = false;
    bool percent = false; ///< the values are shares; the ticks say them in percent
    bool whole = false;   ///< only whole numbers have ticks

    /// Where a value is; below 0 or above 1 when it is outside.
    double place(double value) const;
};

/// A place on an axis that is marked.
struct Tick {
    double value = 0;
    std::string label; ///< SVG; empty: a fine line without a number
};

/// An axis that begins and ends at ticks and has `lowest` and `highest` between them.
Axis rounded_axis(Axis axis, double lowest, double highest);

/// The marked places between the axis' ends, five or so with numbers.
std::vector<Tick> ticks(const Axis& axis);

/// What is written beside the axis: its label, and the power of ten that the ticks' numbers are multiplied by; SVG.
std::string caption(const Axis& axis);

} // namespace example::plot
