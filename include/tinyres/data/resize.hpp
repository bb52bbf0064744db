#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// The source pixels that one pixel of a resized row or column is made of, and their shares, which add up to 1.
struct ResizeTap {
    int first = 0;
    std::vector<float> shares;
};

/// The taps of `to` pixels made of `from` pixels.
inline std::vector<ResizeTap> resize_taps(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    const double reach = (std::max)(scale, 1.0); // half the triangle's base, in source pixels
    std::vector<ResizeTap> taps(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double center = (i + 0.5) * scale;
        const int first = (std::max)(0, static_cast<int>(center - reach + 0.5));
        const int end = (std::min)(from, static_cast<int>(center + reach + 0.5));
        std::vector<double> weights;
        double sum = 0.0;
        for (int source = first; source < end; ++source) {
            weights.push_back((std::max)(0.0, 1.0 - std::abs(source + 0.5 - center) / reach));
            sum += weights.back();
        }
        ResizeTap& tap = taps[static_cast<std::size_t>(i)];
        tap.first = first;
        for (const double weight : weights) tap.shares.push_back(static_cast<float>(weight / sum));
    }
    return taps;
}

} // namespace detail

/// `region` of `picture` stretched or squeezed to `width` x `height` pixels by a triangle filter as wide as the step
/// from one new pixel to the next: each new pixel is a weighted mean of all that it covers, so large pictures become
/// small ones without aliasing, and small pictures large ones by linear interpolation. It is what Pillow calls BILINEAR
/// and torchvision `resize(antialias=True)`, on the sRGB values as they are: to half a step of torchvision's floats,
/// where both round the columns' sums to bytes before they add rows, so that a byte may differ by 1. Nothing outside
/// the region is looked at, as if it were cut out first. Throws Error when a size is below 1 or the region not within
/// the picture.
inline Picture resize(const Picture& picture, const Region& region, int width, int height) {
    if (region.width < 1 || region.height < 1 || width < 1 || height < 1)
        throw Error("resize: from " + std::to_string(region.width) + " x " + std::to_string(region.height) + " to " +
                    std::to_string(width) + " x " + std::to_string(height) +
                    " pixels is impossible; give widths and heights of 1 or more");
    if (region.left < 0 || region.top < 0 || region.width > picture.width - region.left ||
        region.height > picture.height - region.top)
        throw Error("resize: the region of " + std::to_string(region.width) + " x " + std::to_string(region.height) +
                    " pixels at (" + std::to_string(region.left) + ", " + std::to_string(region.top) +
                    ") is not within the picture of " + std::to_string(picture.width) + " x " +
                    std::to_string(picture.height) + "; cut it to that");
    const std::vector<detail::ResizeTap> columns = detail::resize_taps(region.width, width);
    const std::vector<detail::ResizeTap> rows = detail::resize_taps(region.height, height);

    // Row by row to the new width; what a source row gives is added to the new rows that it reaches, so that no more
    // than the new picture is held.
    const std::size_t row_size = 3 * static_cast<std::size_t>(width);
    std::vector<float> row(row_size);
    std::vector<float> sums(row_size * static_cast<std::size_t>(height), 0.0f);
    std::size_t first_row = 0; // of the new rows that may still take something
    for (int y = 0; y < region.height; ++y) {
        for (std::size_t x = 0; x < columns.size(); ++x) {
            const std::uint8_t* pixel = picture.pixel(region.left + columns[x].first, region.top + y);
            float red = 0.0f, green = 0.0f, blue = 0.0f;
            for (const float share : columns[x].shares) {
                red += share * static_cast<float>(pixel[0]);
                green += share * static_cast<float>(pixel[1]);
                blue += share * static_cast<float>(pixel[2]);
                pixel += 3;
            }
            row[3 * x] = red;
            row[3 * x + 1] = green;
            row[3 * x + 2] = blue;
        }
        const auto past = [&](const detail::ResizeTap& tap) {
            return y >= tap.first + static_cast<int>(tap.shares.size());
        };
        while (first_row < rows.size() && past(rows[first_row])) ++first_row;
        for (std::size_t i = first_row; i < rows.size() && rows[i].first <= y; ++i) {
            if (past(rows[i])) continue;
            const float share = rows[i].shares[static_cast<std::size_t>(y - rows[i].first)];
            for (std::size_t k = 0; k < row_size; ++k) sums[i * row_size + k] += share * row[k];
        }
    }

    Picture resized = Picture::of_size(width, height);
    std::transform(sums.begin(), sums.end(), resized.pixels.begin(),
                   [](float value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); });
    return resized;
}

/// The whole picture, resized.
inline Picture resize(const Picture& picture, int width, int height) {
    return resize(picture, {.width = picture.width, .height = picture.height}, width, height);
}

/// The largest square in the middle of a picture: what is cut off lies on the two longer sides alike.
inline Picture center_square(const Picture& picture) {
    const int side = (std::min)(picture.width, picture.height);
    return crop(
        picture,
        {.left = (picture.width - side) / 2, .top = (picture.height - side) / 2, .width = side, .height = side});
}

} // namespace TINYRES_ARCH
} // namespace tinyres
