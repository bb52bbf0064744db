#pragma once

#include "tinyres/optim/schedule.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What LinearDecay is made with.
struct LinearDecayOptions {
    double max_lr = 0.1; ///< the first rate
    double end_lr = 0.0; ///< the rate after the last step
    int epochs = 24;
    int steps_per_epoch = 98;
    Warmup warmup{};
};

/// The rate falls on a straight line: PyTorch's `LinearLR` with start_factor = 1 and total_iters = the run's steps.
/// Past its end it stays at `end_lr`.
class LinearDecay : public detail::ScheduleBase {
public:
    explicit LinearDecay(const LinearDecayOptions& options = {})
        : ScheduleBase("linear schedule", options.max_lr, options.epochs, options.steps_per_epoch, options.warmup),
          options_(options) {
        require(options.end_lr >= 0 && options.end_lr <= options.max_lr,
                "the last rate must be between 0 and the first one");
    }

    const LinearDecayOptions& options() const { return options_; }

    /// The rate of step `step`, from 0.
    double learning_rate(std::int64_t step) const {
        if (warms_up(step)) return options_.max_lr * warmup_factor(step);
        const double done = (std::min)(1.0, steps_behind_warmup(step) / steps_of_main_part());
        return options_.max_lr + (options_.end_lr - options_.max_lr) * done;
    }

private:
    LinearDecayOptions options_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
