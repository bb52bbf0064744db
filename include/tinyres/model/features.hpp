#pragma once

#include "tinyres/model/batch.hpp"
#include "tinyres/model/forward_run.hpp"
#include "tinyres/model/without_head.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Computes the features of images: what the last Linear of a model takes. Owns the memory that a pass works in, so
/// that calls after the first do not allocate, and reads the parameters where the model has them.
template <class Network, class Backend>
class FeatureExtractor {
    using Body = WithoutHead<Network>;
    using Run = ForwardRun<Body, Network, Backend>;

public:
    using Output = typename Run::Output;

    /// The number of features of an image.
    static constexpr int size = Body::output.size();

    /// The model must outlive the extractor.
    explicit FeatureExtractor(const Model<Network, Backend>& model) : run_(model) {}
    explicit FeatureExtractor(const Model<Network, Backend>&&) = delete; // the model would be gone

    /// The features (images, size) of images (images, height, width, channels), in prediction mode (running statistics,
    /// no dropout), on the backend; valid until the next call.
    const Output* operator()(std::span<const float> images) { return run_(images); }

private:
    Run run_;
};

/// The features (images, features) of images (images, height, width, channels): what the last Linear of the model
/// takes. They are computed a few hundred images at a time, so memory does not grow with the number of images. Const
/// and re-entrant, like `predict`.
template <class Network, class Backend>
std::vector<float> features(const Model<Network, Backend>& model, std::span<const float> images) {
    constexpr auto image_size = static_cast<std::size_t>(Network::input.size());
    constexpr auto size = static_cast<std::size_t>(FeatureExtractor<Network, Backend>::size);
    constexpr std::size_t images_at_once = 256;
    FeatureExtractor<Network, Backend> extractor(model);
    const auto count = static_cast<std::size_t>(count_images(images.size(), Network::input.size()));
    std::vector<float> values(count * size);
    for (std::size_t first = 0; first < count; first += images_at_once) {
        const std::size_t now = (std::min)(images_at_once, count - first);
        model.backend().download(extractor(images.subspan(first * image_size, now * image_size)),
                                 std::span<float>(values).subspan(first * size, now * size));
    }
    return values;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
