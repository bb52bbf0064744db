#pragma once

#include "tinyres/backend/cuda/cuda.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/memory.hpp"

#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What the loss of one image is, and whether its greatest output, the first if there are several, is its label's.
struct ImageLoss {
    float loss;
    std::int32_t correct;
};

/// Where a batch's labels lie on the GPU, and its losses and their sum.
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

    /// Puts the batch's images, (batch.size(), height, width, channels), where the network reads them, and its labels
    /// here. A batch that is on the GPU already does so itself, by `write`.
    template <class Backend, class Batch, class Value>
    LossPlaces place(const Backend& cuda, const Batch& batch, Value* images) {
        if constexpr (requires { batch.write(cuda, images, labels_.data()); }) {
            batch.write(cuda, images, labels_.data());
        } else {
            cuda.upload(batch.images, images);
            cuda.upload(batch.labels, labels_.data());
        }
        return {
            .labels = labels_.data(), .image_losses = reinterpret_cast<std::byte*>(losses_.data()), .sum = sum_.data()};
    }

private:
    Buffer<std::int32_t> labels_;
    Buffer<ImageLoss> losses_;
    Buffer<LossSum> sum_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
