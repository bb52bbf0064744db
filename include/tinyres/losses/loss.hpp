#pragma once

#include "tinyres/core/config.hpp"

#include <concepts>
#include <span>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The function of a network's outputs that a loss takes itself, so that the network must not end in it.
enum class OutputFunction { softmax, sigmoid, none };

/// What a loss takes for targets, and so when an image without a label is predicted right.
enum class TargetKind {
    distribution,  ///< over the classes: in [0, 1], 1 in all. Right: the greatest output is at the greatest target
    probabilities, ///< each by itself in [0, 1]. Right: the outputs above 0 are those with targets above 0.5
    numbers        ///< any finite ones. Nothing is right or wrong
};

/// What training makes smaller: a struct that says what it makes of one image's outputs and targets. Each backend's one
/// kernel for losses does the rest, the mean over the batch among it.
///
///     struct Huber {
///         static constexpr auto takes = tinyres::OutputFunction::none;
///         static constexpr auto targets = tinyres::TargetKind::numbers;
///         float delta = 1.0f;
///
///         template <class Image>
///         constexpr auto terms(const Image& image) const {
///             using T = typename Image::Number;
///             return [image, limit = static_cast<T>(delta)](int k, T& loss) {
///                 const T difference = image.output(k) - image.target(k);
///                 const T clipped = difference < -limit ? -limit : difference > limit ? limit : difference;
///                 loss += clipped * (difference - clipped / 2) / image.outputs();
///                 return clipped / image.outputs();
///             };
///         }
///         bool operator==(const Huber&) const = default;
///     };
///
/// `terms(image)` gives a function of k, from 0 to the number of outputs, that adds to `loss` what output k costs and
/// returns the derivative of the image's whole loss by it. An image has
///
///     output(k)      what the network says
///     target(k)      its target; of an image with a label 1 there and 0 elsewhere
///     weight(k)      of the loss's `weights()`, or 1
///     outputs()      how many outputs there are, as a Number
///     sum(f)         f(0) + f(1) + … over all outputs (before the function is returned, not in it)
///     log_softmax()  a function of k: the logarithm of the outputs' softmax (likewise)
///
/// Number is float or double. Functions are constexpr, and others called unqualified behind `using std::exp`, so that
/// code for GPUs may call them. A NaN should stay one.
///
/// A loss may have `weights()`, a span with a number for each output, and `share_in_mean(image)`, how much an image
/// counts in the mean over the batch where there are weights (1 if it does not say). It may be about the first
/// `counted_outputs()` of the network's outputs only (FirstOutputs): an image then has no others.
template <class L>
concept Loss = requires {
    { L::takes } -> std::convertible_to<OutputFunction>;
    { L::targets } -> std::convertible_to<TargetKind>;
    requires std::is_trivially_copyable_v<L>;
    requires std::equality_comparable<L>;
};

/// The weights of a loss, none if it has none.
template <Loss L>
constexpr std::span<const float> weights_of(const L& loss) {
    if constexpr (requires { loss.weights(); })
        return loss.weights();
    else
        return {};
}

/// How many of the network's `all` outputs, from the first on, a loss is about.
template <Loss L>
constexpr int counted_outputs(const L& loss, int all) {
    if constexpr (requires { loss.counted_outputs(); })
        return loss.counted_outputs();
    else
        return all;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
