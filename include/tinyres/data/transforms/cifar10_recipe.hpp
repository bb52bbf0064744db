#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/compose.hpp"
#include "tinyres/data/transforms/cut_out.hpp"
#include "tinyres/data/transforms/flip_lr.hpp"
#include "tinyres/data/transforms/normalize.hpp"
#include "tinyres/data/transforms/random_crop.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Mean and standard deviation of CIFAR-10's training images: red, green, blue.
inline constexpr ChannelValues cifar10_mean{0.4914f, 0.4822f, 0.4465f};
inline constexpr ChannelValues cifar10_std{0.2470f, 0.2435f, 0.2616f};

/// What the reference recipe does to test images.
inline Normalize cifar10_normalization() {
    return {.mean = cifar10_mean, .std = cifar10_std};
}

/// What the reference recipe does to training images: a crop after padding by 4 pixels, a flip in 3 of 10 images and
/// an 8x8 hole in 3 of 10, padding and holes in the mean color; then normalization.
inline Compose<RandomCrop, FlipLR, CutOut, Normalize> cifar10_augmentation() {
    return Compose{RandomCrop{.padding = 4, .mode = Padding::constant, .fill = cifar10_mean},
                   FlipLR{.probability = 0.3f}, CutOut{.size = 8, .probability = 0.3f, .fill = cifar10_mean},
                   cifar10_normalization()};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
