#pragma once

#include "tinyres/optim/schedule.hpp"

#include <numbers>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Cosine is made with.
struct CosineOptions {
    double max_lr = 0.1;
    double min_lr = 0.0; ///< where the run ends
    int epochs = 90;
    int steps_per_epoch = 98;
    Warmup warmup{};
};

/// Half a cosine down (Loshchilov and Hutter, 2016), step by step, perhaps behind a warm-up of W steps of T:
///
///     rate = min_lr + (max_lr - min_lr) * (1 + cos(pi * (step - W) / (T - W))) / 2
///
/// PyTorch's `CosineAnnealingLR` with T_max = T - W, behind `LinearLR` in a `SequentialLR`; but past the end the rate
/// stays at min_lr.
class Cosine : public detail::ScheduleBase {
public:
    explicit Cosine(const CosineOptions& options = {})
        : ScheduleBase("cosine schedule", options.max_lr, options.epochs, options.steps_per_epoch, options.warmup),
          options_(options) {
        require(options.min_lr >= 0 && options.min_lr <= options.max_lr,
                "the minimal learning rate must be between 0 and the maximal one");
    }

    const CosineOptions& options() const { return options_; }

    /// The rate of step `step`, from 0.
    double learning_rate(std::int64_t step) const {
        if (warms_up(step)) return options_.max_lr * warmup_factor(step);
        const double part = steps_behind_warmup(step) / steps_of_main_part();
        if (part >= 1.0) return options_.min_lr;
        return options_.min_lr + (options_.max_lr - options_.min_lr) * (1.0 + std::cos(std::numbers::pi * part)) / 2.0;
    }

private:
    CosineOptions options_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
