#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/optim/lr_suggestion.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Where the range test goes and when it stops.
struct LrFinderOptions {
    double start_lr = 1e-6;
    double end_lr = 100.0;
    int steps = 100;          ///< from start to end
    double smoothing = 0.05;  ///< weight of the newest loss in the running average; 1 is no smoothing
    double divergence = 5.0;  ///< the test stops when the smoothed loss is this many times its best
    double min_divisor = 100; ///< LRMIN = LRMAX / min_divisor, the rule of the one-cycle recipe
};

/// The learning-rate range test (Smith, 2015): trains with an exponentially growing rate, records the loss, stops when
/// its running average diverges, and suggests a rate (`LrRule`). It only keeps the books; the loop is the caller's
/// (`find_learning_rate` in train/ is one):
///
///     LrFinder finder;
///     while (!finder.done()) { rate = finder.learning_rate(); ...train a step at that rate...; finder.record(loss); }
///     auto [max_lr, min_lr, index] = finder.suggestion();
class LrFinder {
public:
    explicit LrFinder(const LrFinderOptions& options = {}) : options_(options) {
        const auto require = [](bool valid, const char* what) {
            if (!valid) throw Error(std::string("learning-rate finder: ") + what);
        };
        require(options.start_lr > 0 && options.end_lr > options.start_lr,
                "the start rate must be positive and below the end rate");
        require(options.steps >= 10, "at least 10 steps are needed");
        require(options.smoothing > 0 && options.smoothing <= 1, "the smoothing must be in (0, 1]");
        require(options.divergence > 1, "the divergence must be above 1");
        require(options.min_divisor >= 1, "the divisor of LRMIN must be at least 1");
    }

    bool done() const { return diverged_ || static_cast<int>(curve_.size()) >= options_.steps; }
    bool diverged() const { return diverged_; }

    /// The rate of the coming step: exponential from start_lr to end_lr.
    double learning_rate() const {
        const double part = static_cast<double>(curve_.size()) / (options_.steps - 1);
        return options_.start_lr * std::pow(options_.end_lr / options_.start_lr, part);
    }

    /// The loss of the step taken at `learning_rate()`.
    void record(double loss) {
        if (!std::isfinite(loss)) {
            diverged_ = true;
            return;
        }
        const double smoothed =
            curve_.empty() ? loss : options_.smoothing * loss + (1.0 - options_.smoothing) * curve_.back().smoothed;
        curve_.push_back({learning_rate(), loss, smoothed});
        best_ = curve_.size() == 1 ? smoothed : (std::min)(best_, smoothed);
        if (smoothed > options_.divergence * best_) diverged_ = true;
    }

    const std::vector<LrFinderPoint>& curve() const { return curve_; }

    /// Throws if the loss never fell below its first values.
    LrSuggestion suggestion(LrRule rule = LrRule::valley) const {
        return suggest_learning_rate(curve_, rule, options_.min_divisor);
    }

private:
    LrFinderOptions options_;
    std::vector<LrFinderPoint> curve_;
    double best_ = 0.0;
    bool diverged_ = false;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
