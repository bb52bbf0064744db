#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The checksum of PNG, gzip and zip files: CRC-32 with the polynomial 0xEDB88320.
inline std::uint32_t crc32(std::span<const std::byte> bytes) {
    constexpr std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> remainders{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t remainder = i;
            for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ ((remainder & 1u) != 0 ? 0xEDB8'8320u : 0u);
            remainders[i] = remainder;
        }
        return remainders;
    }();
    std::uint32_t checksum = ~0u;
    for (const std::byte byte : bytes)
        checksum = checksum >> 8 ^ table[(checksum ^ std::to_integer<std::uint32_t>(byte)) & 0xFFu];
    return ~checksum;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
