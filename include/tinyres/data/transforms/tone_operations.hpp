#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/image_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tinyres {
inline namespace TINYRES_ARCH {

// Torchvision's operations on the values of float images in [0, 1], with its numbers.

/// Leaves 2^bits steps, 0 to 1 - 2^-bits; bits from 0 (black) to 8.
inline void posterize(ImageView image, int bits) {
    const float levels = static_cast<float>(1 << bits);
    for (float& value : image.pixels) value = std::clamp(std::floor(value * levels), 0.0f, levels - 1.0f) / levels;
}

/// Inverts the values of `threshold` or more.
inline void solarize(ImageView image, float threshold) {
    for (float& value : image.pixels)
        if (value >= threshold) value = 1.0f - value;
}

/// Stretches each channel's values to 0 to 1. A channel of one value stays as it is.
inline void autocontrast(ImageView image) {
    const std::size_t step = static_cast<std::size_t>(image.channels);
    for (std::size_t c = 0; c < step; ++c) {
        float least = std::numeric_limits<float>::infinity(), greatest = -least;
        for (std::size_t i = c; i < image.pixels.size(); i += step) {
            least = (std::min)(least, image.pixels[i]);
            greatest = (std::max)(greatest, image.pixels[i]);
        }
        if (least == greatest) continue;
        for (std::size_t i = c; i < image.pixels.size(); i += step)
            image.pixels[i] = std::clamp((image.pixels[i] - least) / (greatest - least), 0.0f, 1.0f);
    }
}

/// Moves each channel's values, rounded down to one of 256 steps, so that as many lie in each part of the range. A
/// channel with less than 255 values below its greatest is only rounded.
inline void equalize(ImageView image) {
    const std::size_t step = static_cast<std::size_t>(image.channels);
    const auto byte = [](float value) {
        return static_cast<std::size_t>(std::clamp(value, 0.0f, 1.0f) * 255.999f); // torchvision's, from float to uint8
    };
    for (std::size_t c = 0; c < step; ++c) {
        std::array<int, 256> histogram{};
        std::size_t greatest = 0;
        int below_greatest = 0;
        for (std::size_t i = c; i < image.pixels.size(); i += step) {
            ++histogram[byte(image.pixels[i])];
            greatest = (std::max)(greatest, byte(image.pixels[i]));
        }
        for (std::size_t value = 0; value < greatest; ++value) below_greatest += histogram[value];
        const int values_each = below_greatest / 255;
        std::array<float, 256> moved;
        for (int value = 0, sum = 0; value < 256; ++value) {
            const int to = values_each == 0 ? value : (std::min)(255, (sum + values_each / 2) / values_each);
            moved[static_cast<std::size_t>(value)] = static_cast<float>(to) / 255.0f;
            sum += histogram[static_cast<std::size_t>(value)];
        }
        for (std::size_t i = c; i < image.pixels.size(); i += step) image.pixels[i] = moved[byte(image.pixels[i])];
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
