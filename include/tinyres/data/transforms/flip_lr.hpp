#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Mirrors the image, left for right.
inline void mirror(ImageView image) {
    const std::size_t step = static_cast<std::size_t>(image.channels);
    for (int y = 0; y < image.height; ++y) {
        const std::span<float> row = image.row(y);
        for (std::size_t left = 0, right = row.size() - step; left < right; left += step, right -= step)
            for (std::size_t channel = 0; channel < step; ++channel)
                std::swap(row[left + channel], row[right + channel]);
    }
}

/// Mirrors the image, left for right, with a probability.
struct FlipLR {
    float probability = 0.5f;

    void operator()(ImageView image, RandomStream& random) const {
        if (random.uniform() < probability) mirror(image);
    }

    /// Throws Error when the probability is outside [0, 1].
    void validate(int, int, int) const { require_probability("FlipLR", probability); }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
