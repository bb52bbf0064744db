#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Cross entropy of a network's outputs with the labels, averaged over the batch: PyTorch's `nn.CrossEntropyLoss`.
///
///     loss = - sum over k of target[k] * log_softmax(outputs)[k]
///     target[k] = (k == label) * (1 - label_smoothing) + label_smoothing / classes
///
/// The outputs may be logits or the result of LogSoftmax: a log-softmax of a log-softmax is itself. Probabilities, as
/// of Softmax, they may not be: training would hardly get anywhere, so a network that ends in Softmax does not compile.
struct CrossEntropy {
    float label_smoothing = 0.0f; ///< in [0, 1)
};

/// The loss summed over images, and how many of them have their greatest output at the label (the first one wins).
struct LossSum {
    double loss = 0.0;
    int correct = 0;
};

/// Where a loss kernel finds labels and leaves the loss, in the backend's memory; a Backend::LossMemory owns it.
struct LossPlaces {
    const std::int32_t* labels = nullptr; ///< (batch), each in [0, classes)
    std::byte* image_losses = nullptr;    ///< working memory of backends that have the images' losses at once
    LossSum* sum = nullptr;
};

/// The arguments of a loss kernel, `Kernel<Backend, Bound<CrossEntropy, Shape<classes>>>::run`.
template <class Scalar>
struct LossPass {
    CrossEntropy loss{};
    int batch = 0;
    const Scalar* outputs = nullptr; ///< (batch, classes)
    Scalar* gradient = nullptr;      ///< (batch, classes), of the mean loss; overwritten; null where not wanted
    LossPlaces places{};
    bool adds = false; ///< whether the images are added to what the sum was. They are added one after the other: the
                       ///< sum over several batches does not depend on where one ends
};

} // namespace TINYRES_ARCH
} // namespace tinyres
