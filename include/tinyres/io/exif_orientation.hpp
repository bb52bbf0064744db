#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/jpeg_segments.hpp"
#include "tinyres/io/png_chunks.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// The bytes of a whole number of TIFF's type `type`, or 0 for other types; single bytes are text or unknown in TIFF.
constexpr std::size_t tiff_integer_size(std::size_t type) {
    constexpr std::array<std::size_t, 14> sizes{0, 0, 0, 2, 4, 0, 1, 0, 2, 4, 0, 0, 0, 4};
    return type < sizes.size() ? sizes[type] : 0;
}

/// The orientation in an EXIF block (a TIFF directory), 1 to 8, or 1.
inline int orientation_in_tiff(std::span<const std::byte> tiff) {
    constexpr std::size_t orientation_tag = 0x0112;
    constexpr std::size_t entry_size = 12; // tag, type, count, and what fits of the values into four bytes
    if (!begins_with(tiff, "MM") && !begins_with(tiff, "II")) return 1;
    const ByteReader reader{tiff, begins_with(tiff, "MM")};
    const std::optional<std::size_t> directory = reader.number(4, 4);
    const std::optional<std::size_t> entries = directory ? reader.number(*directory, 2) : std::nullopt;
    for (std::size_t i = 0; i < entries.value_or(0); ++i) {
        const std::size_t entry = *directory + 2 + i * entry_size;
        const std::optional<std::size_t> tag = reader.number(entry, 2);
        if (!tag) break;
        if (*tag != orientation_tag) continue;
        const std::size_t size = tiff_integer_size(reader.number(entry + 2, 2).value_or(0));
        const std::size_t count = reader.number(entry + 4, 4).value_or(0);
        const std::size_t value = reader.number(entry + 8, size).value_or(0);
        const bool in_entry = size > 0 && count >= 1 && count <= 4 / size;
        return in_entry && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

inline constexpr std::string_view exif_signature{"Exif\0\0", 6};

/// The EXIF block of a JPEG or PNG file, without its signature; empty when there is none.
inline std::span<const std::byte> exif_block(std::span<const std::byte> file) {
    std::span<const std::byte> block;
    if (begins_with(file, "\x89PNG")) {
        block = png_chunk(file, "eXIf").value_or(block);
        if (begins_with(block, exif_signature)) block = block.subspan(exif_signature.size()); // some writers add it
    } else if (begins_with(file, "\xFF\xD8")) {
        for_each_jpeg_segment(file, [&](const JpegSegment& segment) {
            if (segment.marker == 0xFFE1u && block.empty() && begins_with(segment.content, exif_signature))
                block = segment.content.subspan(exif_signature.size());
        });
    }
    return block;
}

} // namespace detail

/// How a JPEG or PNG file says that its picture is to be turned, as cameras do that are held upright: the EXIF
/// orientation, 1 (as it is) to 8. 1 when the file says nothing, nothing valid, or is of another kind.
inline int exif_orientation(std::span<const std::byte> file) {
    return detail::orientation_in_tiff(detail::exif_block(file));
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

} // namespace TINYRES_ARCH
} // namespace tinyres
