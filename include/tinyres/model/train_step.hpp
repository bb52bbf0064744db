#pragma once

#include "tinyres/layers/sigmoid.hpp"
#include "tinyres/layers/softmax.hpp"
#include "tinyres/losses/cross_entropy.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/model/metrics.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/plan/loss.hpp"

#include <cmath>
#include <span>
#include <string>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Fails to compile for a network whose outputs the loss cannot judge: an image, or what a Softmax or Sigmoid made of
/// logits where the loss takes one itself.
template <class Network, Loss L>
constexpr void require_outputs_for_loss() {
    static_assert(Network::output.flat, "tinyres: the loss needs a vector of outputs for each image, this network ends "
                                        "in an image; put Flatten behind it");
    using Last = TypeAt<typename Network::Leaves, static_cast<std::size_t>(Network::layer_count - 1)>;
    static_assert(L::takes != OutputFunction::softmax || !std::is_same_v<Last, Softmax>,
                  "tinyres: the loss takes a softmax itself, this network ends in Softmax; train and evaluate it "
                  "without that layer or with LogSoftmax, and load the weights into it to predict");
    static_assert(
        L::takes != OutputFunction::sigmoid || !(std::is_same_v<Last, Sigmoid> || std::is_same_v<Last, Softmax>),
        "tinyres: the loss takes a sigmoid itself, this network ends in Sigmoid or Softmax; train and evaluate "
        "it without that layer, and load the weights into it to predict");
}

/// The number of a network's outputs that a loss is about. Throws Error unless the network has as many.
template <Loss L>
int require_counted_outputs(const L& loss, int all) {
    const int counted = counted_outputs(loss, all);
    if (counted < 1 || counted > all)
        throw Error("the loss is about " + std::to_string(counted) + " outputs and the network has " +
                    std::to_string(all) + "; give 1 to " + std::to_string(all));
    return counted;
}

/// Throws Error unless a loss has no weights or one, finite and not negative, for each of `outputs`.
template <Loss L>
void require_weights_fit(const L& loss, int outputs) {
    const std::span<const float> weights = weights_of(loss);
    if (!weights.empty() && weights.size() != static_cast<std::size_t>(outputs))
        throw Error("the loss has " + std::to_string(weights.size()) + " weights and the network " +
                    std::to_string(outputs) + (outputs == 1 ? " output" : " outputs") + "; give one for each output");
    for (const float weight : weights)
        if (!(weight >= 0.0f && std::isfinite(weight)))
            throw Error("the loss has a weight of " + std::to_string(weight) + "; give finite ones of 0 or more");
}

/// Forward in training mode, loss, backward: leaves the gradients of the mean loss in `model.gradients()` and updates
/// the running statistics; the parameters stay. Backward ends with the first step, from the front, that holds
/// parameters which are not frozen. After the first call for the largest batch nothing is allocated, on Cuda after the
/// second for each size of batch (which records a graph).
template <class Network, class Backend, BatchLike AnyBatch, Loss L = CrossEntropy>
StepMetrics<Backend> train_step(Model<Network, Backend>& model, const AnyBatch& batch, const L& loss = {}) {
    using ThePlan = Plan<Network, Backend>;
    require_outputs_for_loss<Network, L>();
    const int outputs = require_counted_outputs(loss, Network::output.size());
    require_weights_fit(loss, outputs);
    const int images = batch.require_fits(Network::input.size(), outputs, L::targets);
    auto& workspace = model.training_workspace(images);
    const LossPlaces places =
        model.loss_memory().place(model.backend(), batch, weights_of(loss), workspace.template value<0>());
    const RandomKey random{model.seed(), Purpose::dropout, model.begin_step(), 0};
    model.steps_runner().run(model.backend(), images, loss, places, random, [&](const Backend& backend) {
        const PlanRun<Network, Backend> run{.backend = backend,
                                            .workspace = workspace,
                                            .batch = images,
                                            .training = true,
                                            .parameters = model.parameters().data(),
                                            .statistics = model.statistics().data(),
                                            .updated_statistics = model.statistics().data(),
                                            .gradients = model.gradients().data(),
                                            .random = random,
                                            .first_trained_layer = model.first_trained_layer()};
        run.forward();
        Kernel<Backend, Bound<L, Shape<Network::output.size()>>>::run(
            backend, {.loss = loss,
                      .batch = images,
                      .outputs = workspace.template value<ThePlan::step_count>(),
                      .gradient = workspace.template gradient<ThePlan::step_count>(),
                      .places = places});
        run.backward();
    });
    return detail::metrics_of(model.backend().fetch(places.sum), images);
}

/// The same for what becomes a Batch: two spans in braces, or a type of your own.
template <class Network, class Backend, Loss L = CrossEntropy>
StepMetrics<Backend> train_step(Model<Network, Backend>& model, const Batch& batch, const L& loss = {}) {
    return train_step<Network, Backend, Batch, L>(model, batch, loss);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
