#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/losses/loss.hpp"

#include <cmath>
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

/// Throws Error unless each of the targets (images, outputs) is one that a loss of that kind takes.
inline void require_targets(std::span<const float> targets, int outputs, TargetKind kind) {
    const auto width = static_cast<std::size_t>(outputs);
    for (std::size_t first = 0; first < targets.size(); first += width) {
        double sum = 0.0;
        for (const float target : targets.subspan(first, width)) {
            sum += static_cast<double>(target);
            if (std::isfinite(target) && (kind == TargetKind::numbers || (target >= 0.0f && target <= 1.0f))) continue;
            throw Error(
                "target " + std::to_string(target) + " of image " + std::to_string(first / width) +
                (kind == TargetKind::numbers ? " is not finite" : " is not in [0, 1], as this loss takes them") +
                "; correct the targets");
        }
        if (kind == TargetKind::distribution && std::abs(sum - 1.0) > 1e-3)
            throw Error("the targets of image " + std::to_string(first / width) + " sum to " + std::to_string(sum) +
                        "; this loss takes a distribution over the classes, whose sum is 1");
    }
}

/// What one training step or prediction works on. A view: the owner of the values is whoever made it (the Loader).
struct Batch {
    std::span<const float> images;        ///< (size, height, width, channels)
    std::span<const std::int32_t> labels; ///< (size); may be empty where there are targets
    /// (size, outputs), what the loss compares the outputs with: distributions over the classes, as MixUp makes them,
    /// several labels an image, or numbers to be met; the loss says which. Empty where it takes the labels. Where
    /// there are both, the loss takes the targets, and an image is right where its label is met.
    std::span<const float> targets{};
    int count = 0; ///< the number of images where there are no labels, which tell it otherwise

    /// The number of images.
    int size() const { return labels.empty() ? count : static_cast<int>(labels.size()); }

    /// Throws Error unless these are whole images of `image_size` values with one label each, below `outputs`, or
    /// targets of that kind, or both; returns how many images.
    int require_fits(int image_size, int outputs, TargetKind kind = TargetKind::distribution) const {
        const int images_here = count_images(images.size(), image_size);
        if (static_cast<int>(labels.size()) != images_here && (!labels.empty() || targets.empty()))
            throw Error("a batch of " + std::to_string(images_here) + " images has " + std::to_string(labels.size()) +
                        " labels; give one label for each image");
        if (size() != images_here)
            throw Error("a batch of " + std::to_string(images_here) + " images has targets without labels and count " +
                        std::to_string(count) + "; set its count to " + std::to_string(images_here));
        for (const std::int32_t label : labels) require_label(label, outputs);
        if (targets.empty()) return images_here;
        if (targets.size() != static_cast<std::size_t>(images_here) * static_cast<std::size_t>(outputs))
            throw Error("a batch of " + std::to_string(images_here) + " images has " + std::to_string(targets.size()) +
                        " targets; give one for each of the network's " + std::to_string(outputs) +
                        " outputs of each image");
        require_targets(targets, outputs, kind);
        return images_here;
    }
};

/// A Batch, or a batch of a loader that works where the backend does (DeviceLoader).
template <class T>
concept BatchLike = requires(const T& batch) {
    { batch.size() } -> std::convertible_to<int>;
    { batch.require_fits(1, 1, TargetKind::distribution) } -> std::convertible_to<int>;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
