#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/augment_operation.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Does one random operation of a random magnitude to each image, without anything to tune (Müller and Hutter,
/// "TrivialAugment: tuning-free yet state-of-the-art data augmentation", 2021); torchvision's TrivialAugmentWide, with
/// its 14 operations and magnitudes. It stands before Normalize, as values are cut to [0, 1]; gray images have no
/// colors that could change.
struct TrivialAugment {
    int levels = 31; ///< of magnitudes
    Interpolation interpolation = Interpolation::nearest;
    ChannelValues fill{}; ///< of what moves in from outside

    static constexpr AugmentLimits limits{
        .shear = 0.99, .translate_x = 32.0, .translate_y = 32.0, .rotate = 135.0, .factor = 0.99, .posterize = 6.0};

    void operator()(ImageView image, RandomStream& random) const {
        const AugmentOperation operation = draw_operation(random);
        const double magnitude = augment_magnitude(operation, random.below(levels), levels, limits);
        apply_operation(image, operation, draw_sign(random, operation, magnitude), interpolation, fill);
    }

    /// Throws Error when there are fewer than 2 levels.
    void validate(int, int, int channels) const {
        require_channels("TrivialAugment", channels);
        if (levels < 2)
            throw Error("TrivialAugment: the number of levels is " + std::to_string(levels) + "; give 2 or more");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
