#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/stb_image.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The most bytes that `inflate` takes and gives.
inline constexpr std::uint64_t inflate_limit = (std::numeric_limits<int>::max)();

/// How many bytes, whatever they are, must follow DEFLATE data: stb takes its end for a file cut short otherwise.
inline constexpr std::size_t inflate_padding = 4;

/// What the DEFLATE data (RFC 1951) at the beginning of `packed` unpacks to, or nothing when it is damaged or makes
/// another number of bytes than `size`. `packed` holds `inflate_padding` bytes more. Both numbers of bytes are at most
/// `inflate_limit`.
inline std::optional<std::vector<std::uint8_t>> inflate(std::span<const std::byte> packed, std::size_t size) {
    constexpr std::size_t largest_ratio = 1032;                    // a match of 258 bytes takes two bits or more
    if (size / largest_ratio > packed.size()) return std::nullopt; // before there is memory for it
    std::vector<std::uint8_t> unpacked(size + 1);                  // stb takes no null pointer
    const int count = stb::stbi_zlib_decode_noheader_buffer(
        reinterpret_cast<char*>(unpacked.data()), static_cast<int>(size), reinterpret_cast<const char*>(packed.data()),
        static_cast<int>(packed.size()));
    if (count < 0 || static_cast<std::size_t>(count) != size) return std::nullopt;
    unpacked.pop_back();
    return unpacked;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
