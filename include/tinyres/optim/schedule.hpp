#pragma once

#include "tinyres/core/error.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How the learning rate goes: `learning_rate(step)` is that of the optimizer's step `step`, from 0, and `epochs()` how
/// long `fit` trains. Rates are a function of the step alone, so that any epoch can be the first (a resumed run), but
/// for a WatchingSchedule, whose state checkpoints hold.
template <class S>
concept Schedule = requires(const S& schedule, std::int64_t step) {
    { schedule.learning_rate(step) } -> std::convertible_to<double>;
    { schedule.epochs() } -> std::convertible_to<int>;
};

/// A schedule that is told a metric after each epoch (ReduceOnPlateau).
template <class S>
concept WatchingSchedule = Schedule<S> && requires(S& schedule, double metric) {
    schedule.observe(metric);
};

/// Whether a metric is to become low (a loss) or high (an accuracy).
enum class Goal { lowest, highest };

/// How the rate rises at the beginning of a run.
enum class WarmupForm {
    linear,  ///< on a straight line: PyTorch's `LinearLR`
    constant ///< not before its end: PyTorch's `ConstantLR`
};

/// The first epochs of a schedule, in which the rate comes from rate / start_divisor. What follows counts from its end,
/// as in PyTorch's `SequentialLR`.
struct Warmup {
    double epochs = 0.0; ///< may be a part of one
    double start_divisor = 100.0;
    WarmupForm form = WarmupForm::linear;
};

namespace detail {

/// What Cosine, StepDecay, Constant and ReduceOnPlateau have in common: the length of the run and its warm-up.
class ScheduleBase {
public:
    ScheduleBase(const char* name, double rate, int epochs, int steps_per_epoch, const Warmup& warmup)
        : name_(name), epochs_(epochs), steps_per_epoch_(steps_per_epoch), warmup_(warmup) {
        require(rate > 0 && std::isfinite(rate), "the learning rate must be positive");
        require(epochs > 0, "the number of epochs must be positive");
        require(steps_per_epoch > 0, "the steps of an epoch must be positive");
        require(warmup.epochs >= 0 && warmup.epochs < epochs, "the warm-up must be shorter than the run");
        require(warmup.start_divisor >= 1, "the divisor of the warm-up must be at least 1");
        warmup_steps_ = warmup.epochs * steps_per_epoch;
    }

    int epochs() const { return epochs_; }
    std::int64_t total_steps() const { return std::int64_t{epochs_} * steps_per_epoch_; }

protected:
    void require(bool valid, const char* what) const {
        if (!valid) throw Error(std::string(name_) + ": " + what);
    }

    bool warms_up(std::int64_t step) const { return static_cast<double>(step) < warmup_steps_; }
    /// The factor of the rate in a step of the warm-up.
    double warmup_factor(std::int64_t step) const {
        const double start = 1.0 / warmup_.start_divisor;
        if (warmup_.form == WarmupForm::constant) return start;
        return start + (1.0 - start) * (static_cast<double>(step) / warmup_steps_);
    }
    double steps_behind_warmup(std::int64_t step) const { return static_cast<double>(step) - warmup_steps_; }
    double steps_of_main_part() const { return static_cast<double>(total_steps()) - warmup_steps_; }
    double steps_per_epoch() const { return steps_per_epoch_; }

private:
    const char* name_;
    int epochs_;
    int steps_per_epoch_;
    Warmup warmup_;
    double warmup_steps_ = 0.0;
};

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
