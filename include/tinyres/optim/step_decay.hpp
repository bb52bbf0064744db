#pragma once

#include "tinyres/optim/schedule.hpp"

#include <algorithm>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What StepDecay is made with.
struct StepDecayOptions {
    double max_lr = 0.1;           ///< the first rate
    double gamma = 0.1;            ///< what each fall multiplies the rate by
    int every = 30;                ///< epochs between two falls, where there are no milestones
    std::vector<int> milestones{}; ///< the epochs, counted from the end of the warm-up, at whose beginning it falls
    int epochs = 90;
    int steps_per_epoch = 98;
    Warmup warmup{};
};

/// The rate falls by a factor every some epochs, or at milestones: PyTorch's `StepLR` and `MultiStepLR`, stepped after
/// each epoch.
class StepDecay : public detail::ScheduleBase {
public:
    explicit StepDecay(const StepDecayOptions& options = {})
        : ScheduleBase("step schedule", options.max_lr, options.epochs, options.steps_per_epoch, options.warmup),
          options_(options) {
        require(options.gamma > 0 && options.gamma <= 1, "gamma must be in (0, 1]");
        require(options.every > 0, "the epochs between two falls must be positive");
        require(std::all_of(options.milestones.begin(), options.milestones.end(), [](int epoch) { return epoch > 0; }),
                "the milestones must be positive");
    }

    const StepDecayOptions& options() const { return options_; }

    /// The rate of step `step`, from 0.
    double learning_rate(std::int64_t step) const {
        if (warms_up(step)) return options_.max_lr * warmup_factor(step);
        const int epoch = static_cast<int>(steps_behind_warmup(step) / steps_per_epoch());
        const auto falls = options_.milestones.empty()
                               ? epoch / options_.every
                               : std::count_if(options_.milestones.begin(), options_.milestones.end(),
                                               [&](int milestone) { return milestone <= epoch; });
        return options_.max_lr * std::pow(options_.gamma, static_cast<double>(falls));
    }

private:
    StepDecayOptions options_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
