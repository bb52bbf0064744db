#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/optim/lr_finder.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/optimizer.hpp"
#include "tinyres/train/require_network_takes.hpp"
#include "tinyres/train/ring.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The loss was no longer finite. Unless the backend is asynchronous, the parameters are still those from before the
/// step that showed it.
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

/// How many steps an asynchronous backend (Cuda) may be behind in `train_epoch`: enough that it never waits for work.
inline constexpr std::size_t most_steps_in_flight = 4;

/// Trains for one epoch: for each batch `train_step` and `optimizer.step` at the schedule's rate, then
/// `on_batch(const TrainingProgress&)`. `epoch` counts from 0 and fixes the batches and the rates; any epoch can be the
/// first (a resumed run). Throws Diverged when a loss is not finite, before that step changes the parameters.
///
/// An asynchronous backend is not waited for: `on_batch` reports a step when it is done, at most `most_steps_in_flight`
/// steps later and before this returns. Diverged may come as late, when that step and those after it have changed the
/// parameters.
template <class Network, class Backend, class AnyLoader, Loss L = CrossEntropy, class OnBatch>
Metrics train_epoch(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const OneCycle& schedule,
                    AnyLoader& loader, int epoch, const L& loss, OnBatch&& on_batch) {
    require_network_takes<Network>(loader);
    struct Begun {
        double learning_rate;
        StepMetrics<Backend> metrics;
    };
    detail::Ring<Begun, most_steps_in_flight + 1> in_flight; // the first of them is step progress.batch
    TrainingProgress progress{.epoch = epoch, .batches = loader.batches_per_epoch()};
    const auto require_finite = [&](const Begun& step, int batch) {
        if (std::isfinite(step.metrics.get().loss_sum)) return;
        throw Diverged("the loss is no longer finite in epoch " + std::to_string(epoch + 1) + ", batch " +
                       std::to_string(batch + 1) + ", at learning rate " + detail::short_number(step.learning_rate) +
                       "; use a lower maximal learning rate");
    };
    const auto report_first = [&] {
        require_finite(in_flight.front(), progress.batch);
        progress.learning_rate = in_flight.front().learning_rate;
        progress.step = in_flight.front().metrics.get();
        progress.so_far += progress.step;
        in_flight.pop_front();
        on_batch(static_cast<const TrainingProgress&>(progress));
        ++progress.batch;
    };
    std::int64_t step = std::int64_t{epoch} * progress.batches;
    for (const auto& batch : loader.epoch(epoch)) {
        const double rate = schedule.learning_rate(step++);
        in_flight.push_back({rate, train_step(model, batch, loss)});
        for (std::size_t i = 0; i < in_flight.size() && in_flight[i].metrics.ready(); ++i)
            require_finite(in_flight[i], progress.batch + static_cast<int>(i));
        optimizer.step(model, rate);
        while (!in_flight.empty() && (in_flight.size() > most_steps_in_flight || in_flight.front().metrics.ready()))
            report_first();
    }
    while (!in_flight.empty()) report_first();
    return progress.so_far;
}

/// Trains from epoch `first_epoch` to the schedule's end; after each epoch calls `on_epoch(epoch, metrics)`.
template <class Network, class Backend, class AnyLoader, class OnEpoch, Loss L = CrossEntropy>
void fit(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const OneCycle& schedule, AnyLoader& loader,
         OnEpoch&& on_epoch, const L& loss = {}, int first_epoch = 0) {
    for (int epoch = first_epoch; epoch < schedule.options().epochs; ++epoch)
        on_epoch(epoch, train_epoch(model, optimizer, schedule, loader, epoch, loss, [](const TrainingProgress&) {}));
}

/// Runs the range test of `finder` on a model and an optimizer of its own, which are worthless afterwards; repeats the
/// loader's epochs if one is too short. After each step, for which it waits, calls `on_step(const LrFinderPoint&)`.
template <class Network, class Backend, class AnyLoader, Loss L = CrossEntropy, class OnStep>
void find_learning_rate(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, AnyLoader& loader,
                        LrFinder& finder, const L& loss, OnStep&& on_step) {
    require_network_takes<Network>(loader);
    for (int epoch = 0; !finder.done(); ++epoch)
        for (const auto& batch : loader.epoch(epoch)) {
            const double rate = finder.learning_rate();
            finder.record(train_step(model, batch, loss).loss());
            if (finder.done()) break;
            optimizer.step(model, rate);
            on_step(finder.curve().back());
        }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
