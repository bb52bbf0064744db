#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Numbers in a sequence of bytes of either byte order; nothing beyond its end.
class ByteReader {
public:
    ByteReader(std::span<const std::byte> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    std::optional<std::size_t> number(std::size_t place, std::size_t size) const {
        if (place > bytes_.size() || bytes_.size() - place < size) return std::nullopt;
        std::size_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | std::to_integer<std::size_t>(bytes_[place + (big_endian_ ? i : size - 1 - i)]);
        return value;
    }

private:
    std::span<const std::byte> bytes_;
    bool big_endian_;
};

inline bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
    return bytes.size() >= text.size() && std::equal(text.begin(), text.end(), bytes.begin(), [](char c, std::byte b) {
               return static_cast<std::byte>(c) == b;
           });
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
