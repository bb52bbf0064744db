#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/data/resize.hpp"
#include "tinyres/io/luminance.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A picture as `Network` takes it in, bytes of (height, width, channels): resized to its height and width, in red,
/// green and blue for a network of 3 channels, in gray (`luminance`) for one of 1. Crop the picture first
/// (`center_square`) unless it may be distorted.
///
///     const auto bytes = input_pixels<Net>(center_square(read_image("digit.png")));
///     predict(model, prepare_images(bytes, normalization, Net::input.channels));
template <class Network>
std::vector<std::uint8_t> input_pixels(const Picture& picture) {
    constexpr auto input = Network::input;
    static_assert(input.channels == 1 || input.channels == 3,
                  "tinyres: a picture has 1 channel (gray) or 3 (red, green, blue); this network takes another number");
    Picture resized = resize(picture, input.width, input.height);
    if constexpr (input.channels == 1)
        return luminance(resized);
    else
        return std::move(resized.pixels);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
