#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Throws Error unless `values` values are whole images of `image_size` each; returns how many.
inline int count_images(std::size_t values, int image_size) {
    const auto size = static_cast<std::size_t>(image_size);
    if (values == 0 || values % size != 0)
        throw Error("a batch of " + std::to_string(values) + " floats does not hold whole images of " +
                    std::to_string(size) + " values each; check the size of the images");
    return static_cast<int>(values / size);
}

/// Throws Error unless `label` is one of `classes`.
inline void require_label(std::int32_t label, int classes) {
    if (label < 0 || label >= classes)
        throw Error("label " + std::to_string(label) + " is out of range: the network has " + std::to_string(classes) +
                    (classes == 1 ? " output (0)" : " outputs (0 to " + std::to_string(classes - 1) + ")"));
}

/// What one training step or prediction works on. A view: the owner of the values is whoever made it (the Loader).
struct Batch {
    std::span<const float> images;        ///< (size, height, width, channels)
    std::span<const std::int32_t> labels; ///< (size)

    /// The number of images.
    int size() const { return static_cast<int>(labels.size()); }

    /// Throws Error unless these are whole images of `image_size` values with one label each, below `classes`.
    void require_fits(int image_size, int classes) const {
        const int images_here = count_images(images.size(), image_size);
        if (size() != images_here)
            throw Error("a batch of " + std::to_string(images_here) + " images has " + std::to_string(size()) +
                        " labels; give one label for each image");
        for (const std::int32_t label : labels) require_label(label, classes);
    }
};

/// A Batch, or a batch of a loader that works where the backend does (DeviceLoader).
template <class T>
concept BatchLike = requires(const T& batch) {
    { batch.size() } -> std::convertible_to<int>;
    batch.require_fits(1, 1);
};

} // namespace TINYRES_ARCH
} // namespace tinyres
