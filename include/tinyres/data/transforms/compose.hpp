#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <tuple>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Several transforms as one, applied in their order. `Compose{}` leaves the image as it is.
template <Transform... Transforms>
struct Compose {
    std::tuple<Transforms...> transforms;

    constexpr explicit Compose(Transforms... parts) : transforms(std::move(parts)...) {}

    void operator()(ImageView image, RandomStream& random) const {
        std::apply([&](const auto&... part) { (part(image, random), ...); }, transforms);
    }

    /// Throws Error when one of the transforms cannot work on such images.
    void validate(int height, int width, int channels) const {
        std::apply([&](const auto&... part) { (validate_transform(part, height, width, channels), ...); }, transforms);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
