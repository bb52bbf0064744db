#pragma once

#include "tinyres/model/model.hpp"
#include "tinyres/plan/update.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Adds up gradients over batches, for a step as of one batch that is larger than memory:
///
///     GradientAccumulator sum{model};
///     for (const Batch& batch : four_batches) {
///         train_step(model, batch);
///         sum.add(model, batch.size());
///     }
///     sum.finish(model); // the gradients of the mean loss of all images
///     optimizer.step(model, rate);
///
/// With batches of one size this is PyTorch's loop of `(loss / 4).backward()`. It is not quite the step of one large
/// batch where images of a batch meet: BatchNorm normalizes by, and records, the small ones.
template <class Backend>
class GradientAccumulator {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit GradientAccumulator(const Model<Network, Backend>& model)
        : sum_(model.backend().template allocate<Scalar>(model.parameters().size())) {}

    /// Adds the gradients that `train_step` left, of the mean loss of `images` images.
    template <class Network>
    void add(const Model<Network, Backend>& model, int images) {
        Kernel<Backend, WeightedSum>::apply(
            model.backend(), {.x_weight = static_cast<double>(images), .y_weight = images_ == 0 ? 0.0 : 1.0},
            sum_.size(), model.gradients().data(), sum_.data());
        images_ += images;
        ++batches_;
    }

    /// The batches since the last `finish`.
    int batches() const { return batches_; }

    /// Sets the model's gradients to those of the mean loss of all images since the last call, at least one, and begins
    /// anew.
    template <class Network>
    void finish(Model<Network, Backend>& model) {
        Kernel<Backend, WeightedSum>::apply(model.backend(), {.x_weight = 1.0 / images_, .y_weight = 0.0}, sum_.size(),
                                            sum_.data(), model.gradients().data());
        images_ = 0;
        batches_ = 0;
    }

private:
    typename Backend::template Buffer<Scalar> sum_;
    int images_ = 0;
    int batches_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
