#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/scale_bytes.hpp"
#include "tinyres/data/transforms/normalize.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a network takes for an image, to the bit what a Loader with this normalization makes of it: `bytes`, (height,
/// width, channels), of one image or of several one after the other, scaled to [0, 1] and normalized. Throws Error when
/// they are no whole pixels or the normalization is impossible.
///
///     const Picture photo = resize(center_square(read_image("photo.jpg")), 32, 32);
///     predict(model, prepare_images(photo.pixels, cifar10_normalization()));
inline std::vector<float> prepare_images(std::span<const std::uint8_t> bytes, const Normalize& normalization,
                                         int channels = 3) {
    if (channels < 1 || bytes.size() % static_cast<std::size_t>(channels) != 0)
        throw Error("prepare_images: " + std::to_string(bytes.size()) + " bytes are no pixels of " +
                    std::to_string(channels) + " channels; give whole images");
    normalization.validate(1, 1, channels);
    std::vector<float> numbers(bytes.size());
    scale_bytes(bytes, numbers);
    // Every pixel is treated alike, so all of them may be one row.
    const int pixels = static_cast<int>(bytes.size() / static_cast<std::size_t>(channels));
    RandomStream nothing_random{{}};
    normalization(ImageView{.pixels = numbers, .height = 1, .width = pixels, .channels = channels}, nothing_random);
    return numbers;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
