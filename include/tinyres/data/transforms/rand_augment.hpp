#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/augment_operation.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Does some random operations of one magnitude to each image (Cubuk et al., "RandAugment: practical automated data
/// augmentation with a reduced search space", 2019); torchvision's RandAugment, with its 14 operations and magnitudes.
/// It stands before Normalize, as values are cut to [0, 1]; gray images have no colors that could change.
struct RandAugment {
    int operations = 2; ///< one after the other
    int level = 9;      ///< of the magnitude: 0 for (nearly) nothing to levels - 1
    int levels = 31;
    Interpolation interpolation = Interpolation::nearest;
    ChannelValues fill{}; ///< of what moves in from outside

    /// How far the operations go in an image of this size.
    static AugmentLimits limits(int height, int width) {
        return {.shear = 0.3,
                .translate_x = 150.0 / 331.0 * width,
                .translate_y = 150.0 / 331.0 * height,
                .rotate = 30.0,
                .factor = 0.9,
                .posterize = 4.0};
    }

    void operator()(ImageView image, RandomStream& random) const {
        for (int i = 0; i < operations; ++i) {
            const AugmentOperation operation = draw_operation(random);
            const double magnitude = augment_magnitude(operation, level, levels, limits(image.height, image.width));
            apply_operation(image, operation, draw_sign(random, operation, magnitude), interpolation, fill);
        }
    }

    /// Throws Error when the number of operations is negative or the level is none of the levels.
    void validate(int, int, int channels) const {
        require_channels("RandAugment", channels);
        if (operations < 0)
            throw Error("RandAugment: the number of operations is " + std::to_string(operations) + "; give 0 or more");
        if (levels < 2)
            throw Error("RandAugment: the number of levels is " + std::to_string(levels) + "; give 2 or more");
        if (level < 0 || level >= levels)
            throw Error("RandAugment: the level is " + std::to_string(level) + "; give one from 0 to " +
                        std::to_string(levels - 1));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
