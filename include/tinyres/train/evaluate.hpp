#pragma once

#include "tinyres/data/loader.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/train/require_network_takes.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Loss and accuracy of a model in prediction mode over all images of a loader; its batch size changes no bit of them.
/// Nothing waits for the backend before the end.
template <class Network, class Backend, class AnyLoader, Loss L = CrossEntropy>
Metrics evaluate(const Model<Network, Backend>& model, AnyLoader& loader, const L& loss = {}) {
    require_network_takes<Network>(loader);
    Predictor<Network, Backend> predictor(model);
    std::optional<StepMetrics<Backend>> so_far;
    for (const auto& batch : loader.epoch(0)) so_far = predictor.evaluate(batch, loss, so_far.has_value());
    return so_far->get();
}

/// The outputs (images, outputs) of a model in prediction mode for all images of a loader, in the loader's order; its
/// batch size changes no bit of them.
template <class Network, class Backend, class Set, class Transform>
std::vector<float> predict(const Model<Network, Backend>& model, Loader<Set, Transform>& loader) {
    constexpr auto output_size = static_cast<std::size_t>(Network::output.size());
    require_image_size<Network>(loader);
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

} // namespace TINYRES_ARCH
} // namespace tinyres
