#pragma once

#include "tinyres/core/config.hpp"

#include <cstdint>
#include <span>

namespace tinyres::inline TINYRES_ARCH {

/// What one training step or prediction works on. A view: the owner of the values is whoever made it (the Loader).
struct Batch {
    std::span<const float> images;        ///< (size, height, width, channels)
    std::span<const std::int32_t> labels; ///< (size)

    /// The number of images.
    int size() const { return static_cast<int>(labels.size()); }
};

} // namespace tinyres::inline TINYRES_ARCH
