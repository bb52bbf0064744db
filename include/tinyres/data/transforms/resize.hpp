#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/resize.hpp"
#include "tinyres/data/transforms/picture_transform.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Resizes a picture so that its shorter side has `size` pixels; the longer one, rounded down, keeps the ratio.
/// torchvision's Resize(size).
struct Resize {
    int size = 256;

    Picture operator()(const Picture& picture, RandomStream&) const {
        const int shorter = (std::min)(picture.width, picture.height);
        const auto scaled = [&](int side) {
            return shorter < 1 ? 0 : static_cast<int>(std::int64_t{side} * size / shorter);
        };
        return resize(picture, scaled(picture.width), scaled(picture.height));
    }

    /// Throws Error when the size is below 1.
    void validate() const {
        if (size < 1) throw Error("Resize: the size is " + std::to_string(size) + "; give 1 pixel or more");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
