#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The two halves of a data set: what is learned from, and what the learning is judged by.
enum class Split { train, test };

/// Labeled images of one size, held in memory as bytes.
struct Dataset {
    std::string name{};
    int height = 32;
    int width = 32;
    int channels = 3;
    std::vector<std::uint8_t> images{}; ///< (size, height, width, channels), 0 to 255
    std::vector<std::uint8_t> labels{}; ///< (size), each an index into class_names
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
};

} // namespace TINYRES_ARCH
} // namespace tinyres
