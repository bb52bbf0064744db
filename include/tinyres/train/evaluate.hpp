#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/predict.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Loss and accuracy of a model in prediction mode over all images of a loader; its batch size changes no bit of them.
template <class Network, class Backend, class Transform>
Metrics evaluate(const Model<Network, Backend>& model, Loader<Transform>& loader, const CrossEntropy& loss = {}) {
    Predictor<Network, Backend> predictor(model);
    Metrics metrics;
    for (const Batch& batch : loader.epoch(0)) metrics = predictor.evaluate(batch, loss, metrics);
    return metrics;
}

} // namespace tinyres::inline TINYRES_ARCH
