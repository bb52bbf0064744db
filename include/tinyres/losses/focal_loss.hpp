#pragma once

#include "tinyres/losses/loss.hpp"
#include "tinyres/losses/sigmoid.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The focal loss of Lin et al., "Focal Loss for Dense Object Detection" (2017): binary cross entropy in which outputs
/// that are right already count less, for rare positives. Of each output by itself, as torchvision's
/// `sigmoid_focal_loss` with reduction "mean". With p = sigmoid(outputs), which are logits:
///
///     missed[k] = target[k] * (1 - p[k]) + (1 - target[k]) * p[k]
///     balance[k] = alpha * target[k] + (1 - alpha) * (1 - target[k]), or 1 if alpha is negative
///     loss = mean over k of balance[k] * missed[k]^gamma * binary_cross_entropy[k]
///
/// averaged over the batch. A network that ends in Sigmoid or Softmax does not compile.
struct FocalLoss {
    static constexpr auto takes = OutputFunction::sigmoid;
    static constexpr auto targets = TargetKind::probabilities;

    float gamma = 2.0f;  ///< 0 or more; 0 with a negative alpha is BinaryCrossEntropy
    float alpha = 0.25f; ///< the weight of positives, in [0, 1]; negative for none

    template <class Image>
    constexpr auto terms(const Image& image) const {
        using T = typename Image::Number;
        return [image, exponent = static_cast<T>(gamma), weight = static_cast<T>(alpha)](int k, T& loss) {
            using std::pow;
            const SigmoidOf<T> p(image.output(k));
            const T yes = image.target(k);
            const T no = 1 - yes;
            const T entropy = -(yes * p.log + no * p.log_complement);
            const T missed = yes * p.complement + no * p.probability;
            const T focus = pow(missed, exponent);
            // d missed / d output is (no - yes) * p * (1 - p), which goes to 0 as fast as what it is divided by.
            const T slope = missed > 0 ? (no - yes) * p.probability * p.complement / missed : T{0};
            const T balance = (weight < 0 ? T{1} : weight * yes + (1 - weight) * no) / image.outputs();
            loss += balance * focus * entropy;
            return balance * focus * (exponent * slope * entropy + no * p.probability - yes * p.complement);
        };
    }

    bool operator==(const FocalLoss&) const = default;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
