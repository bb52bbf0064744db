#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/image_view.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How a value between pixels is made: the nearest pixel's, half way the even one's; or a mean of the four around it.
enum class Interpolation { nearest, bilinear };

/// Where a pixel of the new image comes from: (x, y) from (xx x + xy y + x0, yx x + yy y + y0), in pixels to the right
/// of and below the image's center.
struct AffineMap {
    double xx = 1.0, xy = 0.0, x0 = 0.0;
    double yx = 0.0, yy = 1.0, y0 = 0.0;
};

/// Replaces the image by what `map` makes of it; what comes from beyond the image has the color `fill`. These are
/// torchvision's numbers for float images with a fill. With Interpolation::bilinear, what lies beyond the image counts
/// as black in the mean, and the fill is then blended in by the share s that the image covers: s (mean - fill) + fill.
/// So an edge fades twice.
inline void warp(ImageView image, const AffineMap& map, Interpolation interpolation, const ChannelValues& fill) {
    thread_local std::vector<float> copy;
    copy.assign(image.pixels.begin(), image.pixels.end());
    const std::size_t channels = static_cast<std::size_t>(image.channels);
    const auto source = [&](int y, int x) -> const float* {
        if (y < 0 || y >= image.height || x < 0 || x >= image.width) return nullptr;
        return copy.data() + static_cast<std::size_t>(y) * image.row_size() + static_cast<std::size_t>(x) * channels;
    };
    const double middle_x = 0.5 * (image.width - 1), middle_y = 0.5 * (image.height - 1);
    float* to = image.pixels.data();
    for (int row = 0; row < image.height; ++row)
        for (int column = 0; column < image.width; ++column, to += channels) {
            const double x = map.xx * (column - middle_x) + map.xy * (row - middle_y) + map.x0 + middle_x;
            const double y = map.yx * (column - middle_x) + map.yy * (row - middle_y) + map.y0 + middle_y;
            if (interpolation == Interpolation::nearest) {
                const float* pixel = source(static_cast<int>(std::lrint(y)), static_cast<int>(std::lrint(x)));
                for (std::size_t c = 0; c < channels; ++c) to[c] = pixel != nullptr ? pixel[c] : fill[c];
                continue;
            }
            const double left = std::floor(x), top = std::floor(y);
            const float right_share = static_cast<float>(x - left), bottom_share = static_cast<float>(y - top);
            float covered = 0.0f;
            ChannelValues sums{};
            for (int corner = 0; corner < 4; ++corner) {
                const int right = corner % 2, below = corner / 2;
                const float* pixel = source(static_cast<int>(top) + below, static_cast<int>(left) + right);
                if (pixel == nullptr) continue;
                const float share =
                    (right == 1 ? right_share : 1.0f - right_share) * (below == 1 ? bottom_share : 1.0f - bottom_share);
                covered += share;
                for (std::size_t c = 0; c < channels; ++c) sums[c] += share * pixel[c];
            }
            for (std::size_t c = 0; c < channels; ++c) to[c] = covered * (sums[c] - fill[c]) + fill[c];
        }
}

/// Turns the image counterclockwise around its center, as torchvision's `rotate` does.
inline void rotate(ImageView image, double degrees, Interpolation interpolation, const ChannelValues& fill) {
    const double angle = degrees * std::numbers::pi / 180.0;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    warp(image, {.xx = cosine, .xy = -sine, .yx = sine, .yy = cosine}, interpolation, fill);
}

/// Moves each row to the left by `slope` times its distance from the image's upper edge, as torchvision's AutoAugment
/// family does.
inline void shear_x(ImageView image, double slope, Interpolation interpolation, const ChannelValues& fill) {
    warp(image, {.xy = slope, .x0 = slope * 0.5 * image.height}, interpolation, fill);
}

/// Moves each column up by `slope` times its distance from the image's left edge.
inline void shear_y(ImageView image, double slope, Interpolation interpolation, const ChannelValues& fill) {
    warp(image, {.yx = slope, .y0 = slope * 0.5 * image.width}, interpolation, fill);
}

/// Moves the image by whole pixels, to the right and down.
inline void translate(ImageView image, int right, int down, const ChannelValues& fill) {
    warp(image, {.x0 = -static_cast<double>(right), .y0 = -static_cast<double>(down)}, Interpolation::nearest, fill);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
