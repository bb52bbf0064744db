#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <tuple>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A value that changes a View, of an image or a batch, in place.
template <class T, class View>
concept TransformOf = requires(const T& transform, View view, RandomStream& random) {
    transform(view, random);
};

/// One of several transforms, each equally likely: of an image, or of a batch, as RandomChoice{MixUp{}, CutMix{}}.
/// torchvision's RandomChoice.
template <class... Transforms>
requires(sizeof...(Transforms) > 0) struct RandomChoice {
    std::tuple<Transforms...> transforms;

    constexpr explicit RandomChoice(Transforms... parts) : transforms(std::move(parts)...) {}

    template <class View>
    void operator()(View view, RandomStream& random) const requires(TransformOf<Transforms, View>&&...) {
        const int chosen = random.below(static_cast<int>(sizeof...(Transforms)));
        int number = 0;
        std::apply([&](const auto&... part) { ((number++ == chosen ? part(view, random) : void()), ...); }, transforms);
    }

    /// Throws Error when one of the transforms cannot work on such images.
    void validate(int height, int width, int channels) const {
        std::apply([&](const auto&... part) { (validate_transform(part, height, width, channels), ...); }, transforms);
    }

    /// Throws Error when one of the transforms of batches is impossible.
    void validate() const {
        std::apply([&](const auto&... part) { (validate_transform(part), ...); }, transforms);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
