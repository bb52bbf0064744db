#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Red, green and blue of `count` pixels with opacity (alpha), over `background`.
inline void blend(const std::uint8_t* rgba, std::size_t count, const std::array<std::uint8_t, 3>& background,
                  std::uint8_t* rgb) {
    for (std::size_t i = 0; i < count; ++i, rgba += 4, rgb += 3) {
        const int opacity = rgba[3];
        for (std::size_t c = 0; c < 3; ++c)
            rgb[c] = static_cast<std::uint8_t>((rgba[c] * opacity + background[c] * (255 - opacity) + 127) / 255);
    }
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
