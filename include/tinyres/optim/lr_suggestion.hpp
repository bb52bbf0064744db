#pragma once

#include "tinyres/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One step of a learning-rate range test.
struct LrFinderPoint {
    double learning_rate = 0.0;
    double loss = 0.0;     ///< of the step's batch
    double smoothed = 0.0; ///< running average of the losses so far
};

/// How a learning rate is chosen from a range test.
enum class LrRule {
    valley,   ///< the middle of the rates at which the loss is within a tenth of its fall from its minimum
    steepest, ///< where the running average falls most steeply before its minimum; a single high loss misleads it
};

/// What a range test suggests.
struct LrSuggestion {
    double max_lr = 0.0;   ///< LRMAX
    double min_lr = 0.0;   ///< LRMIN
    std::size_t index = 0; ///< of LRMAX in the curve
};

namespace detail {

/// Each value replaced by `of` the values at most `reach` places from it.
template <class Of>
std::vector<double> sliding(const std::vector<double>& values, std::size_t reach, Of of) {
    std::vector<double> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t first = i - (std::min)(i, reach), last = (std::min)(values.size() - 1, i + reach);
        result.push_back(of(std::vector<double>(values.begin() + static_cast<std::ptrdiff_t>(first),
                                                values.begin() + static_cast<std::ptrdiff_t>(last) + 1)));
    }
    return result;
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

/// The losses without single wild ones (medians) and with little noise (means). Both look as far ahead as back, so
/// that a fall stays at its rate; a running average would move it to higher rates.
inline std::vector<double> centered_losses(const std::vector<LrFinderPoint>& curve) {
    std::vector<double> losses;
    losses.reserve(curve.size());
    for (const LrFinderPoint& point : curve) losses.push_back(point.loss);
    const std::size_t reach = losses.size() / 20;
    return sliding(sliding(losses, std::min<std::size_t>(2, losses.size() / 10), median), reach, mean);
}

/// The non-increasing values closest to these by least squares: neighbors that rise are replaced by their mean.
inline std::vector<double> descending(const std::vector<double>& values) {
    struct Level {
        double value;
        std::size_t count;
    };
    std::vector<Level> levels;
    for (const double value : values) {
        levels.push_back({value, 1});
        while (levels.size() > 1 && levels[levels.size() - 2].value < levels.back().value) {
            const Level last = levels.back();
            levels.pop_back();
            Level& level = levels.back();
            const std::size_t count = level.count + last.count;
            level.value += (last.value - level.value) * static_cast<double>(last.count) / static_cast<double>(count);
            level.count = count;
        }
    }
    std::vector<double> result;
    for (const Level& level : levels) result.insert(result.end(), level.count, level.value);
    return result;
}

/// The place of LRMAX by the rule `valley`; 0 if there is no fall. On either side of the minimum the valley's floor
/// ends where the loss has risen by a tenth of its fall.
inline std::size_t middle_of_valley(const std::vector<LrFinderPoint>& curve) {
    if (curve.empty()) return 0;
    const std::vector<double> losses = centered_losses(curve);
    const auto minimum = std::min_element(losses.begin(), losses.end());
    const std::vector<double> fall = descending({losses.begin(), minimum + 1});
    const std::vector<double> rise = descending({losses.rbegin(), std::make_reverse_iterator(minimum)}); // from its end
    if (!(fall.front() > *minimum)) return 0;
    const double floor = *minimum + 0.1 * (fall.front() - *minimum);
    const auto on_floor = [&](double loss) { return loss <= floor; };
    const auto first = std::find_if(fall.begin(), fall.end(), on_floor) - fall.begin();
    const auto behind = rise.end() - std::find_if(rise.begin(), rise.end(), on_floor); // places from the minimum on
    const auto last = (minimum - losses.begin()) + (std::max)(behind, std::ptrdiff_t{1}) - 1;
    return static_cast<std::size_t>((first + last) / 2);
}

/// The place of LRMAX by the rule `steepest`; 0 if there is no fall. A fall behind the minimum does not count, however
/// steep: there the rate is too high already.
inline std::size_t steepest_fall(const std::vector<LrFinderPoint>& curve) {
    const auto minimum = static_cast<std::size_t>(
        std::min_element(curve.begin(), curve.end(),
                         [](const LrFinderPoint& a, const LrFinderPoint& b) { return a.smoothed < b.smoothed; }) -
        curve.begin());
    double steepest = 0.0;
    std::size_t place = 0;
    for (std::size_t i = 1; i < minimum; ++i) {
        const double slope = (curve[i + 1].smoothed - curve[i - 1].smoothed) / 2.0;
        if (slope < steepest) {
            steepest = slope;
            place = i;
        }
    }
    return place;
}

} // namespace detail

/// The rate LRMAX that `rule` chooses from a curve of evenly spaced log(rate), and LRMIN = LRMAX / `min_divisor`.
/// Throws Error if the loss never falls below its first values.
inline LrSuggestion suggest_learning_rate(const std::vector<LrFinderPoint>& curve, LrRule rule = LrRule::valley,
                                          double min_divisor = 100.0) {
    const std::size_t place = rule == LrRule::valley ? detail::middle_of_valley(curve) : detail::steepest_fall(curve);
    if (place == 0)
        throw Error("learning-rate finder: the loss never fell below its first values, so there is nothing to suggest; "
                    "start at a lower rate or check the data");
    const double highest = curve[place].learning_rate;
    return {.max_lr = highest, .min_lr = highest / min_divisor, .index = place};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
