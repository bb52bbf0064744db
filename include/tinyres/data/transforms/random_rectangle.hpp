#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/random/philox.hpp"

#include <cmath>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Numbers from `low` to `high`.
struct FloatRange {
    float low = 0.0f;
    float high = 1.0f;
};

/// Two sides of a rectangle, in pixels.
struct Sides {
    int first = 0;
    int second = 0;
};

/// A rectangle as torchvision's RandomErasing and RandomResizedCrop draw it: its area is a share of `pixels` that is
/// uniform in `scale`, and first / second has a logarithm that is uniform in that of `ratio`. Sides are rounded, those
/// half way to the even number, and may be longer than the image's.
inline Sides draw_sides(RandomStream& random, double pixels, const FloatRange& scale, const FloatRange& ratio) {
    const double area = pixels * static_cast<double>(random.uniform(scale.low, scale.high));
    const double aspect = std::exp(static_cast<double>(random.uniform(std::log(ratio.low), std::log(ratio.high))));
    return {static_cast<int>(std::lrint(std::sqrt(area * aspect))),
            static_cast<int>(std::lrint(std::sqrt(area / aspect)))};
}

/// Throws Error unless `scale` is a part of [0, 1] and `ratio` are finite numbers above 0, each from low to high;
/// `owner` is the transform that they belong to.
inline void require_rectangle(const std::string& owner, const FloatRange& scale, const FloatRange& ratio) {
    const auto text = [](const FloatRange& range) {
        return std::to_string(range.low) + " to " + std::to_string(range.high);
    };
    if (!(scale.low >= 0.0f && scale.low <= scale.high && scale.high <= 1.0f))
        throw Error(owner + ": the scale is " + text(scale) + "; give a range within 0 to 1");
    if (!(ratio.low > 0.0f && ratio.low <= ratio.high && std::isfinite(ratio.high)))
        throw Error(owner + ": the ratio is " + text(ratio) + "; give a range of finite numbers above 0");
}

} // namespace TINYRES_ARCH
} // namespace tinyres
