#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Whether the tables in a DHT segment, whose `length` bytes are at the head of `bytes`, have at most 256 codes each.
/// The last table is looked at even where it goes beyond the segment, since stb_image does that too.
inline bool huffman_tables_fit(std::span<const std::byte> bytes, std::size_t length) {
    constexpr std::size_t lengths = 16; // codes of 1 to 16 bits; a byte for each length says how many there are
    const ByteReader reader{bytes, true};
    for (std::size_t place = 0; place < length;) {
        std::size_t codes = 0;
        for (std::size_t i = 1; i <= lengths; ++i) codes += reader.number(place + i, 1).value_or(0);
        if (codes > 256) return false;
        place += 1 + lengths + codes;
    }
    return true;
}

/// Whether no Huffman table in a JPEG file has more than 256 codes: stb_image up to 2.28 writes such a table past its
/// end. Follows the markers as stb_image does up to the first scan. Behind it, where a marker may come after any byte,
/// it takes everything for a table that could be one, up to an end of the image that belongs to no segment.
inline bool jpeg_tables_fit(std::span<const std::byte> jpeg) {
    const ByteReader reader{jpeg, true};
    bool in_scans = false;
    std::size_t segments_end = 0; // of those behind the first scan
    for (std::size_t place = 2; place + 1 < jpeg.size();) {
        const std::size_t marker = reader.number(place, 2).value_or(0);
        if (marker <= 0xFF00u || marker == 0xFFFFu) { // no marker, a stuffed byte or a fill byte
            ++place;
            continue;
        }
        if (marker == 0xFFD9u && place >= segments_end) return true;
        place += 2;
        if (marker == 0xFFD9u || (marker >= 0xFFD0u && marker <= 0xFFD7u)) continue; // these have no content
        const std::size_t end = (std::min)(jpeg.size(), place + reader.number(place, 2).value_or(0));
        if (marker == 0xFFC4u && end > place + 2 && !huffman_tables_fit(jpeg.subspan(place + 2), end - place - 2))
            return false;
        in_scans = in_scans || marker == 0xFFDAu;
        if (in_scans)
            segments_end = (std::max)(segments_end, end);
        else
            place = (std::max)(place, end);
    }
    return true;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
