#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/color_adjustments.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Changes brightness, contrast, saturation and hue by random amounts, in random order; torchvision's ColorJitter. It
/// stands before Normalize: values are cut to [0, 1]. An amount of 0 leaves its property alone.
struct ColorJitter {
    float brightness = 0.0f; ///< the factor is uniform in 1 - brightness (at least 0) to 1 + brightness
    float contrast = 0.0f;   ///< likewise
    float saturation = 0.0f; ///< likewise; needs 3 channels
    float hue = 0.0f;        ///< the shift is uniform in -hue to hue, at most 0.5; needs 3 channels

    /// What was drawn for one image.
    struct Drawn {
        std::array<int, 4> order{0, 1, 2, 3}; ///< of brightness, contrast, saturation, hue
        float brightness = 1.0f;
        float contrast = 1.0f;
        float saturation = 1.0f;
        float hue = 0.0f;
    };

    void operator()(ImageView image, RandomStream& random) const { apply(image, draw(random)); }

    Drawn draw(RandomStream& random) const {
        const auto factor = [&](float amount) {
            return random.uniform((std::max)(0.0f, 1.0f - amount), 1.0f + amount);
        };
        Drawn drawn;
        for (std::size_t last = drawn.order.size(); last > 1; --last)
            std::swap(drawn.order[last - 1],
                      drawn.order[static_cast<std::size_t>(random.below(static_cast<int>(last)))]);
        drawn.brightness = factor(brightness);
        drawn.contrast = factor(contrast);
        drawn.saturation = factor(saturation);
        drawn.hue = random.uniform(-hue, hue);
        return drawn;
    }

    /// Changes the properties whose amount is not 0 as `drawn` says.
    void apply(ImageView image, const Drawn& drawn) const {
        for (const int property : drawn.order) {
            if (property == 0 && brightness > 0.0f) adjust_brightness(image, drawn.brightness);
            if (property == 1 && contrast > 0.0f) adjust_contrast(image, drawn.contrast);
            if (property == 2 && saturation > 0.0f) adjust_saturation(image, drawn.saturation);
            if (property == 3 && hue > 0.0f) adjust_hue(image, drawn.hue);
        }
    }

    /// Throws Error when an amount is negative or not finite, the hue above 0.5, or saturation or hue are to change in
    /// images without colors.
    void validate(int, int, int channels) const {
        for (const auto& [name, amount] :
             {std::pair{"brightness", brightness}, {"contrast", contrast}, {"saturation", saturation}})
            if (!(amount >= 0.0f && std::isfinite(amount)))
                throw Error("ColorJitter: the " + std::string(name) + " is " + std::to_string(amount) +
                            "; give 0 (none) or more");
        if (!(hue >= 0.0f && hue <= 0.5f))
            throw Error("ColorJitter: the hue is " + std::to_string(hue) + "; give 0 (none) to 0.5 (all)");
        if ((saturation > 0.0f || hue > 0.0f) && channels != 3)
            throw Error("ColorJitter: the images have " + std::to_string(channels) +
                        " channels, saturation and hue need 3 (red, green, blue); set both to 0");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
