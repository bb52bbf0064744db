#pragma once

#include "tinyres/losses/loss.hpp"
#include "tinyres/losses/output_weights.hpp"
#include "tinyres/losses/sigmoid.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Binary cross entropy of each output by itself, for images that have several labels or none: PyTorch's
/// `nn.BCEWithLogitsLoss`. With p = sigmoid(outputs), which are logits:
///
///     loss = - mean over k of positive_weight[k] * target[k] * log(p[k]) + (1 - target[k]) * log(1 - p[k])
///
/// averaged over the batch. A network that ends in Sigmoid or Softmax does not compile.
struct BinaryCrossEntropy {
    static constexpr auto takes = OutputFunction::sigmoid;
    static constexpr auto targets = TargetKind::probabilities;

    OutputWeights positive_weights{}; ///< PyTorch's `pos_weight`: one for each output, or none

    constexpr std::span<const float> weights() const { return positive_weights.values(); }

    template <class Image>
    constexpr auto terms(const Image& image) const {
        using T = typename Image::Number;
        return [image](int k, T& loss) {
            const SigmoidOf<T> sigmoid(image.output(k));
            const T yes = image.weight(k) * image.target(k);
            const T no = 1 - image.target(k);
            loss -= (yes * sigmoid.log + no * sigmoid.log_complement) / image.outputs();
            return (no * sigmoid.probability - yes * sigmoid.complement) / image.outputs();
        };
    }

    bool operator==(const BinaryCrossEntropy&) const = default;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
