#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/affine.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <cmath>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Turns the image around its center by an angle that is uniform in -degrees to +degrees; torchvision's RandomRotation.
struct RandomRotation {
    float degrees = 15.0f;
    Interpolation interpolation = Interpolation::nearest;
    ChannelValues fill{}; ///< of the corners, in the image's units: [0, 1] before Normalize

    void operator()(ImageView image, RandomStream& random) const {
        rotate(image, static_cast<double>(random.uniform(-degrees, degrees)), interpolation, fill);
    }

    /// Throws Error when the degrees are negative or not finite.
    void validate(int, int, int channels) const {
        require_channels("RandomRotation", channels);
        if (!(degrees >= 0.0f && std::isfinite(degrees)))
            throw Error("RandomRotation: the angle is " + std::to_string(degrees) +
                        " degrees; give 0 or more, 180 for every direction");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
