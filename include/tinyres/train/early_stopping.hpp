#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/optim/schedule.hpp"
#include "tinyres/optim/state_numbers.hpp"

#include <functional>
#include <limits>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What EarlyStopping is made with.
struct EarlyStoppingOptions {
    int patience = 10;      ///< epochs in a row without improvement after which training stops
    double min_delta = 0.0; ///< what is not better by more than this is no improvement
    Goal goal = Goal::lowest;
};

/// Ends a training whose metric no longer improves, and says when it is the best so far:
///
///     EarlyStopping stopping{{.patience = 5}, [&](int) { save_weights("best.safetensors", model); }};
///
/// `fit` tells it what its `on_epoch` returns; in a loop of your own, `observe`. What it has seen belongs into
/// checkpoints.
class EarlyStopping {
public:
    /// `on_best(epoch)` is called after each epoch that is the best so far.
    explicit EarlyStopping(const EarlyStoppingOptions& options = {}, std::function<void(int epoch)> on_best = {})
        : options_(options), on_best_(std::move(on_best)) {
        if (options.patience < 1) throw Error("early stopping: the patience must be at least one epoch");
        if (!(options.min_delta >= 0)) throw Error("early stopping: the least improvement must not be negative");
        best_ = (lower() ? 1.0 : -1.0) * std::numeric_limits<double>::infinity();
    }

    /// The metric after an epoch; returns whether it is the best so far. A NaN is not.
    bool observe(int epoch, double metric) {
        const bool better = lower() ? metric < best_ - options_.min_delta : metric > best_ + options_.min_delta;
        if (!better) {
            ++bad_epochs_;
            return false;
        }
        best_ = metric;
        best_epoch_ = epoch;
        bad_epochs_ = 0;
        if (on_best_) on_best_(epoch);
        return true;
    }

    /// Whether the patience is at its end.
    bool stops() const { return bad_epochs_ >= options_.patience; }

    /// The best metric so far, and its epoch: -1 before the first.
    double best() const { return best_; }
    int best_epoch() const { return best_epoch_; }

    void save_state(StateNumbers& numbers) const {
        numbers["early_stopping.best"] = best_;
        numbers["early_stopping.best_epoch"] = best_epoch_;
        numbers["early_stopping.bad_epochs"] = bad_epochs_;
    }
    void load_state(const StateNumbers& numbers) {
        const double best = state_number(numbers, "early_stopping.best");
        const int best_epoch = state_count<int>(numbers, "early_stopping.best_epoch");
        bad_epochs_ = state_count<int>(numbers, "early_stopping.bad_epochs");
        best_epoch_ = best_epoch;
        best_ = best;
    }

private:
    bool lower() const { return options_.goal == Goal::lowest; }

    EarlyStoppingOptions options_;
    std::function<void(int)> on_best_;
    double best_ = 0.0;
    int best_epoch_ = -1;
    int bad_epochs_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
