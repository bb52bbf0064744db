#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/picture.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tinyres::inline TINYRES_ARCH {

namespace detail {

/// The orientation in an EXIF block (a TIFF directory), 1 to 8, or 1.
inline int orientation_in_tiff(std::span<const std::byte> tiff) {
    constexpr std::size_t orientation_tag = 0x0112;
    constexpr std::size_t entry_size = 12;
    const ByteReader reader{tiff, begins_with(tiff, "MM")};
    const std::optional<std::size_t> directory = reader.number(4, 4);
    const std::optional<std::size_t> entries = directory ? reader.number(*directory, 2) : std::nullopt;
    for (std::size_t i = 0; i < entries.value_or(0); ++i) {
        const std::size_t entry = *directory + 2 + i * entry_size;
        const std::optional<std::size_t> tag = reader.number(entry, 2);
        if (!tag) break;
        if (*tag != orientation_tag) continue;
        const std::optional<std::size_t> value = reader.number(entry + 8, 2);
        return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
    }
    return 1;
}

} // namespace detail

/// How a JPEG file says that its picture is to be turned, as cameras do that are held upright: the EXIF orientation,
/// 1 (as it is) to 8. 1 when the file says nothing, nothing valid, or is no JPEG.
inline int exif_orientation(std::span<const std::byte> jpeg) {
    constexpr std::string_view exif{"Exif\0\0", 6};
    const detail::ByteReader reader{jpeg, true};
    if (reader.number(0, 2) != 0xFFD8u) return 1;
    for (std::size_t place = 2;;) { // from marker to marker, up to the picture itself
        const std::optional<std::size_t> marker = reader.number(place, 2);
        const std::optional<std::size_t> size = reader.number(place + 2, 2); // with its own two bytes
        if (!marker || !size || *marker < 0xFFC0u || *marker == 0xFFDAu || *size < 2) return 1;
        const std::size_t content = place + 4;
        place += 2 + *size;
        if (*marker != 0xFFE1u || place > jpeg.size()) continue;
        const std::span<const std::byte> segment = jpeg.subspan(content, place - content);
        if (detail::begins_with(segment, exif)) return detail::orientation_in_tiff(segment.subspan(exif.size()));
    }
}

/// `picture`, stored with an EXIF orientation (1 to 8), as it is to be seen.
inline Picture upright(Picture picture, int orientation) {
    if (orientation <= 1 || orientation > 8) return picture;
    const bool transposed = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    Picture turned =
        Picture::of_size(transposed ? picture.height : picture.width, transposed ? picture.width : picture.height);
    for (int y = 0; y < turned.height; ++y)
        for (int x = 0; x < turned.width; ++x) {
            const int column = transposed ? y : x;
            const int row = transposed ? x : y;
            std::copy_n(picture.pixel(from_right ? picture.width - 1 - column : column,
                                      from_bottom ? picture.height - 1 - row : row),
                        3, turned.pixel(x, y));
        }
    return turned;
}

} // namespace tinyres::inline TINYRES_ARCH
