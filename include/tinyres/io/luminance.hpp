#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The gray values of a picture's pixels, (height, width, 1): the luma of ITU-R 601, to the bit what Pillow's
/// `convert("L")` makes of red, green and blue. Gray pixels keep their value.
inline std::vector<std::uint8_t> luminance(const Picture& picture) {
    std::vector<std::uint8_t> gray(picture.pixels.size() / 3);
    for (std::size_t i = 0; i < gray.size(); ++i) {
        const std::uint8_t* rgb = picture.pixels.data() + 3 * i;
        gray[i] = static_cast<std::uint8_t>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    }
    return gray;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
