#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/flip_lr.hpp"
#include "tinyres/data/transforms/random_crop.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One way to look at an image, nothing of it random: through a window of its own size that is moved, then perhaps in a
/// mirror. What is seen beyond the border is as Padding says.
struct View {
    int down = 0;  ///< pixels that the window is moved by, up if negative
    int right = 0; ///< left if negative
    bool mirrored = false;
    Padding mode = Padding::reflect;

    void operator()(ImageView image, RandomStream&) const {
        if (down != 0 || right != 0) RandomCrop{.mode = mode}.move_window(image, down, right);
        if (mirrored) mirror(image);
    }

    /// Throws Error when the window is moved so far that there is nothing to mirror.
    void validate(int height, int width, int) const {
        const int side = (std::min)(height, width);
        if (std::abs(down) >= side || std::abs(right) >= side)
            throw Error("View: the window is moved by " + std::to_string(down) + " and " + std::to_string(right) +
                        " pixels; give at most " + std::to_string(side - 1) + ", below the image's smaller side");
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
