#pragma once

#include "tinyres/core/config.hpp"

#include <bit>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The value of an IEEE 754 binary16 number, exactly: subnormals, infinities and NaNs included.
constexpr float half_to_float(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000u) << 16;
    const std::uint32_t exponent = half >> 10 & 0x1Fu;
    const std::uint32_t fraction = half & 0x3FFu;
    if (exponent == 0)
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24f));
    const std::uint32_t wide_exponent = exponent == 0x1Fu ? 0xFFu : exponent + 112;
    return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
