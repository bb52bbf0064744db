#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/region.hpp"
#include "tinyres/data/transforms/random_rectangle.hpp"
#include "tinyres/data/transforms/transform.hpp"
#include "tinyres/random/distributions.hpp"

#include <optional>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Erases a rectangle, with a probability (Zhong et al., "Random erasing data augmentation", 2017; torchvision's
/// RandomErasing, with its numbers). It stands behind Normalize as a rule. Ten sizes are drawn until one is smaller
/// than the image both ways, else nothing is erased; every place within the image is equally likely.
struct RandomErasing {
    float probability = 0.5f;
    FloatRange scale{0.02f, 0.33f}; ///< the rectangle's share of the image's pixels
    FloatRange ratio{0.3f, 3.3f};   ///< its height / its width
    ChannelValues fill{};           ///< what it shows, in the image's units
    bool noise = false;             ///< it shows normal noise of mean 0 and variance 1 instead

    void operator()(ImageView image, RandomStream& random) const {
        if (random.uniform() >= probability) return;
        const std::optional<Region> region = draw(random, image.height, image.width);
        if (!region) return;
        if (!noise) return fill_region(image, *region, fill);
        for (int y = region->top; y < region->top + region->height; ++y)
            for (int i = region->left * image.channels; i < (region->left + region->width) * image.channels; ++i)
                image.row(y)[static_cast<std::size_t>(i)] = static_cast<float>(standard_normal(random));
    }

    /// The rectangle for an image of this size; none if none of ten fits.
    std::optional<Region> draw(RandomStream& random, int height, int width) const {
        for (int attempt = 0; attempt < 10; ++attempt) {
            const Sides sides = draw_sides(random, static_cast<double>(height) * width, scale, ratio);
            if (sides.first >= height || sides.second >= width) continue;
            const int top = random.below(height - sides.first + 1);
            const int left = random.below(width - sides.second + 1);
            return Region{.left = left, .top = top, .width = sides.second, .height = sides.first};
        }
        return std::nullopt;
    }

    /// Throws Error when the probability or scale is not within [0, 1], or the ratio not above 0.
    void validate(int, int, int channels) const {
        require_channels("RandomErasing", channels);
        require_probability("RandomErasing", probability);
        require_rectangle("RandomErasing", scale, ratio);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
