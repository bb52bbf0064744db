#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Covers a square of `size` x `size` pixels with the color `fill`, with a probability (DeVries and Taylor,
/// "Improved regularization of convolutional neural networks with cutout", 2017). Every place at which the square is
/// wholly inside the image is equally likely.
struct CutOut {
    int size = 8;
    float probability = 1.0f;
    ChannelValues fill{}; ///< in the image's units: [0, 1] before Normalize

    void operator()(ImageView image, RandomStream& random) const {
        if (random.uniform() >= probability) return;
        const int top = random.below(image.height - size + 1);
        const int left = random.below(image.width - size + 1);
        fill_region(image, {.left = left, .top = top, .width = size, .height = size}, fill);
    }

    /// Throws Error when the square is empty or larger than the image, or the probability outside [0, 1].
    void validate(int height, int width, int channels) const {
        require_channels("CutOut", channels);
        require_probability("CutOut", probability);
        if (size < 1 || size > height || size > width)
            throw Error("CutOut: the size is " + std::to_string(size) + "; give one from 1 to " +
                        std::to_string(height < width ? height : width) + ", the image's smaller side");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
