#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace tinyres::inline TINYRES_ARCH::detail {

/// The content of the first chunk of a PNG file that is called `name` (four letters), or nothing; chunks behind the
/// pixels count too.
inline std::optional<std::span<const std::byte>> png_chunk(std::span<const std::byte> png, std::string_view name) {
    constexpr std::size_t signature = 8;
    constexpr std::size_t frame = 12; // of a chunk: its size, name and checksum
    const ByteReader reader{png, true};
    for (std::size_t place = signature; place < png.size() && png.size() - place >= frame;) {
        const std::size_t size = *reader.number(place, 4);
        if (size > png.size() - place - frame || begins_with(png.subspan(place + 4), "IEND")) break;
        if (begins_with(png.subspan(place + 4), name)) return png.subspan(place + 8, size);
        place += frame + size;
    }
    return std::nullopt;
}

} // namespace tinyres::inline TINYRES_ARCH::detail
