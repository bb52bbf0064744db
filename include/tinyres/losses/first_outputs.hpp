#pragma once

#include "tinyres/losses/loss.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A loss of the first `counted` outputs of a network, as if it had no others: these get no gradient, are in no
/// softmax, and no image is taken for one of them. Targets and weights are for the counted outputs only. So one network
/// as a type serves any number of classes up to that of its outputs:
///
///     const FirstOutputs loss{CrossEntropy{.label_smoothing = 0.1f}, 37}; // of a network of 1000 outputs
///
/// What predicts must leave out the others itself.
template <Loss L>
struct FirstOutputs {
    static constexpr auto takes = L::takes;
    static constexpr auto targets = L::targets;

    L loss{};
    int counted = 1; ///< from 1 to the number of outputs

    constexpr int counted_outputs() const { return counted; }
    constexpr std::span<const float> weights() const { return weights_of(loss); }

    template <class Image>
    constexpr typename Image::Number share_in_mean(const Image& image) const {
        if constexpr (requires { loss.share_in_mean(image); })
            return loss.share_in_mean(image);
        else
            return 1;
    }
    template <class Image>
    constexpr auto terms(const Image& image) const {
        return loss.terms(image);
    }

    bool operator==(const FirstOutputs&) const = default;
};

template <Loss L>
FirstOutputs(const L&, int) -> FirstOutputs<L>;

} // namespace TINYRES_ARCH
} // namespace tinyres
