#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A batch that a transform changes in place.
struct BatchView {
    std::span<float> images;  ///< (size, height, width, channels)
    std::span<float> targets; ///< (size, classes), a distribution each: at first 1 for the image's label, 0 for others
    int size;
    int height;
    int width;
    int channels;

    /// The number of values in a row of an image.
    std::size_t row_size() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }

    /// Row `y` of image `index`, (width, channels).
    std::span<float> row(int index, int y) const {
        const auto first =
            static_cast<std::size_t>(index) * static_cast<std::size_t>(height) + static_cast<std::size_t>(y);
        return images.subspan(first * row_size(), row_size());
    }
};

/// A value that changes a whole batch: MixUp, CutMix, or any function object of the user's. It may be called by several
/// threads at once, and everything random in it comes from the stream it is given.
template <class T>
concept BatchTransform = std::copy_constructible<T> &&
    requires(const T& transform, BatchView batch, RandomStream& random) {
    transform(batch, random);
};

/// Makes `targets`, (labels.size(), classes), of labels: 1 for an image's label, 0 for other classes.
inline void targets_of_labels(std::span<const std::int32_t> labels, std::span<float> targets) {
    const std::size_t classes = targets.size() / labels.size();
    std::fill(targets.begin(), targets.end(), 0.0f);
    for (std::size_t i = 0; i < labels.size(); ++i) targets[i * classes + static_cast<std::size_t>(labels[i])] = 1.0f;
}

/// Leaves batches as they are, with labels and without targets.
struct NoBatchTransform {
    void operator()(BatchView, RandomStream&) const {}
};

/// Throws Error unless `alpha`, of the beta distribution that `owner` draws from, is finite and above 0.
inline void require_alpha(const std::string& owner, float alpha) {
    if (!(alpha > 0.0f && std::isfinite(alpha)))
        throw Error(owner + ": alpha is " + std::to_string(alpha) + "; give a number above 0");
}

} // namespace TINYRES_ARCH
} // namespace tinyres
