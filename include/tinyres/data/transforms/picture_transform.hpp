#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/random/philox.hpp"

#include <concepts>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A value that makes another picture of one of any size: the library's picture transforms (Resize, CenterCrop,
/// RandomResizedCrop), or any function object of the user's. It may be called by several threads at once, and
/// everything random in it comes from the stream it is given.
template <class T>
concept PictureTransform = std::copy_constructible<T> &&
    requires(const T& transform, const Picture& picture, RandomStream& random) {
    { transform(picture, random) } -> std::same_as<Picture>;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
