#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/optim/ema.hpp"
#include "tinyres/optim/gradient_accumulator.hpp"
#include "tinyres/optim/gradient_clip.hpp"
#include "tinyres/optim/lr_finder.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/optimizer.hpp"
#include "tinyres/optim/schedule.hpp"
#include "tinyres/train/early_stopping.hpp"
#include "tinyres/train/require_network_takes.hpp"
#include "tinyres/train/ring.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

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

/// How many images a batch has, or what becomes a Batch.
template <class AnyBatch>
int images_in(const AnyBatch& batch) {
    if constexpr (BatchLike<AnyBatch>)
        return batch.size();
    else
        return Batch(batch).size();
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

/// What happens with gradients beside the optimizer's step.
template <class Backend>
struct UpdateOptions {
    int accumulate = 1;                ///< batches whose gradients make a step together (GradientAccumulator)
    std::optional<double> clip_norm{}; ///< the greatest norm of the gradients (GradientClip)
    Ema<Backend>* ema = nullptr;       ///< takes in the parameters after each step
};

/// Trains for one epoch: for each batch `train_step` and `optimizer.step` at the schedule's rate, then
/// `on_batch(const TrainingProgress&)`. With `accumulate` N a step of the optimizer, which is what the schedule counts,
/// comes after every N batches and after the last. `epoch` counts from 0 and fixes the batches and the rates; any epoch
/// can be the first (a resumed run). Throws Diverged when a loss is not finite, before that step changes the
/// parameters.
///
/// An asynchronous backend is not waited for: `on_batch` reports a step when it is done, at most `most_steps_in_flight`
/// steps later and before this returns. Diverged may come as late, when that step and those after it have changed the
/// parameters.
template <class Network, class Backend, Schedule AnySchedule, class AnyLoader, Loss L = CrossEntropy, class OnBatch>
Metrics train_epoch(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const AnySchedule& schedule,
                    AnyLoader& loader, int epoch, const L& loss, OnBatch&& on_batch,
                    const UpdateOptions<Backend>& options = {}) {
    require_network_takes<Network>(loader);
    if (options.accumulate < 1) throw Error("a step of the optimizer needs one batch or more; accumulate at least 1");
    std::optional<GradientAccumulator<Backend>> sum;
    if (options.accumulate > 1) sum.emplace(model);
    std::optional<GradientClip<Backend>> clip;
    if (options.clip_norm) clip.emplace(model, *options.clip_norm);
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
    const int steps = (progress.batches + options.accumulate - 1) / options.accumulate;
    std::int64_t step = std::int64_t{epoch} * steps;
    int begun = 0;
    for (const auto& batch : loader.epoch(epoch)) {
        const double rate = schedule.learning_rate(step);
        in_flight.push_back({rate, train_step(model, batch, loss)});
        for (std::size_t i = 0; i < in_flight.size() && in_flight[i].metrics.ready(); ++i)
            require_finite(in_flight[i], progress.batch + static_cast<int>(i));
        if (sum) sum->add(model, detail::images_in(batch));
        if (++begun % options.accumulate == 0 || begun == progress.batches) {
            if (sum) sum->finish(model);
            if (clip) (*clip)(model);
            optimizer.step(model, rate);
            if (options.ema) options.ema->update(model);
            ++step;
        }
        while (!in_flight.empty() && (in_flight.size() > most_steps_in_flight || in_flight.front().metrics.ready()))
            report_first();
    }
    while (!in_flight.empty()) report_first();
    return progress.so_far;
}

/// What `fit` does beside training. Pointers are to what the caller keeps.
template <class Backend>
struct FitOptions {
    int first_epoch = 0; ///< above 0 in a resumed run
    UpdateOptions<Backend> update{};
    EarlyStopping* early_stopping = nullptr;
    std::function<void(const TrainingProgress&)> on_batch{};
    std::function<void(int epoch)> after_epoch{}; ///< when schedule and early stopping know the epoch's metric: the
                                                  ///< place to save a checkpoint
};

namespace detail {

/// The metric of an epoch: what `on_epoch` returns, or else the training loss.
template <class OnEpoch>
double metric_of(OnEpoch& on_epoch, int epoch, const Metrics& metrics) {
    if constexpr (std::is_void_v<std::invoke_result_t<OnEpoch&, int, const Metrics&>>) {
        on_epoch(epoch, metrics);
        return metrics.loss();
    } else {
        return static_cast<double>(on_epoch(epoch, metrics));
    }
}

} // namespace detail

/// Trains to the schedule's end; after each epoch calls `on_epoch(epoch, metrics)`. What that returns, a loss or an
/// accuracy on other images, is the metric for a schedule and an early stopping that watch one; if it returns nothing
/// it is the mean training loss.
template <class Network, class Backend, class AnySchedule, class AnyLoader, class OnEpoch, Loss L = CrossEntropy>
requires Schedule<std::remove_cvref_t<AnySchedule>>
void fit(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, AnySchedule&& schedule, AnyLoader& loader,
         OnEpoch&& on_epoch, const L& loss = {}, const FitOptions<Backend>& options = {}) {
    const auto on_batch = [&](const TrainingProgress& progress) {
        if (options.on_batch) options.on_batch(progress);
    };
    EarlyStopping* const stopping = options.early_stopping;
    for (int epoch = options.first_epoch; epoch < schedule.epochs(); ++epoch) {
        if (stopping && stopping->stops()) return;
        const Metrics metrics = train_epoch(model, optimizer, schedule, loader, epoch, loss, on_batch, options.update);
        const double metric = detail::metric_of(on_epoch, epoch, metrics);
        if constexpr (WatchingSchedule<std::remove_cvref_t<AnySchedule>>) schedule.observe(metric);
        if (stopping) stopping->observe(epoch, metric);
        if (options.after_epoch) options.after_epoch(epoch);
    }
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
