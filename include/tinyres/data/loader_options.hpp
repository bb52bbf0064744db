#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How a Loader cuts a data set into batches.
struct LoaderOptions {
    int batch_size = 512;
    bool shuffle = false; ///< a new order for each epoch; else the data set's own
    /// For classes of unequal size: an epoch's images are drawn, a class and then one of its images, each with equal
    /// probability, so classes come equally often and an image may come several times or not at all. An epoch has as
    /// many images as without it. PyTorch's WeightedRandomSampler with the weights 1 / (images of the class).
    bool balanced = false;
    std::uint64_t seed = 0; ///< of the order and of everything random in the transform
    int threads = 1;        ///< that prepare batches beside the caller's; the batches do not depend on it
    int limit = 0;          ///< use only the data set's first `limit` images; 0 uses all
};

/// What a loader's batches hold, to be compared with what a network takes.
struct LoaderContents {
    int images = 0; ///< in an epoch
    int height = 0;
    int width = 0;
    int channels = 0;
    std::int32_t greatest_label = 0;
};

/// Throws Error when an option is impossible, the data set empty or inconsistent, a label without a class name, or the
/// transform cannot work on its images. No image is read.
template <ImageSet Set, Transform T>
LoaderContents check_loader(const Set& set, const T& transform, const LoaderOptions& options) {
    if (options.batch_size < 1)
        throw Error("Loader: the batch size is " + std::to_string(options.batch_size) + "; give one of 1 or more");
    if (options.threads < 1)
        throw Error("Loader: the number of threads is " + std::to_string(options.threads) + "; give 1 or more");
    if (options.limit < 0)
        throw Error("Loader: the limit is " + std::to_string(options.limit) + " images; give 0 (all) or more");
    const std::string name = "data set '" + std::string(set.name) + "'";
    if (set.size() == 0) throw Error("Loader: " + name + " has no images; load some first");
    if (set.height < 1 || set.width < 1 || set.channels < 1)
        throw Error("Loader: " + name + " has images of " + std::to_string(set.height) + " x " +
                    std::to_string(set.width) + " with " + std::to_string(set.channels) +
                    " channels; give sizes of 1 or more");
    validate_set(set);
    validate_transform(transform, set.height, set.width, set.channels);
    const std::size_t classes = set.class_names.size();
    const int images = options.limit == 0 ? set.size() : (std::min)(options.limit, set.size());
    std::int32_t greatest = 0;
    for (int index = 0; index < images; ++index) {
        const std::int32_t label = set.label(index);
        if (label < 0)
            throw Error("Loader: image " + std::to_string(index) + " of " + name + " has label " +
                        std::to_string(label) + "; labels are 0 or more");
        if (classes > 0 && static_cast<std::size_t>(label) >= classes)
            throw Error("Loader: image " + std::to_string(index) + " of " + name + " has label " +
                        std::to_string(label) + ", but there are names for " + std::to_string(classes) +
                        " classes only; make them agree");
        greatest = (std::max)(greatest, label);
    }
    return {images, set.height, set.width, set.channels, greatest};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
