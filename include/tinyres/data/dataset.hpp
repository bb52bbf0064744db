#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/scale_bytes.hpp"
#include "tinyres/random/philox.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The two halves of a data set: what is learned from, and what the learning is judged by.
enum class Split { train, test };

/// Labeled images of one size, held in memory as bytes; an ImageSet.
struct Dataset {
    std::string name{};
    int height = 32;
    int width = 32;
    int channels = 3;
    std::vector<std::uint8_t> images{}; ///< (size, height, width, channels), 0 to 255
    std::vector<std::int32_t> labels{}; ///< (size), each an index into class_names
    std::vector<std::string> class_names{};
    bool synthetic = false; ///< drawn by the library and not photographed; to be said wherever results are shown

    /// The number of images.
    int size() const { return static_cast<int>(labels.size()); }

    /// The number of bytes of one image.
    std::size_t image_size() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    }

    /// Image `index`, (height, width, channels); index in [0, size()).
    std::span<const std::uint8_t> image(int index) const {
        return std::span{images}.subspan(static_cast<std::size_t>(index) * image_size(), image_size());
    }

    /// The class of image `index`.
    std::int32_t label(int index) const { return labels[static_cast<std::size_t>(index)]; }

    /// Image `index`, scaled to [0, 1]; nothing is random in it.
    void read(int index, std::span<float> pixels, RandomStream&) const { scale_bytes(image(index), pixels); }

    /// Throws Error unless there are as many images as labels.
    void validate() const {
        if (images.size() != labels.size() * image_size())
            throw Error("data set '" + name + "' has " + std::to_string(images.size()) +
                        " image bytes, which is not labels x height x width x channels; make them agree");
    }
};

static_assert(ImageSet<Dataset>);

} // namespace TINYRES_ARCH
} // namespace tinyres
