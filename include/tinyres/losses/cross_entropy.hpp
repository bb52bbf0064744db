#pragma once

#include "tinyres/losses/loss.hpp"
#include "tinyres/losses/output_weights.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Cross entropy of a network's outputs with labels or distributions over the classes, averaged over the batch:
/// PyTorch's `nn.CrossEntropyLoss`.
///
///     loss = - sum over k of weight[k] * smooth[k] * log_softmax(outputs)[k]
///     smooth[k] = target[k] * (1 - label_smoothing) + label_smoothing / classes
///
/// The outputs may be logits or the result of LogSoftmax: a log-softmax of a log-softmax is itself. Probabilities, as
/// of Softmax, they may not be: training would hardly get anywhere, so a network that ends in Softmax does not compile.
///
/// With class weights, the mean over images with labels is divided by the sum of their labels' weights, and that over
/// images with distributions by their number, as PyTorch does.
struct CrossEntropy {
    static constexpr auto takes = OutputFunction::softmax;
    static constexpr auto targets = TargetKind::distribution;

    float label_smoothing = 0.0f;  ///< in [0, 1)
    OutputWeights class_weights{}; ///< one for each class, or none

    constexpr std::span<const float> weights() const { return class_weights.values(); }

    template <class Image>
    static constexpr typename Image::Number share_in_mean(const Image& image) {
        return image.has_targets() ? typename Image::Number{1} : image.weight(image.label());
    }

    /// With p = softmax(outputs), the derivative is p * (sum over k of weight[k] * smooth[k]) - weight * smooth.
    template <class Image>
    constexpr auto terms(const Image& image) const {
        using T = typename Image::Number;
        const T smoothing = static_cast<T>(label_smoothing);
        const T share = smoothing / image.outputs();
        const auto target = [=](int k) { return image.weight(k) * (image.target(k) * (1 - smoothing) + share); };
        const auto log_probability = image.log_softmax();
        const T total = image.has_targets() || image.has_weights() ? image.sum(target) : T{1};
        return [=](int k, T& loss) {
            using std::exp;
            const T logarithm = log_probability(k);
            loss -= target(k) * logarithm;
            return total * exp(logarithm) - target(k);
        };
    }

    bool operator==(const CrossEntropy&) const = default;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
