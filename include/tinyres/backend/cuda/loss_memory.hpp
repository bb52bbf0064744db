#pragma once

#include "tinyres/backend/cuda/cuda.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/memory.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What the loss of one image is, how much it counts in the mean, and whether the image is predicted right.
struct ImageLoss {
    float loss;
    float weight;
    std::int32_t correct; ///< 1, 0, or -1 where nothing is right or wrong
};

/// Where a batch's labels or targets lie on the GPU, and its losses and their sum.
class LossMemory {
public:
    /// Room for batches of up to `images`. The sum keeps its place and value.
    template <class Backend>
    void reserve(const Backend& cuda, int images) {
        if (sum_.size() == 0) sum_ = cuda.template allocate<LossSum>(1);
        const auto count = static_cast<std::size_t>(images);
        if (labels_.size() >= count) return;
        labels_ = {}; // free the old ones before the new ones are made
        losses_ = {};
        losses_ = cuda.template allocate<ImageLoss>(count);
        labels_ = cuda.template allocate<std::int32_t>(count);
    }

    /// Puts the batch's images, (batch.size(), height, width, channels), where the network reads them, and its labels,
    /// targets and the loss's weights here. A batch that is on the GPU already does so itself, by `write`.
    template <class Backend, class Batch, class Value>
    LossPlaces place(const Backend& cuda, const Batch& batch, std::span<const float> weights, Value* images) {
        LossPlaces places{.image_losses = reinterpret_cast<std::byte*>(losses_.data()), .sum = sum_.data()};
        if constexpr (requires { batch.write(cuda, images, labels_.data()); }) {
            batch.write(cuda, images, labels_.data());
            places.labels = labels_.data();
        } else {
            cuda.upload(batch.images, images);
            cuda.upload(batch.labels, labels_.data());
            if (!batch.labels.empty()) places.labels = labels_.data();
            if (!batch.targets.empty()) places.targets = place_targets(cuda, batch.targets);
        }
        if (!weights.empty()) places.weights = place_weights(cuda, weights);
        return places;
    }

private:
    /// Beside the backend's own uploads, so that three of a batch wait for no more of the steps before than two do.
    template <class Backend>
    const float* place_targets(const Backend& cuda, std::span<const float> targets) {
        if (!target_uploads_) target_uploads_ = std::make_unique<Uploads>();
        if (targets_.size() < targets.size()) {
            targets_ = {};
            targets_ = cuda.template allocate<float>(targets.size());
        }
        target_uploads_->send(targets, targets_.data(), cuda.stream());
        return targets_.data();
    }

    /// Copies the weights once, and again only when they are others.
    template <class Backend>
    const float* place_weights(const Backend& cuda, std::span<const float> weights) {
        if (!std::ranges::equal(weights, weights_there_)) {
            weights_there_.assign(weights.begin(), weights.end());
            if (weights_.size() != weights.size()) weights_ = cuda.template allocate<float>(weights.size());
            cuda.upload(weights, weights_.data());
        }
        return weights_.data();
    }

    Buffer<std::int32_t> labels_;
    Buffer<float> targets_;
    Buffer<float> weights_;
    std::vector<float> weights_there_; ///< what is in `weights_`
    Buffer<ImageLoss> losses_;
    Buffer<LossSum> sum_;
    std::unique_ptr<Uploads> target_uploads_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
