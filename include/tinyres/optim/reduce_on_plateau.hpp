#pragma once

#include "tinyres/optim/schedule.hpp"
#include "tinyres/optim/state_numbers.hpp"

#include <algorithm>
#include <limits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How an improvement's size is measured: by a part of the best value, or as a difference.
enum class Threshold { relative, absolute };

/// What ReduceOnPlateau is made with; the defaults are PyTorch's.
struct ReduceOnPlateauOptions {
    double max_lr = 0.1; ///< the first rate
    Goal goal = Goal::lowest;
    double factor = 0.1;     ///< what each reduction multiplies the rate by
    int patience = 10;       ///< epochs in a row without improvement that are let pass
    double threshold = 1e-4; ///< what is not better by this much is no improvement
    Threshold threshold_is = Threshold::relative;
    int cooldown = 0; ///< epochs after a reduction that do not count
    double min_lr = 0.0;
    double min_change = 1e-8; ///< a reduction by no more than this is left out (PyTorch's eps)
    int epochs = 90;
    int steps_per_epoch = 98; ///< for the warm-up
    Warmup warmup{};
};

/// Reduces the rate when a metric has stopped improving: PyTorch's `ReduceLROnPlateau`. `observe` tells it the metric
/// after each epoch; `fit` does, with what its `on_epoch` returns. What it has seen belongs into checkpoints.
class ReduceOnPlateau : public detail::ScheduleBase {
public:
    explicit ReduceOnPlateau(const ReduceOnPlateauOptions& options = {})
        : ScheduleBase("plateau schedule", options.max_lr, options.epochs, options.steps_per_epoch, options.warmup),
          options_(options),
          rate_(options.max_lr) {
        require(options.factor > 0 && options.factor < 1, "the factor must be in (0, 1)");
        require(options.patience >= 0, "the patience must not be negative");
        require(options.threshold >= 0, "the threshold must not be negative");
        require(options.cooldown >= 0, "the cooldown must not be negative");
        require(options.min_lr >= 0, "the minimal learning rate must not be negative");
        require(options.min_change >= 0, "the least change must not be negative");
        best_ = (lower() ? 1.0 : -1.0) * std::numeric_limits<double>::infinity();
    }

    const ReduceOnPlateauOptions& options() const { return options_; }

    /// The rate of step `step`, from 0: that of now, whatever the step, behind the warm-up.
    double learning_rate(std::int64_t step) const { return warms_up(step) ? rate_ * warmup_factor(step) : rate_; }

    /// The metric after an epoch. A NaN is no improvement.
    void observe(double metric) {
        if (improves(metric)) {
            best_ = metric;
            bad_epochs_ = 0;
        } else {
            ++bad_epochs_;
        }
        if (cooldown_ > 0) {
            --cooldown_;
            bad_epochs_ = 0;
        }
        if (bad_epochs_ <= options_.patience) return;
        cooldown_ = options_.cooldown;
        bad_epochs_ = 0;
        const double reduced = (std::max)(rate_ * options_.factor, options_.min_lr);
        if (rate_ - reduced > options_.min_change) rate_ = reduced;
    }

    /// The best metric so far.
    double best() const { return best_; }

    void save_state(StateNumbers& numbers) const {
        numbers["plateau.learning_rate"] = rate_;
        numbers["plateau.best"] = best_;
        numbers["plateau.bad_epochs"] = bad_epochs_;
        numbers["plateau.cooldown"] = cooldown_;
    }
    void load_state(const StateNumbers& numbers) {
        const double rate = state_number(numbers, "plateau.learning_rate");
        const double best = state_number(numbers, "plateau.best");
        const int bad_epochs = state_count<int>(numbers, "plateau.bad_epochs");
        cooldown_ = state_count<int>(numbers, "plateau.cooldown");
        bad_epochs_ = bad_epochs;
        best_ = best;
        rate_ = rate;
    }

private:
    bool lower() const { return options_.goal == Goal::lowest; }
    bool improves(double metric) const {
        const double sign = lower() ? -1.0 : 1.0;
        const double bound = options_.threshold_is == Threshold::relative ? best_ * (1.0 + sign * options_.threshold)
                                                                          : best_ + sign * options_.threshold;
        return lower() ? metric < bound : metric > bound;
    }

    ReduceOnPlateauOptions options_;
    double rate_;
    double best_ = 0.0;
    int bad_epochs_ = 0;
    int cooldown_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
