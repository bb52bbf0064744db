#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The 64-bit FNV-1a hash of a sequence of bytes (Fowler, Noll, Vo). Each byte's step is invertible, so one
/// changed byte always changes the result. Finds damage, not deceit.
class Fnv1a64 {
public:
    constexpr void update(std::span<const std::byte> bytes) {
        std::uint64_t hash = hash_;
        for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x00000100000001B3u;
        hash_ = hash;
    }
    void update(std::string_view text) { update(std::as_bytes(std::span{text})); }

    constexpr std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xCBF29CE484222325u;
};

/// `value` as 16 digits 0-9, a-f.
inline std::string to_hex(std::uint64_t value) {
    std::string digits(16, '0');
    for (std::size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15u];
    return digits;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
