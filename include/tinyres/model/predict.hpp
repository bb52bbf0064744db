#pragma once

#include "tinyres/model/forward_run.hpp"
#include "tinyres/model/train_step.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Predicts with a model: owns the memory that a forward pass works in, so that calls after the first do not allocate.
/// The model itself is only read; several predictors may use one model at the same time.
template <class Network, class Backend>
class Predictor {
    using Run = ForwardRun<Network, Network, Backend>;

public:
    using Output = typename Run::Output;

    /// The model must outlive the predictor.
    explicit Predictor(const Model<Network, Backend>& model) : run_(model) {}
    explicit Predictor(const Model<Network, Backend>&&) = delete; // the model would be gone

    /// The outputs (images, outputs) of images (images, height, width, channels), in prediction mode (running
    /// statistics, no dropout), on the backend; valid until the next call.
    const Output* operator()(std::span<const float> images) { return run_(images); }

    /// Loss and accuracy of a batch in prediction mode; with `adds` those of the batches of the calls before are in
    /// them. The sum is that of the images in their order, the same to the last bit however they are cut into batches.
    template <BatchLike AnyBatch, Loss L = CrossEntropy>
    StepMetrics<Backend> evaluate(const AnyBatch& batch, const L& loss = {}, bool adds = false) {
        require_outputs_for_loss<Network, L>();
        const int outputs = require_counted_outputs(loss, Network::output.size());
        require_weights_fit(loss, outputs);
        const int count = batch.require_fits(Network::input.size(), outputs, L::targets);
        auto* const images = run_.images(count);
        loss_memory_.reserve(run_.backend(), count);
        const LossPlaces places = loss_memory_.place(run_.backend(), batch, weights_of(loss), images);
        Kernel<Backend, Bound<L, Shape<Network::output.size()>>>::run(
            run_.backend(), {.loss = loss, .batch = count, .outputs = run_(count), .places = places, .adds = adds});
        evaluated_ = (adds ? evaluated_ : 0) + count;
        return detail::metrics_of(run_.backend().fetch(places.sum), evaluated_);
    }
    template <Loss L = CrossEntropy>
    StepMetrics<Backend> evaluate(const Batch& batch, const L& loss = {}, bool adds = false) {
        return evaluate<Batch, L>(batch, loss, adds);
    }

private:
    Run run_;
    typename Backend::LossMemory loss_memory_;
    int evaluated_ = 0; ///< images in the loss memory's sum
};

/// The outputs (images, outputs) of images (images, height, width, channels). Const and re-entrant: threads may predict
/// with one model at the same time. Use a Predictor to predict often without allocating.
template <class Network, class Backend>
std::vector<float> predict(const Model<Network, Backend>& model, std::span<const float> images) {
    Predictor<Network, Backend> predictor(model);
    const int count = count_images(images.size(), Network::input.size());
    std::vector<float> outputs(static_cast<std::size_t>(count) * static_cast<std::size_t>(Network::output.size()));
    model.backend().download(predictor(images), std::span<float>(outputs));
    return outputs;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
