#pragma once

#include "tinyres/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tinyres::inline TINYRES_ARCH {

/// One step of the range test.
struct LrFinderPoint {
    double learning_rate = 0.0;
    double loss = 0.0;       ///< smoothed
    double batch_loss = 0.0; ///< of this step alone
};

/// How a rate is suggested from the curve of a range test.
enum class LrRule {
    valley,  ///< the middle, on a logarithmic scale, of the rates at which the loss falls
    steepest ///< where the smoothed loss falls most steeply before its minimum, as the first range tests did
};

/// What the range test suggests.
struct LrSuggestion {
    double max_lr = 0.0;   ///< LRMAX
    double min_lr = 0.0;   ///< LRMIN, a fraction of it
    std::size_t index = 0; ///< of LRMAX in the curve
};

namespace detail {

/// For each place what `summary` makes of the values at most `reach` places away, or fewer near the ends.
template <class Summary>
std::vector<double> in_windows(const std::vector<double>& values, std::size_t reach, Summary summary) {
    std::vector<double> found;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t near_reach = (std::min)({reach, i, values.size() - 1 - i});
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i - near_reach);
        found.push_back(summary(std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(2 * near_reach + 1))));
    }
    return found;
}

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

inline double mean(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

[[noreturn]] inline void throw_no_suggestion() {
    throw Error("learning-rate finder: the loss never fell below its first values, so there is nothing to suggest; "
                "start at a lower rate or check the data");
}

/// Batches' losses are noisy, and a single one may be far off. So medians drop outliers, and means over windows that
/// reach as far back as ahead average the noise without shifting the curve. The level before the fall is the median up
/// to the minimum's half; the fall lasts from where the last tenth above it is left to the first tenth above the
/// minimum.
inline std::size_t middle_of_valley(const std::vector<LrFinderPoint>& curve) {
    std::vector<double> losses;
    for (const LrFinderPoint& point : curve) losses.push_back(point.batch_loss);
    const std::size_t reach = (std::max)(std::size_t{1}, curve.size() / 20);
    const std::vector<double> level = in_windows(in_windows(losses, (reach + 1) / 2, median), reach, mean);
    const auto minimum = static_cast<std::size_t>(std::ranges::min_element(level) - level.begin());
    if (minimum == level.size() || minimum == 0) throw_no_suggestion();
    const double before = median({level.begin(), level.begin() + static_cast<std::ptrdiff_t>(minimum / 2 + 1)});
    const double tenth = (before - level[minimum]) / 10.0;
    if (!(tenth > 0.0)) throw_no_suggestion();
    std::size_t end = minimum;
    while (end > 0 && level[end - 1] <= level[minimum] + tenth) --end;
    std::size_t begin = end;
    while (begin > 0 && level[begin] < before - tenth) --begin;
    return (begin + end) / 2;
}

inline std::size_t steepest_fall(const std::vector<LrFinderPoint>& curve) {
    const auto minimum =
        static_cast<std::size_t>(std::ranges::min_element(curve, {}, &LrFinderPoint::loss) - curve.begin());
    double steepest = 0.0;
    std::size_t found = 0;
    for (std::size_t i = 1; i < minimum; ++i) {
        const double slope = (curve[i + 1].loss - curve[i - 1].loss) / 2.0;
        if (slope < steepest) {
            steepest = slope;
            found = i;
        }
    }
    if (steepest == 0.0) throw_no_suggestion();
    return found;
}

} // namespace detail

/// The rate that a rule suggests for a curve of evenly spaced log(rate), and that divided by `min_divisor`. What comes
/// after the minimum does not count: there the rate is too high already. Throws Error if the loss never fell below its
/// first values.
inline LrSuggestion suggest_learning_rate(const std::vector<LrFinderPoint>& curve, double min_divisor = 100,
                                          LrRule rule = LrRule::valley) {
    LrSuggestion found;
    found.index = rule == LrRule::valley ? detail::middle_of_valley(curve) : detail::steepest_fall(curve);
    found.max_lr = curve[found.index].learning_rate;
    found.min_lr = found.max_lr / min_divisor;
    return found;
}

} // namespace tinyres::inline TINYRES_ARCH
