#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// How far segments are looked at: up to the first scan, which ends the header, or to the end of the file.
enum class JpegPart { header, all };

/// A part of a JPEG file with a marker.
struct JpegSegment {
    std::size_t marker = 0; ///< 0xFFE1 for APP1, and so on
    std::size_t place = 0;  ///< of the marker in the file
    std::span<const std::byte> content;
};

/// Calls `function(segment)` for each segment; of the header, the first scan's own (SOS) is the last. Fill bytes, and
/// bytes between segments that belong to none, are skipped, as decoders do. Ends early where the file is cut short.
template <class Function>
void for_each_jpeg_segment(std::span<const std::byte> jpeg, Function function, JpegPart part = JpegPart::header) {
    const ByteReader reader{jpeg, true};
    for (std::size_t place = 2; place + 4 <= jpeg.size();) {
        const std::size_t marker = *reader.number(place, 2);
        if (marker <= 0xFF00u || marker == 0xFFFFu) {
            ++place;
            continue;
        }
        const bool has_content = marker != 0xFF01u && !(marker >= 0xFFD0u && marker <= 0xFFD9u);
        if (!has_content) {
            place += 2;
            continue;
        }
        const std::size_t size = *reader.number(place + 2, 2); // with its own two bytes
        if (size < 2 || size > jpeg.size() - place - 2) return;
        function(JpegSegment{marker, place, jpeg.subspan(place + 4, size - 2)});
        if (marker == 0xFFDAu && part == JpegPart::header) return;
        place += 2 + size;
    }
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
