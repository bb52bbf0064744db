#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/image_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {

// Torchvision's adjustments of float images in [0, 1], with its numbers. A factor of 1 changes nothing, one of 0 leaves
// black, gray or blurred.

/// The gray value of a red, green and blue pixel, as torchvision weights them.
inline float gray_value(const float* pixel) {
    return 0.2989f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

/// value x factor + other x (1 - factor), cut to [0, 1].
inline float blend(float value, float other, float factor) {
    return std::clamp(value * factor + other * (1.0f - factor), 0.0f, 1.0f);
}

/// Multiplies by `factor` >= 0.
inline void adjust_brightness(ImageView image, float factor) {
    for (float& value : image.pixels) value = std::clamp(value * factor, 0.0f, 1.0f);
}

/// Blends with the mean of the gray values, or of all values if there are not 3 channels; factor >= 0.
inline void adjust_contrast(ImageView image, float factor) {
    double sum = 0.0;
    std::size_t count = 0;
    const std::size_t step = image.channels == 3 ? 3 : 1;
    for (std::size_t i = 0; i < image.pixels.size(); i += step, ++count)
        sum += static_cast<double>(step == 3 ? gray_value(&image.pixels[i]) : image.pixels[i]);
    const float mean = static_cast<float>(sum / static_cast<double>(count));
    for (float& value : image.pixels) value = blend(value, mean, factor);
}

/// Blends with gray; factor >= 0. An image of other than 3 channels has no colors and stays as it is.
inline void adjust_saturation(ImageView image, float factor) {
    if (image.channels != 3) return;
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        const float gray = gray_value(&image.pixels[i]);
        for (std::size_t c = 0; c < 3; ++c) image.pixels[i + c] = blend(image.pixels[i + c], gray, factor);
    }
}

/// Hue, saturation and value of a color, each in [0, 1].
inline std::array<float, 3> to_hsv(const float* rgb) {
    const auto [least, greatest] = std::minmax({rgb[0], rgb[1], rgb[2]});
    if (least == greatest) return {0.0f, 0.0f, greatest};
    const float range = greatest - least;
    const float red = (greatest - rgb[0]) / range, green = (greatest - rgb[1]) / range,
                blue = (greatest - rgb[2]) / range;
    const float sixths = greatest == rgb[0]   ? blue - green
                         : greatest == rgb[1] ? 2.0f + red - blue
                                              : 4.0f + green - red;
    return {std::fmod(sixths / 6.0f + 1.0f, 1.0f), range / greatest, greatest};
}

/// Red, green and blue of a color whose hue, saturation and value are given; the reverse of to_hsv.
inline std::array<float, 3> to_rgb(const std::array<float, 3>& hsv) {
    const auto [hue, saturation, value] = hsv;
    const float sixth = std::floor(hue * 6.0f);
    const float into = hue * 6.0f - sixth;
    const auto scaled = [v = value](float share) { return std::clamp(share * v, 0.0f, 1.0f); };
    const float rising = scaled(1.0f - saturation + saturation * into);
    const float falling = scaled(1.0f - saturation * into);
    const float low = scaled(1.0f - saturation);
    switch (static_cast<int>(sixth) % 6) {
    case 0:
        return {value, rising, low};
    case 1:
        return {falling, value, low};
    case 2:
        return {low, value, rising};
    case 3:
        return {low, falling, value};
    case 4:
        return {rising, low, value};
    default:
        return {value, low, falling};
    }
}

/// Turns the hues by `shift`, from -0.5 to 0.5 of the whole circle. An image of other than 3 channels stays as it is.
inline void adjust_hue(ImageView image, float shift) {
    if (image.channels != 3) return;
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        std::array<float, 3> hsv = to_hsv(&image.pixels[i]);
        hsv[0] += shift;
        hsv[0] -= std::floor(hsv[0]);
        const std::array<float, 3> rgb = to_rgb(hsv);
        std::copy(rgb.begin(), rgb.end(), image.pixels.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
