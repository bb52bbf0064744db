#pragma once

// Needs Eigen 3.4 or newer with its unsupported modules.

#include "tinyres/eigen/predict.hpp"
#include "tinyres/model/features.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What the last Linear of a model takes, in prediction mode: (samples, features) of samples in rows or in a tensor,
/// (features, samples) of samples in columns. Throws Error, naming both sizes, when the samples are not what the
/// network takes.
template <class Network, class Backend, SamplesLike X>
auto features(const Model<Network, Backend>& model, const X& x) {
    const auto& samples = detail::as_samples(x);
    FeatureExtractor<Network, Backend> extractor(model);
    return detail::results_of(model.backend(), extractor, samples, Network::input, extractor.size);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
