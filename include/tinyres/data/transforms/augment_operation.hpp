#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/affine.hpp"
#include "tinyres/data/transforms/color_adjustments.hpp"
#include "tinyres/data/transforms/sharpness.hpp"
#include "tinyres/data/transforms/tone_operations.hpp"
#include "tinyres/random/philox.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What TrivialAugment and RandAugment do to images, in torchvision's order.
enum class AugmentOperation {
    identity,
    shear_x,
    shear_y,
    translate_x,
    translate_y,
    rotate,
    brightness,
    color,
    contrast,
    sharpness,
    posterize,
    solarize,
    autocontrast,
    equalize
};

/// The number of operations.
inline constexpr int augment_operations = 14;

/// How far the operations go.
struct AugmentLimits {
    double shear;       ///< slope
    double translate_x; ///< pixels
    double translate_y; ///< pixels
    double rotate;      ///< degrees
    double factor;      ///< of brightness, color, contrast and sharpness, from 1
    double posterize;   ///< bits of 8 that are lost
};

/// Whether the operation goes both ways, its magnitude being positive or negative.
constexpr bool has_sign(AugmentOperation operation) {
    return operation >= AugmentOperation::shear_x && operation <= AugmentOperation::sharpness;
}

/// The magnitude of level `level` of `levels`, without a sign: from nothing at level 0 to the limit at the last. It is
/// a slope, pixels, degrees, the factor's distance from 1, the bits that posterize leaves, or the threshold of
/// solarize; 0 for what has no magnitude.
inline double augment_magnitude(AugmentOperation operation, int level, int levels, const AugmentLimits& limits) {
    const auto share_of = [&](double limit) { return limit * level / (levels - 1); };
    switch (operation) {
    case AugmentOperation::shear_x:
    case AugmentOperation::shear_y:
        return share_of(limits.shear);
    case AugmentOperation::translate_x:
        return std::trunc(share_of(limits.translate_x));
    case AugmentOperation::translate_y:
        return std::trunc(share_of(limits.translate_y));
    case AugmentOperation::rotate:
        return share_of(limits.rotate);
    case AugmentOperation::brightness:
    case AugmentOperation::color:
    case AugmentOperation::contrast:
    case AugmentOperation::sharpness:
        return share_of(limits.factor);
    case AugmentOperation::posterize:
        return 8.0 - std::nearbyint(share_of(limits.posterize));
    case AugmentOperation::solarize:
        return 1.0 - share_of(1.0);
    default:
        return 0.0;
    }
}

/// Does one operation to an image in [0, 1]; the magnitude is augment_magnitude's, negative to go the other way.
inline void apply_operation(ImageView image, AugmentOperation operation, double magnitude, Interpolation interpolation,
                            const ChannelValues& fill) {
    const float factor = static_cast<float>(1.0 + magnitude);
    switch (operation) {
    case AugmentOperation::identity:
        return;
    case AugmentOperation::shear_x:
        return shear_x(image, magnitude, interpolation, fill);
    case AugmentOperation::shear_y:
        return shear_y(image, magnitude, interpolation, fill);
    case AugmentOperation::translate_x:
        return translate(image, static_cast<int>(magnitude), 0, fill);
    case AugmentOperation::translate_y:
        return translate(image, 0, static_cast<int>(magnitude), fill);
    case AugmentOperation::rotate:
        return rotate(image, magnitude, interpolation, fill);
    case AugmentOperation::brightness:
        return adjust_brightness(image, factor);
    case AugmentOperation::color:
        return adjust_saturation(image, factor);
    case AugmentOperation::contrast:
        return adjust_contrast(image, factor);
    case AugmentOperation::sharpness:
        return adjust_sharpness(image, factor);
    case AugmentOperation::posterize:
        return posterize(image, static_cast<int>(magnitude));
    case AugmentOperation::solarize:
        return solarize(image, static_cast<float>(magnitude));
    case AugmentOperation::autocontrast:
        return autocontrast(image);
    case AugmentOperation::equalize:
        return equalize(image);
    }
}

/// A random operation of those above, each equally likely.
inline AugmentOperation draw_operation(RandomStream& random) {
    return static_cast<AugmentOperation>(random.below(augment_operations));
}

/// `magnitude`, in half of the cases negative if the operation goes both ways.
inline double draw_sign(RandomStream& random, AugmentOperation operation, double magnitude) {
    return has_sign(operation) && random.uniform() < 0.5f ? -magnitude : magnitude;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
