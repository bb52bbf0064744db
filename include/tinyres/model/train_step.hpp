#pragma once

#include "tinyres/model/batch.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/plan/loss.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// What a training step or an evaluation found.
struct Metrics {
    double loss_sum = 0.0;
    int correct = 0;
    int count = 0;

    /// The mean loss of an image.
    double loss() const { return loss_sum / count; }
    /// The share of images whose greatest output is the label's, in [0, 1].
    double accuracy() const { return static_cast<double>(correct) / count; }

    Metrics& operator+=(const Metrics& other) {
        loss_sum += other.loss_sum;
        correct += other.correct;
        count += other.count;
        return *this;
    }
};

/// Fails to compile for a network whose output is an image.
template <class Network>
constexpr void require_vector_outputs() {
    static_assert(Network::output.flat, "tinyres: the loss needs a vector of outputs for each image, this network ends "
                                        "in an image; put Flatten behind it");
}

/// Throws unless there is one label for each of `images` images, each below `classes`.
inline void check_labels(std::span<const std::int32_t> labels, int images, int classes) {
    if (labels.size() != static_cast<std::size_t>(images))
        throw Error("a batch of " + std::to_string(images) + " images has " + std::to_string(labels.size()) +
                    " labels; give one label for each image");
    for (const std::int32_t label : labels)
        if (label < 0 || label >= classes)
            throw Error("a label is " + std::to_string(label) + " but the network tells " + std::to_string(classes) +
                        " classes apart; labels count from 0");
}

/// Forward in training mode, loss, backward: leaves the gradients of the mean loss in `model.gradients()` and updates
/// the running statistics; the parameters stay. After the first call for the largest batch nothing is allocated.
template <class Network, class Backend>
Metrics train_step(Model<Network, Backend>& model, const Batch& batch, const CrossEntropy& loss = {}) {
    using ThePlan = Plan<Network, Backend>;
    require_vector_outputs<Network>();
    const int images = count_images<Network>(batch.images.size());
    check_labels(batch.labels, images, Network::output.size());
    auto& workspace = model.training_workspace(images);
    const PlanRun<Network, Backend> run{.backend = model.backend(),
                                        .workspace = workspace,
                                        .batch = images,
                                        .training = true,
                                        .parameters = model.parameters().data(),
                                        .statistics = model.statistics().data(),
                                        .updated_statistics = model.statistics().data(),
                                        .gradients = model.gradients().data(),
                                        .random = {model.seed(), Purpose::dropout, model.begin_step(), 0}};
    model.backend().upload(batch.images, workspace.template value<0>());
    run.forward();
    const LossSum sum = Kernel<Backend, Bound<CrossEntropy, Shape<Network::output.size()>>>::run(
        model.backend(), {.loss = loss,
                          .batch = images,
                          .outputs = workspace.template value<ThePlan::step_count>(),
                          .labels = batch.labels.data(),
                          .gradient = workspace.template gradient<ThePlan::step_count>()});
    run.backward();
    return {sum.loss, sum.correct, images};
}

} // namespace tinyres::inline TINYRES_ARCH
