#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/picture_transform.hpp"

#include <cmath>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The middle of a picture, `height` x `width` pixels, with black around it where the picture is smaller. torchvision's
/// CenterCrop, which takes the even one of two middles of a larger picture.
struct CenterCrop {
    int height = 224;
    int width = 224;

    Picture operator()(const Picture& picture, RandomStream&) const {
        return crop(picture, {.left = offset(picture.width, width),
                              .top = offset(picture.height, height),
                              .width = width,
                              .height = height});
    }

    /// Throws Error when a side is below 1.
    void validate() const {
        if (height < 1 || width < 1)
            throw Error("CenterCrop: the size is " + std::to_string(height) + " x " + std::to_string(width) +
                        "; give sides of 1 pixel or more");
    }

    /// Where a middle of `part` pixels begins in `whole` pixels; below 0 if it is longer.
    static int offset(int whole, int part) {
        return part > whole ? -((part - whole) / 2) : static_cast<int>(std::lrint(0.5 * (whole - part)));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
