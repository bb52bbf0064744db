#pragma once

// Needs Eigen 3.4 or newer with its unsupported modules.

#include "tinyres/eigen/predict.hpp"
#include "tinyres/model/train_step.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Runs a training step on all samples as one batch, like `train_step` of a Batch: forward in training mode, loss,
/// backward.
/// `labels` is a vector of integers of Eigen's or a range of 32-bit integers. Throws Error when sizes do not agree or a
/// label is not one of the network's outputs.
///
///     tr::train_step(model, tr::samples_in_rows(X.middleRows(first, 32)), y.segment(first, 32));
template <class Network, class Backend, SamplesLike X, LabelsLike Y, Loss L = CrossEntropy>
StepMetrics<Backend> train_step(Model<Network, Backend>& model, const X& x, const Y& y, const L& loss = {}) {
    const auto& samples = detail::as_samples(x);
    const Labels labels(y);
    samples.require_fit(Network::input);
    detail::require_labels(samples, labels.values());
    return train_step(model, Batch{samples.values(), labels.values()}, loss);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
