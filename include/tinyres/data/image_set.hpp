#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/random/philox.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Labeled images of one size, which a Loader's threads read one by one: a Dataset in memory, files that are decoded
/// when they are asked for, or any set of the user's.
///
/// `height`, `width`, `channels`, `name` and `class_names` are members as in Dataset; there may be no class names.
/// `label(index)` is image index's class, 0 or more. `read(index, pixels, random)` writes the image, (height, width,
/// channels) in [0, 1], to `pixels` and draws what is random in it from `random`, so that a seed fixes it; several
/// threads call it at once. What it throws reaches the loader's caller at the image's batch.
template <class S>
concept ImageSet = requires(const S& set, int index, std::span<float> pixels, RandomStream& random) {
    { set.size() } -> std::convertible_to<int>;
    { set.height } -> std::convertible_to<int>;
    { set.width } -> std::convertible_to<int>;
    { set.channels } -> std::convertible_to<int>;
    { set.name } -> std::convertible_to<const std::string&>;
    { set.class_names } -> std::convertible_to<const std::vector<std::string>&>;
    { set.label(index) } -> std::convertible_to<std::int32_t>;
    set.read(index, pixels, random);
};

/// Throws Error when `set` is not consistent. A set says so in a member `void validate() const`; one that has no such
/// member always is. The Loader calls this once, before it works.
template <ImageSet Set>
void validate_set(const Set& set) {
    if constexpr (requires { set.validate(); }) set.validate();
}

/// The number of values of one of the set's images, height x width x channels.
template <ImageSet Set>
std::size_t image_values(const Set& set) {
    return static_cast<std::size_t>(set.height) * static_cast<std::size_t>(set.width) *
           static_cast<std::size_t>(set.channels);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
