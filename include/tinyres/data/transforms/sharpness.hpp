#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/image_view.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Blends with the image smoothed by a 3x3 filter (5 / 13 in the middle, 1 / 13 around it): a factor of 0 leaves that,
/// 1 changes nothing, 2 sharpens. The outermost pixels stay as they are, and so does an image with no others. The image
/// is in [0, 1], the numbers are torchvision's.
inline void adjust_sharpness(ImageView image, float factor) {
    if (image.height <= 2 || image.width <= 2) return;
    thread_local std::vector<float> copy;
    copy.assign(image.pixels.begin(), image.pixels.end());
    const std::size_t step = static_cast<std::size_t>(image.channels), row_size = image.row_size();
    for (std::size_t y = 1; y + 1 < static_cast<std::size_t>(image.height); ++y)
        for (std::size_t i = y * row_size + step; i < (y + 1) * row_size - step; ++i) {
            float sum = 4.0f * copy[i];
            for (std::size_t row = i - row_size; row <= i + row_size; row += row_size)
                sum += copy[row - step] + copy[row] + copy[row + step];
            const float smooth = sum / 13.0f;
            image.pixels[i] = copy[i] + (1.0f - factor) * (smooth - copy[i]);
        }
    for (float& value : image.pixels) value = std::clamp(value, 0.0f, 1.0f);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
