#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/image_view.hpp"
#include "tinyres/random/philox.hpp"

#include <concepts>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A value that changes one image in place: the library's transforms, or any function object of the user's. It may be
/// called by several threads at once, and everything random in it comes from the stream it is given.
template <class T>
concept Transform = std::copy_constructible<T> && requires(const T& transform, ImageView image, RandomStream& random) {
    transform(image, random);
};

/// Throws Error when `transform` cannot work on images of this size. A transform says so in a member
/// `void validate(int height, int width, int channels) const`; one that has no such member takes every image. The
/// Loader calls this once, before it works.
template <Transform T>
void validate_transform(const T& transform, int height, int width, int channels) {
    if constexpr (requires { transform.validate(height, width, channels); })
        transform.validate(height, width, channels);
}

/// Throws Error when `transform`, of pictures of any size or of batches, is impossible, as it says in a member
/// `void validate() const`.
template <class T>
void validate_transform(const T& transform) {
    if constexpr (requires { transform.validate(); }) transform.validate();
}

/// Throws Error unless `probability` is in [0, 1]; `owner` is the transform that it belongs to.
inline void require_probability(const std::string& owner, float probability) {
    if (!(probability >= 0.0f && probability <= 1.0f))
        throw Error(owner + ": the probability is " + std::to_string(probability) + "; give one from 0 to 1");
}

/// Throws Error when an image has more channels than ChannelValues holds.
inline void require_channels(const std::string& owner, int channels) {
    if (channels > max_image_channels)
        throw Error(owner + ": the images have " + std::to_string(channels) + " channels; give it at most " +
                    std::to_string(max_image_channels));
}

} // namespace TINYRES_ARCH
} // namespace tinyres
