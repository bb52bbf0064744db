#pragma once

#include "tinyres/plan/loss.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// Where a batch's labels lie, and the sum of its losses: of a backend in the computer's memory.
class LossMemory {
public:
    template <class Backend>
    static void reserve(const Backend&, int) {}

    /// Puts the batch's images where the network reads them; the labels are read where they are.
    template <class Backend, class Batch, class Value>
    LossPlaces place(const Backend& backend, const Batch& batch, Value* images) {
        backend.upload(batch.images, images);
        return {.labels = batch.labels.data(), .image_losses = nullptr, .sum = &sum_};
    }

private:
    LossSum sum_;
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
