#pragma once

#include "tinyres/losses/loss.hpp"

#include <cstddef>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The loss summed over images, how much these count in its mean, and how many of those that can be right are. An image
/// is right when its greatest output (the first one wins) is its label's, or without labels as TargetKind says.
struct LossSum {
    double loss = 0.0;
    double weight = 0.0; ///< the number of images, where none counts more than others
    int correct = 0;
    int judged = 0; ///< images that are right or wrong: all, or none in a regression
};

/// Where a loss kernel finds what the outputs are compared with and leaves the loss, in the backend's memory; a
/// Backend::LossMemory owns it.
struct LossPlaces {
    const std::int32_t* labels = nullptr; ///< (batch), each in [0, counted outputs), or null
    const float* targets = nullptr;       ///< (batch, counted outputs), or null
    const float* weights = nullptr;       ///< (counted outputs), those of the loss, or null
    std::byte* image_losses = nullptr;    ///< working memory of backends that have the images' losses at once
    LossSum* sum = nullptr;

    bool operator==(const LossPlaces&) const = default;
};

/// The arguments of a loss kernel, `Kernel<Backend, Bound<L, Shape<outputs>>>::run`.
template <class Scalar, Loss L>
struct LossPass {
    L loss{};
    int batch = 0;
    const Scalar* outputs = nullptr; ///< (batch, outputs)
    Scalar* gradient = nullptr;      ///< (batch, outputs), of the mean loss; overwritten; null where not wanted
    LossPlaces places{};
    bool adds = false; ///< whether the images are added to what the sum was. They are added one after the other: the
                       ///< sum over several batches does not depend on where one ends
};

/// One image as a loss sees it. What is computed by all outputs together is the backend's.
template <class T>
class LossImage {
public:
    using Number = T;

    /// Image `image` of a batch with `all` outputs each, of which the first `count` are looked at.
    constexpr LossImage(const T* outputs, int all, int count, const LossPlaces& places, int image)
        : outputs_(outputs + std::ptrdiff_t{image} * all),
          targets_(places.targets ? places.targets + std::ptrdiff_t{image} * count : nullptr),
          weights_(places.weights),
          label_(places.labels ? places.labels[image] : -1),
          count_(count) {}

    constexpr T output(int k) const { return outputs_[k]; }
    constexpr T target(int k) const { return targets_ ? static_cast<T>(targets_[k]) : static_cast<T>(k == label_); }
    constexpr T weight(int k) const { return weights_ ? static_cast<T>(weights_[k]) : T{1}; }
    constexpr T outputs() const { return static_cast<T>(count_); }

    constexpr int count() const { return count_; }
    constexpr const T* first_output() const { return outputs_; }
    constexpr bool has_targets() const { return targets_ != nullptr; }
    constexpr bool has_weights() const { return weights_ != nullptr; }
    constexpr int label() const { return label_; } ///< or -1

private:
    const T* outputs_;
    const float* targets_;
    const float* weights_;
    int label_;
    int count_;
};

/// How much an image counts in the mean over the batch where the loss has weights.
template <Loss L, class Image>
constexpr typename Image::Number share_in_mean(const L& loss, const Image& image) {
    if constexpr (requires { loss.share_in_mean(image); })
        return loss.share_in_mean(image);
    else
        return 1;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
