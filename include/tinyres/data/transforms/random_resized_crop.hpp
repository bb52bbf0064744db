#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/region.hpp"
#include "tinyres/data/resize.hpp"
#include "tinyres/data/transforms/picture_transform.hpp"
#include "tinyres/data/transforms/random_rectangle.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A random region of a picture, resized to `height` x `width` pixels; torchvision's RandomResizedCrop, the usual
/// augmentation of ImageNet (Szegedy et al., "Going deeper with convolutions", 2014).
struct RandomResizedCrop {
    int height = 224;
    int width = 224;
    FloatRange scale{0.08f, 1.0f};              ///< the region's share of the picture's pixels
    FloatRange ratio{3.0f / 4.0f, 4.0f / 3.0f}; ///< its width / its height

    Picture operator()(const Picture& picture, RandomStream& random) const {
        return resize(picture, draw(random, picture.height, picture.width), width, height);
    }

    /// The region of a picture of this size: the first of ten sizes that fits, at any place with equal likelihood; if
    /// none does, the largest one in the middle whose ratio is allowed.
    Region draw(RandomStream& random, int picture_height, int picture_width) const {
        for (int attempt = 0; attempt < 10; ++attempt) {
            const Sides sides = draw_sides(random, static_cast<double>(picture_height) * picture_width, scale, ratio);
            if (sides.first < 1 || sides.first > picture_width || sides.second < 1 || sides.second > picture_height)
                continue;
            const int top = random.below(picture_height - sides.second + 1);
            const int left = random.below(picture_width - sides.first + 1);
            return {.left = left, .top = top, .width = sides.first, .height = sides.second};
        }
        return middle(picture_height, picture_width);
    }

    /// Throws Error when a side is below 1, the scale not within 0 to 1 or the ratio not above 0.
    void validate() const {
        if (height < 1 || width < 1)
            throw Error("RandomResizedCrop: the size is " + std::to_string(height) + " x " + std::to_string(width) +
                        "; give sides of 1 pixel or more");
        require_rectangle("RandomResizedCrop", scale, ratio);
    }

private:
    Region middle(int picture_height, int picture_width) const {
        const auto rounded = [](double side) { return (std::max)(1, static_cast<int>(std::lrint(side))); };
        const double in_ratio = static_cast<double>(picture_width) / picture_height;
        const double low = static_cast<double>(ratio.low), high = static_cast<double>(ratio.high);
        Region region{.width = picture_width, .height = picture_height};
        if (in_ratio < low) region.height = rounded(picture_width / low);
        if (in_ratio > high) region.width = rounded(picture_height * high);
        region.left = (picture_width - region.width) / 2;
        region.top = (picture_height - region.height) / 2;
        return region;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
