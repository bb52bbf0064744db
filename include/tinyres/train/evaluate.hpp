#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/predict.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tinyres::inline TINYRES_ARCH {

/// Loss and accuracy of a model in prediction mode over all images of a loader; its batch size changes no bit of them.
template <class Network, class Backend, class Transform>
Metrics evaluate(const Model<Network, Backend>& model, Loader<Transform>& loader, const CrossEntropy& loss = {}) {
    Predictor<Network, Backend> predictor(model);
    Metrics metrics;
    for (const Batch& batch : loader.epoch(0)) metrics = predictor.evaluate(batch, loss, metrics);
    return metrics;
}

/// The outputs (images, outputs) of a model in prediction mode for all images of a loader, in the loader's order; its
/// batch size changes no bit of them.
template <class Network, class Backend, class Transform>
std::vector<float> predict(const Model<Network, Backend>& model, Loader<Transform>& loader) {
    constexpr auto output_size = static_cast<std::size_t>(Network::output.size());
    Predictor<Network, Backend> predictor(model);
    std::vector<float> outputs(static_cast<std::size_t>(loader.size()) * output_size);
    std::span<float> rest(outputs);
    for (const Batch& batch : loader.epoch(0)) {
        const std::size_t count = static_cast<std::size_t>(batch.size()) * output_size;
        model.backend().download(predictor(batch.images), rest.first(count));
        rest = rest.subspan(count);
    }
    return outputs;
}

} // namespace tinyres::inline TINYRES_ARCH
