#pragma once

#include "tinyres/model/train_step.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Predicts with a model: owns the memory that a forward pass works in, so that calls after the first do not allocate.
/// The model itself is only read; several predictors may use one model at the same time.
template <class Network, class Backend>
class Predictor {
    using ThePlan = Plan<Network, Backend>;

public:
    using Output = typename ThePlan::template Value<ThePlan::step_count>;

    /// The model must outlive the predictor.
    explicit Predictor(const Model<Network, Backend>& model) : model_(&model) {}

    /// The outputs (images, outputs) of images (images, height, width, channels), in prediction mode (running
    /// statistics, no dropout), on the backend; valid until the next call.
    const Output* operator()(std::span<const float> images) {
        const int count = count_images<Network>(images.size());
        if (workspace_.images() < count) workspace_ = {model_->backend(), ThePlan::prediction_memory, count};
        model_->backend().upload(images, workspace_.template value<0>());
        PlanRun<Network, Backend>{.backend = model_->backend(),
                                  .workspace = workspace_,
                                  .batch = count,
                                  .training = false,
                                  .parameters = model_->parameters().data(),
                                  .statistics = model_->statistics().data()}
            .forward();
        return workspace_.template value<ThePlan::step_count>();
    }

    /// Loss and accuracy of a batch in prediction mode, added to those of the batches before. The sum is that of the
    /// images in their order, the same to the last bit however they are cut into batches.
    Metrics evaluate(const Batch& batch, const CrossEntropy& loss = {}, const Metrics& so_far = {}) {
        require_vector_outputs<Network>();
        const int count = count_images<Network>(batch.images.size());
        check_labels(batch.labels, count, Network::output.size());
        const LossSum sum = Kernel<Backend, Bound<CrossEntropy, Shape<Network::output.size()>>>::run(
            model_->backend(), {.loss = loss,
                                .batch = count,
                                .outputs = (*this)(batch.images),
                                .labels = batch.labels.data(),
                                .so_far = {so_far.loss_sum, so_far.correct}});
        return {sum.loss, sum.correct, so_far.count + count};
    }

private:
    const Model<Network, Backend>* model_;
    Workspace<ThePlan, Backend> workspace_;
};

/// The outputs (images, outputs) of images (images, height, width, channels). Const and re-entrant: threads may predict
/// with one model at the same time. Use a Predictor to predict often without allocating.
template <class Network, class Backend>
std::vector<float> predict(const Model<Network, Backend>& model, std::span<const float> images) {
    Predictor<Network, Backend> predictor(model);
    const int count = count_images<Network>(images.size());
    std::vector<float> outputs(static_cast<std::size_t>(count) * static_cast<std::size_t>(Network::output.size()));
    model.backend().download(predictor(images), std::span<float>(outputs));
    return outputs;
}

} // namespace tinyres::inline TINYRES_ARCH
