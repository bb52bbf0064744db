#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// x = (x - mean) / std, for each channel its own two numbers; rounded as that formula, on every machine.
struct Normalize {
    ChannelValues mean{};
    ChannelValues std{1.0f, 1.0f, 1.0f, 1.0f}; ///< above 0

    void operator()(ImageView image, RandomStream&) const {
        // A multiple of every number of channels: the loops below have a constant length and become SIMD code.
        constexpr std::size_t block = 48;
        static_assert(block % 2 == 0 && block % 3 == 0 && block % max_image_channels == 0);
        std::array<float, block> means, stds;
        for (std::size_t i = 0, channel = 0; i < block; ++i) {
            means[i] = mean[channel];
            stds[i] = std[channel];
            if (++channel == static_cast<std::size_t>(image.channels)) channel = 0;
        }
        float* const values = image.pixels.data();
        const std::size_t size = image.pixels.size();
        const std::size_t blocks_end = size - size % block;
        for (std::size_t start = 0; start < blocks_end; start += block)
            for (std::size_t i = 0; i < block; ++i) values[start + i] = (values[start + i] - means[i]) / stds[i];
        for (std::size_t i = blocks_end; i < size; ++i)
            values[i] = (values[i] - means[i - blocks_end]) / stds[i - blocks_end];
    }

    /// Throws Error when a mean is not finite or a standard deviation not above 0.
    void validate(int, int, int channels) const {
        require_channels("Normalize", channels);
        for (std::size_t channel = 0; channel < static_cast<std::size_t>(channels); ++channel) {
            if (!std::isfinite(mean[channel]))
                throw Error("Normalize: the mean of channel " + std::to_string(channel) +
                            " is not finite; give a number");
            if (!(std::isfinite(std[channel]) && std[channel] > 0.0f))
                throw Error("Normalize: the standard deviation of channel " + std::to_string(channel) + " is " +
                            std::to_string(std[channel]) + "; give one above 0");
        }
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
