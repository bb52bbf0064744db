#pragma once

#include "tinyres/data/transforms/compose.hpp"
#include "tinyres/data/transforms/view.hpp"
#include "tinyres/train/evaluate.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A view of an image, and its weight in a mean; the weights of all views add up to 1.
struct WeightedView {
    View view{};
    float weight = 1.0f;
};

/// An image and its mirror image.
inline constexpr WeightedView mirrored_views[] = {{{}, 0.5f}, {{.mirrored = true}, 0.5f}};

/// The same, and, with half the weight, both moved by a pixel up and left, and down and right (K. Jordan, "94% on
/// CIFAR-10 in 3.29 seconds", 2024).
inline constexpr WeightedView mirrored_and_moved_views[] = {
    {{}, 0.25f},
    {{.mirrored = true}, 0.25f},
    {{.down = -1, .right = -1}, 0.125f},
    {{.down = -1, .right = -1, .mirrored = true}, 0.125f},
    {{.down = 1, .right = 1}, 0.125f},
    {{.down = 1, .right = 1, .mirrored = true}, 0.125f},
};

/// The weighted mean of a model's outputs (images, outputs) for several views of all images of a set (test-time
/// augmentation): a forward pass for each. `rest` is what a loader does beside, such as Normalize; the options must not
/// shuffle. Throws Error as Loader does, or when there are no views.
template <class Network, class Backend, ImageSet Set, Transform Rest>
std::vector<float> predict_views(const Model<Network, Backend>& model, const Set& set, const Rest& rest,
                                 std::span<const WeightedView> views, const LoaderOptions& options = {}) {
    if (views.empty() || options.shuffle || options.balanced)
        throw Error("predict_views: give one view or more, and a loader in the data set's order");
    std::vector<float> mean;
    for (const WeightedView& weighted : views) {
        Loader loader{set, Compose{weighted.view, rest}, options};
        const std::vector<float> outputs = predict(model, loader);
        mean.resize(outputs.size());
        for (std::size_t i = 0; i < outputs.size(); ++i) mean[i] += weighted.weight * outputs[i];
    }
    return mean;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
