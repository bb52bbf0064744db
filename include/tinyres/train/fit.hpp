#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/optim/lr_finder.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/optimizer.hpp"

#include <cmath>
#include <cstdio>

namespace tinyres::inline TINYRES_ARCH {

/// The loss was no longer a number. The parameters are still those from before the step that showed it.
struct Diverged : Error {
    using Error::Error;
};

namespace detail {

/// 3.2e-07 rather than 0.000000.
inline std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

} // namespace detail

/// Where training stands after a batch.
struct TrainingProgress {
    int epoch = 0; ///< from 0
    int batch = 0; ///< from 0
    int batches = 0;
    double learning_rate = 0.0;
    Metrics step{};   ///< of this batch
    Metrics so_far{}; ///< of this epoch, up to and with this batch
};

/// Trains for one epoch: for each batch `train_step` and `optimizer.step` at the schedule's rate, then
/// `on_batch(const TrainingProgress&)`. `epoch` counts from 0 and fixes the batches and the rates; any epoch can be the
/// first (a resumed run). Throws Diverged when a loss is not finite, before that step changes the parameters.
template <class Network, class Backend, class Transform, class OnBatch>
Metrics train_epoch(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const OneCycle& schedule,
                    Loader<Transform>& loader, int epoch, const CrossEntropy& loss, OnBatch&& on_batch) {
    TrainingProgress progress{.epoch = epoch, .batches = loader.batches_per_epoch()};
    for (const Batch& batch : loader.epoch(epoch)) {
        const std::int64_t step = std::int64_t{epoch} * progress.batches + progress.batch;
        progress.learning_rate = schedule.learning_rate(step);
        progress.step = train_step(model, batch, loss);
        if (!std::isfinite(progress.step.loss_sum))
            throw Diverged("the loss is no longer a number in epoch " + std::to_string(epoch + 1) + ", batch " +
                           std::to_string(progress.batch + 1) + ", at learning rate " +
                           detail::short_number(progress.learning_rate) + "; use a lower maximal learning rate");
        optimizer.step(model, progress.learning_rate);
        progress.so_far += progress.step;
        on_batch(static_cast<const TrainingProgress&>(progress));
        ++progress.batch;
    }
    return progress.so_far;
}

/// Trains from epoch `first_epoch` to the schedule's end; after each epoch calls `on_epoch(epoch, metrics)`.
template <class Network, class Backend, class Transform, class OnEpoch>
void fit(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const OneCycle& schedule,
         Loader<Transform>& loader, OnEpoch&& on_epoch, const CrossEntropy& loss = {}, int first_epoch = 0) {
    for (int epoch = first_epoch; epoch < schedule.options().epochs; ++epoch)
        on_epoch(epoch, train_epoch(model, optimizer, schedule, loader, epoch, loss, [](const TrainingProgress&) {}));
}

/// Runs the range test of `finder` on a model and an optimizer of its own, which are worthless afterwards; repeats the
/// loader's epochs if one is too short. After each step calls `on_step(const LrFinderPoint&)`.
template <class Network, class Backend, class Transform, class OnStep>
void find_learning_rate(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, Loader<Transform>& loader,
                        LrFinder& finder, const CrossEntropy& loss, OnStep&& on_step) {
    for (int epoch = 0; !finder.done(); ++epoch)
        for (const Batch& batch : loader.epoch(epoch)) {
            const double rate = finder.learning_rate();
            finder.record(train_step(model, batch, loss).loss());
            if (finder.done()) break;
            optimizer.step(model, rate);
            on_step(finder.curve().back());
        }
}

} // namespace tinyres::inline TINYRES_ARCH
