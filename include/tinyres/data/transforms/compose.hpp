#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/picture_transform.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <tuple>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Several transforms as one, applied in their order: transforms of images, or of pictures. `Compose{}` leaves the
/// image as it is.
template <class... Transforms>
requires((Transform<Transforms> && ...) || (PictureTransform<Transforms> && ...)) struct Compose {
    std::tuple<Transforms...> transforms;

    constexpr explicit Compose(Transforms... parts) : transforms(std::move(parts)...) {}

    void operator()(ImageView image, RandomStream& random) const requires(Transform<Transforms>&&...) {
        std::apply([&](const auto&... part) { (part(image, random), ...); }, transforms);
    }

    Picture operator()(const Picture& picture, RandomStream& random) const
        requires(sizeof...(Transforms) > 0 && (PictureTransform<Transforms> && ...)) {
        return std::apply(
            [&](const auto& first, const auto&... rest) {
                Picture result = first(picture, random);
                ((result = rest(result, random)), ...);
                return result;
            },
            transforms);
    }

    /// Throws Error when one of the transforms cannot work on such images.
    void validate(int height, int width, int channels) const requires(Transform<Transforms>&&...) {
        std::apply([&](const auto&... part) { (validate_transform(part, height, width, channels), ...); }, transforms);
    }

    /// Throws Error when one of the transforms of pictures is impossible.
    void validate() const requires(sizeof...(Transforms) > 0 && (PictureTransform<Transforms> && ...)) {
        std::apply([&](const auto&... part) { (validate_transform(part), ...); }, transforms);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
