#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/region.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The most channels that an image given to a transform may have.
inline constexpr int max_image_channels = 4;

/// One value a channel; those beyond the image's channels are not looked at.
using ChannelValues = std::array<float, max_image_channels>;

/// One image that a transform changes in place.
struct ImageView {
    std::span<float> pixels; ///< (height, width, channels), in [0, 1] until they are normalized
    int height;
    int width;
    int channels;

    /// The number of values in a row.
    std::size_t row_size() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }

    /// Row `y`, (width, channels).
    std::span<float> row(int y) const { return pixels.subspan(static_cast<std::size_t>(y) * row_size(), row_size()); }
};

/// Gives `values`, (pixels, channels), the color `fill`.
inline void fill_pixels(std::span<float> values, int channels, const ChannelValues& fill) {
    const std::size_t step = static_cast<std::size_t>(channels);
    for (std::size_t pixel = 0; pixel < values.size(); pixel += step)
        for (std::size_t channel = 0; channel < step; ++channel) values[pixel + channel] = fill[channel];
}

/// Gives the pixels of `region`, which lies within the image, the color `fill`.
inline void fill_region(ImageView image, const Region& region, const ChannelValues& fill) {
    const std::size_t step = static_cast<std::size_t>(image.channels);
    for (int y = region.top; y < region.top + region.height; ++y)
        fill_pixels(image.row(y).subspan(static_cast<std::size_t>(region.left) * step,
                                         static_cast<std::size_t>(region.width) * step),
                    image.channels, fill);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
