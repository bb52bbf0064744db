#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/core/for_each_index.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/transforms/normalize.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Mean and standard deviation of each channel of a data set's images.
struct MeanAndDeviation {
    std::vector<double> mean;      ///< (channels)
    std::vector<double> deviation; ///< (channels); the mean square is over all values, as in numpy.std

    /// The transform that gives the channels mean 0 and deviation 1. Throws Error for more than four channels.
    Normalize normalization() const {
        require_channels("Normalize", static_cast<int>(mean.size()));
        Normalize result;
        const std::size_t channels = (std::min)(mean.size(), result.mean.size()); // g++ does not see that it is checked
        for (std::size_t channel = 0; channel < channels; ++channel) {
            result.mean[channel] = static_cast<float>(mean[channel]);
            result.std[channel] = static_cast<float>(deviation[channel]);
        }
        return result;
    }
};

namespace detail {

/// The number of values of a channel, their mean and the sum of squares of what they differ from it.
struct ChannelMoments {
    double count = 0.0;
    double mean = 0.0;
    double squares = 0.0;

    /// Those of both together (Chan, Golub and LeVeque, 1979).
    void add(const ChannelMoments& other) {
        const double sum = count + other.count;
        const double difference = other.mean - mean;
        mean += difference * (other.count / sum);
        squares += other.squares + difference * difference * (count * other.count / sum);
        count = sum;
    }
};

/// Of channel `channel` of one image.
inline ChannelMoments moments_of(std::span<const float> pixels, std::size_t channel, std::size_t channels) {
    const std::size_t count = pixels.size() / channels;
    ChannelMoments moments{.count = static_cast<double>(count)};
    for (std::size_t i = channel; i < pixels.size(); i += channels) moments.mean += static_cast<double>(pixels[i]);
    moments.mean /= moments.count;
    for (std::size_t i = channel; i < pixels.size(); i += channels) {
        const double difference = static_cast<double>(pixels[i]) - moments.mean;
        moments.squares += difference * difference;
    }
    return moments;
}

} // namespace detail

/// Mean and standard deviation of each channel over all images of `set`, in [0, 1] if bytes are. `threads` threads read
/// the images; the results are the same bits for any number of them. What is random in reading comes from seed 0.
/// Throws Error when the set is empty or inconsistent, and what it throws itself.
///
///     const Normalize normalize = mean_and_deviation(training_images).normalization();
template <ImageSet Set>
MeanAndDeviation mean_and_deviation(const Set& set, int threads = 1) {
    const std::size_t values = image_values(set);
    if (set.size() == 0 || values == 0)
        throw Error("mean_and_deviation: data set '" + std::string(set.name) + "' has no pixels; load some images");
    validate_set(set);
    const std::size_t channels = static_cast<std::size_t>(set.channels);
    constexpr int block = 64; // images whose sums are one number: threads change nothing about the order
    const std::size_t blocks = static_cast<std::size_t>((set.size() - 1) / block + 1);
    std::vector<detail::ChannelMoments> sums(blocks * channels);
    for_each_index(blocks, threads, [&](std::size_t number) {
        std::vector<float> pixels(values);
        const int first = static_cast<int>(number) * block;
        const int end = (std::min)(first + block, set.size());
        for (int index = first; index < end; ++index) {
            RandomStream random{{.purpose = Purpose::augmentation, .minor = static_cast<std::uint32_t>(index)}};
            set.read(index, pixels, random);
            for (std::size_t channel = 0; channel < channels; ++channel)
                sums[number * channels + channel].add(detail::moments_of(pixels, channel, channels));
        }
    });
    MeanAndDeviation result;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        detail::ChannelMoments all;
        for (std::size_t number = 0; number < blocks; ++number) all.add(sums[number * channels + channel]);
        result.mean.push_back(all.mean);
        result.deviation.push_back(std::sqrt(all.squares / all.count));
    }
    return result;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
