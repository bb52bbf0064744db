#pragma once

#include "tinyres/optim/schedule.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Constant is made with.
struct ConstantOptions {
    double learning_rate = 1e-3;
    int epochs = 24;
    int steps_per_epoch = 98;
    Warmup warmup{};
};

/// One rate, perhaps behind a warm-up; with a constant one it is PyTorch's `ConstantLR`, with a linear one `LinearLR`.
class Constant : public detail::ScheduleBase {
public:
    explicit Constant(const ConstantOptions& options = {})
        : ScheduleBase("constant schedule", options.learning_rate, options.epochs, options.steps_per_epoch,
                       options.warmup),
          options_(options) {}

    const ConstantOptions& options() const { return options_; }

    /// The rate of step `step`, from 0.
    double learning_rate(std::int64_t step) const {
        return warms_up(step) ? options_.learning_rate * warmup_factor(step) : options_.learning_rate;
    }

private:
    ConstantOptions options_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
