#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What surrounds an image: one color; the image mirrored at its outermost pixels, which are not repeated; or the
/// outermost pixels, repeated. They are torchvision's and NumPy's.
enum class Padding { constant, reflect, edge };

/// The place in a row or column of `size` pixels that shows at `place`, which is less than `size` outside; outside for
/// Padding::constant.
constexpr int padded_place(Padding mode, int place, int size) {
    if (place >= 0 && place < size) return place;
    if (mode == Padding::reflect) return place < 0 ? -place : 2 * (size - 1) - place;
    if (mode == Padding::edge) return place < 0 ? 0 : size - 1;
    return place;
}

/// Pads the image by `padding` pixels on each side and cuts a window of the image's own size out of that; every
/// position of the window is equally likely.
struct RandomCrop {
    int padding = 4;
    Padding mode = Padding::constant;
    ChannelValues fill{}; ///< the color of Padding::constant, in the image's units: [0, 1] before Normalize

    void operator()(ImageView image, RandomStream& random) const {
        const int down = random.below(2 * padding + 1) - padding;
        const int right = random.below(2 * padding + 1) - padding;
        if (down != 0 || right != 0) move_window(image, down, right);
    }

    /// Throws Error when the padding is negative, or so wide that there is nothing to mirror or a window may miss the
    /// image altogether.
    void validate(int height, int width, int channels) const {
        require_channels("RandomCrop", channels);
        const int side = (std::min)(height, width);
        if (padding < 0 || padding >= side)
            throw Error("RandomCrop: the padding is " + std::to_string(padding) + "; give one from 0 to " +
                        std::to_string(side - 1) + ", below the image's smaller side");
    }

    /// Replaces the image by the window whose upper left corner is (down, right) in the image's coordinates.
    void move_window(ImageView image, int down, int right) const {
        thread_local std::vector<float> copy;
        copy.assign(image.pixels.begin(), image.pixels.end());
        const ImageView source{copy, image.height, image.width, image.channels};
        for (int y = 0; y < image.height; ++y) {
            const int from = padded_place(mode, y + down, image.height);
            if (from < 0 || from >= image.height)
                fill_pixels(image.row(y), image.channels, fill);
            else
                move_row(source.row(from), image.row(y), image.channels, right);
        }
    }

private:
    /// One row of the window, (width, channels), out of one row of the image.
    void move_row(std::span<const float> from, std::span<float> to, int channels, int right) const {
        const std::size_t step = static_cast<std::size_t>(channels);
        const std::size_t outside = static_cast<std::size_t>(right < 0 ? -right : right) * step;
        const std::size_t inside = to.size() - outside;
        if (right < 0)
            std::copy_n(from.begin(), inside, to.begin() + static_cast<std::ptrdiff_t>(outside));
        else
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(outside), inside, to.begin());

        const std::span<float> border = right < 0 ? to.first(outside) : to.last(outside);
        if (mode == Padding::constant) {
            fill_pixels(border, channels, fill);
            return;
        }
        const int width = static_cast<int>(to.size() / step);
        const int first = right < 0 ? 0 : width - right;
        for (std::size_t pixel = 0; pixel < outside; pixel += step) {
            const int place = padded_place(mode, first + static_cast<int>(pixel / step) + right, width);
            for (std::size_t channel = 0; channel < step; ++channel)
                border[pixel + channel] = from[static_cast<std::size_t>(place) * step + channel];
        }
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
