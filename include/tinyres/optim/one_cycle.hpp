#pragma once

#include "tinyres/core/error.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How the learning rate moves between two points.
enum class Anneal { linear, cosine };

/// The form of the cycle: rates are given as divisors of the highest one.
struct OneCycleOptions {
    double max_lr = 3.2e-4;
    int epochs = 24;
    std::optional<double> peak_epoch{}; ///< where max_lr is reached, in epochs from the start, in [0, epochs]; without
                                        ///< one, after 5/24 of the run: at epoch 5 of 24
    int steps_per_epoch = 98;
    double start_divisor = 100.0; ///< the run starts at max_lr / start_divisor
    double end_divisor = 100.0;   ///< and ends at max_lr / end_divisor
    Anneal anneal = Anneal::linear;
    double annihilation_epochs = 0.0;  ///< last epochs, in which the rate falls from its end on to (almost) zero
    double annihilation_divisor = 1e4; ///< to the end's rate / annihilation_divisor
};

/// The one-cycle schedule (Smith and Topin, 2017): from a low rate up to max_lr and down again, step by step. With P
/// the step of the peak and T that of the end, the rate of step s is on the straight line (or half cosine) from start
/// to max_lr for s <= P and from max_lr to the end's rate for P <= s <= T: PyTorch's `OneCycleLR` with total_steps = T
/// + 1 and pct_start = (P + 1) / (T + 1).
class OneCycle {
public:
    explicit OneCycle(const OneCycleOptions& options = {}) : options_(options) {
        const auto require = [](bool valid, const std::string& what) {
            if (!valid) throw Error("one-cycle schedule: " + what);
        };
        require(options.max_lr > 0 && std::isfinite(options.max_lr), "the maximal learning rate must be positive");
        require(options.epochs > 0, "the number of epochs must be positive");
        require(options.steps_per_epoch > 0, "the steps of an epoch must be positive");
        require(options.start_divisor > 0 && options.end_divisor > 0 && options.annihilation_divisor > 0,
                "the divisors must be positive");
        require(options.annihilation_epochs >= 0 && options.annihilation_epochs < options.epochs,
                "the annihilation must be shorter than the run");
        const double end = options.epochs - options.annihilation_epochs;
        const double peak = options.peak_epoch.value_or(end * 5.0 / 24.0);
        require(peak >= 0 && peak <= end,
                "the peak is at epoch " + std::to_string(peak) + " but must lie between 0 and " + std::to_string(end));
        const double steps = options.steps_per_epoch;
        options_.peak_epoch = peak;
        peak_step_ = peak * steps;
        end_step_ = end * steps;
        total_steps_ = options.epochs * steps;
    }

    /// With the peak's epoch filled in.
    const OneCycleOptions& options() const { return options_; }
    int epochs() const { return options_.epochs; }
    std::int64_t total_steps() const { return static_cast<std::int64_t>(total_steps_); }

    /// The rate of step `step`, from 0; past the end it stays at the last.
    double learning_rate(std::int64_t step) const {
        const double at = static_cast<double>(step);
        const double start = options_.max_lr / options_.start_divisor;
        const double end = options_.max_lr / options_.end_divisor;
        if (at < peak_step_) return between(start, options_.max_lr, at / peak_step_);
        if (at < end_step_) return between(options_.max_lr, end, (at - peak_step_) / (end_step_ - peak_step_));
        if (at < total_steps_)
            return between(end, end / options_.annihilation_divisor, (at - end_step_) / (total_steps_ - end_step_));
        return total_steps_ > end_step_ ? end / options_.annihilation_divisor : end;
    }

private:
    double between(double from, double to, double part) const {
        if (options_.anneal == Anneal::cosine) part = 0.5 - 0.5 * std::cos(std::numbers::pi * part);
        return from + (to - from) * part;
    }

    OneCycleOptions options_;
    double peak_step_ = 0;
    double end_step_ = 0;
    double total_steps_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
