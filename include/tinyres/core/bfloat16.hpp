#pragma once

#include "tinyres/core/config.hpp"

#include <bit>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A number as the upper half of a float: its range, but 8 significant bits. It is stored, never computed with: every
/// use widens it to a float, exactly.
struct bfloat16 {
    std::uint16_t bits;

    bfloat16() = default;

    /// Rounds to the nearest, ties to even; what is too large becomes infinite, a NaN stays one.
    constexpr explicit bfloat16(float value) : bits(rounded(std::bit_cast<std::uint32_t>(value))) {}

    static constexpr bfloat16 from_bits(std::uint16_t bits) {
        bfloat16 number{};
        number.bits = bits;
        return number;
    }

    // NOLINTNEXTLINE(google-explicit-constructor): it is a number
    constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

private:
    static constexpr std::uint16_t rounded(std::uint32_t word) {
        const bool nan = (word & 0x7FFF'FFFFu) > 0x7F80'0000u;
        // A NaN might round to an infinity; its quiet bit keeps it from that.
        return static_cast<std::uint16_t>((nan ? word | 0x0040'0000u : word + 0x7FFFu + (word >> 16 & 1u)) >> 16);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
