#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How a Loader cuts a data set into batches.
struct LoaderOptions {
    int batch_size = 512;
    bool shuffle = false;   ///< a new order for each epoch; else the data set's own
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
    int greatest_label = 0;
};

/// Throws Error when an option is impossible, the data set empty or inconsistent, a label without a class name, or the
/// transform cannot work on its images.
template <Transform T>
LoaderContents check_loader(const Dataset& dataset, const T& transform, const LoaderOptions& options) {
    if (options.batch_size < 1)
        throw Error("Loader: the batch size is " + std::to_string(options.batch_size) + "; give one of 1 or more");
    if (options.threads < 1)
        throw Error("Loader: the number of threads is " + std::to_string(options.threads) + "; give 1 or more");
    if (options.limit < 0)
        throw Error("Loader: the limit is " + std::to_string(options.limit) + " images; give 0 (all) or more");
    if (dataset.size() == 0) throw Error("Loader: data set '" + dataset.name + "' has no images; load some first");
    if (dataset.height < 1 || dataset.width < 1 || dataset.channels < 1 ||
        dataset.images.size() != dataset.labels.size() * dataset.image_size())
        throw Error("Loader: data set '" + dataset.name + "' has " + std::to_string(dataset.images.size()) +
                    " image bytes, which is not labels x height x width x channels; make them agree");
    validate_transform(transform, dataset.height, dataset.width, dataset.channels);
    const int images = options.limit == 0 ? dataset.size() : (std::min)(options.limit, dataset.size());
    const auto greatest = std::max_element(dataset.labels.begin(), dataset.labels.begin() + images);
    if (!dataset.class_names.empty() && *greatest >= dataset.class_names.size())
        throw Error("Loader: image " + std::to_string(greatest - dataset.labels.begin()) + " of data set '" +
                    dataset.name + "' has label " + std::to_string(*greatest) + ", but there are names for " +
                    std::to_string(dataset.class_names.size()) + " classes only; make them agree");
    return {images, dataset.height, dataset.width, dataset.channels, *greatest};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
