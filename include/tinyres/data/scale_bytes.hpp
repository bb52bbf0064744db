#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Bytes from 0 to 255 as numbers from 0 to 1; `numbers` has room for them.
inline void scale_bytes(std::span<const std::uint8_t> bytes, std::span<float> numbers) {
    std::transform(bytes.begin(), bytes.end(), numbers.begin(), [](std::uint8_t byte) { return byte / 255.0f; });
}

} // namespace TINYRES_ARCH
} // namespace tinyres
