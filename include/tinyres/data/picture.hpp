#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/region.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The most pixels that a picture may have if nobody says otherwise: 134 million, more than the largest cameras give.
inline constexpr std::size_t picture_pixel_limit = std::size_t{1} << 27;

/// A picture of any size: rows from top to bottom, 8-bit red, green and blue side by side, as in a Dataset.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels; ///< (height, width, 3), 0 to 255, sRGB

    /// Room for a picture of this size, black.
    static Picture of_size(int width, int height) {
        return {width, height,
                std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
    }

    /// The three values of the pixel in column `x` of row `y`.
    const std::uint8_t* pixel(int x, int y) const { return pixels.data() + place(x, y); }
    std::uint8_t* pixel(int x, int y) { return pixels.data() + place(x, y); }

private:
    std::size_t place(int x, int y) const {
        return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3;
    }
};

/// The pixels of `region`; black where it reaches beyond the picture.
inline Picture crop(const Picture& picture, const Region& region) {
    Picture cut = Picture::of_size(region.width, region.height);
    const int first = (std::max)(0, -region.left);
    const int end = (std::min)(region.width, picture.width - region.left);
    if (first >= end) return cut;
    for (int y = 0; y < region.height; ++y) {
        const int from = region.top + y;
        if (from >= 0 && from < picture.height)
            std::copy_n(picture.pixel(region.left + first, from), 3 * static_cast<std::size_t>(end - first),
                        cut.pixel(first, y));
    }
    return cut;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
