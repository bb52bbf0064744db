#pragma once

#include "tinyres/plan/loss.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// Where a batch's labels or targets lie, and the sum of its losses: of a backend in the computer's memory.
class LossMemory {
public:
    template <class Backend>
    static void reserve(const Backend&, int) {}

    /// Puts the batch's images where the network reads them; labels, targets and weights are read where they are.
    template <class Backend, class Batch, class Value>
    LossPlaces place(const Backend& backend, const Batch& batch, std::span<const float> weights, Value* images) {
        backend.upload(batch.images, images);
        return {.labels = batch.labels.empty() ? nullptr : batch.labels.data(),
                .targets = batch.targets.empty() ? nullptr : batch.targets.data(),
                .weights = weights.empty() ? nullptr : weights.data(),
                .image_losses = nullptr,
                .sum = &sum_};
    }

private:
    LossSum sum_;
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
