#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/image_set.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How many images of each class a data set has: as many numbers as it has class names, or as its greatest label asks
/// for if there are no names. Throws Error when a label is negative or has no name.
template <ImageSet Set>
std::vector<int> class_counts(const Set& set) {
    std::vector<int> counts(set.class_names.size());
    for (int index = 0; index < set.size(); ++index) {
        const std::int32_t label = set.label(index);
        const std::size_t place = static_cast<std::size_t>(label);
        if (label < 0 || (!set.class_names.empty() && place >= counts.size()))
            throw Error("image " + std::to_string(index) + " of data set '" + std::string(set.name) + "' has label " +
                        std::to_string(label) + ", which is not a class; make them agree");
        if (place >= counts.size()) counts.resize(place + 1);
        ++counts[place];
    }
    return counts;
}

/// A weight for each class by which a loss makes up for classes of unequal size: images / (classes x images of the
/// class), scikit-learn's "balanced". Classes count where they have images; one that has none gets 0. The average
/// weight of the images is 1. Throws Error as class_counts does.
template <ImageSet Set>
std::vector<float> class_weights(const Set& set) {
    const std::vector<int> counts = class_counts(set);
    const double classes =
        static_cast<double>(counts.size() - static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 0)));
    std::vector<float> weights;
    weights.reserve(counts.size());
    for (const int count : counts)
        weights.push_back(count == 0 ? 0.0f : static_cast<float>(set.size() / (classes * count)));
    return weights;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
