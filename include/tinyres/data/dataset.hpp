#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/scale_bytes.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The two halves of a data set: what is learned from, and what the learning is judged by.
enum class Split { train, test };

/// Labeled images of one size, held in memory; an ImageSet.
template <class Value>
struct BasicDataset {
    std::string name{};
    int height = 32;
    int width = 32;
    int channels = 3;
    std::vector<Value> images{};        ///< (size, height, width, channels)
    std::vector<std::int32_t> labels{}; ///< (size), each an index into class_names
    std::vector<std::string> class_names{};
    bool synthetic = false; ///< drawn by the library and not photographed; to be said wherever results are shown

    /// The number of images.
    int size() const { return static_cast<int>(labels.size()); }

    /// The number of values of one image.
    std::size_t image_size() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    }

    /// Image `index`, (height, width, channels); index in [0, size()).
    std::span<const Value> image(int index) const {
        return std::span{images}.subspan(static_cast<std::size_t>(index) * image_size(), image_size());
    }

    /// The class of image `index`.
    std::int32_t label(int index) const { return labels[static_cast<std::size_t>(index)]; }

    /// Image `index`: bytes scaled to [0, 1], floats as they are. Nothing is random in it.
    void read(int index, std::span<float> pixels, RandomStream&) const {
        const std::span<const Value> values = image(index);
        if constexpr (std::is_same_v<Value, std::uint8_t>)
            scale_bytes(values, pixels);
        else
            std::copy(values.begin(), values.end(), pixels.begin());
    }

    /// Throws Error unless there are as many images as labels.
    void validate() const {
        if (images.size() != labels.size() * image_size())
            throw Error("data set '" + name + "' has " + std::to_string(images.size()) + " image " +
                        (sizeof(Value) == 1 ? "bytes" : "values") +
                        ", which is not labels x height x width x channels; make them agree");
    }
};

/// Images as bytes, 0 to 255.
using Dataset = BasicDataset<std::uint8_t>;

/// Images as floats, for measurements that bytes are too coarse for. A network gets them as they are, so they are best
/// in [0, 1], or normalized by the Loader's transform. They take four times the memory of bytes.
using FloatDataset = BasicDataset<float>;

static_assert(ImageSet<Dataset> && ImageSet<FloatDataset>);

} // namespace TINYRES_ARCH
} // namespace tinyres
