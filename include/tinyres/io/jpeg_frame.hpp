#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/jpeg_segments.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// What the header of a JPEG file says about its coding.
struct JpegFrame {
    std::size_t marker = 0; ///< the start of the frame: 0xFFC0 baseline, 0xFFC2 progressive, …; 0: there is none
    std::size_t bits = 0;   ///< per channel
    std::size_t height = 0; ///< in pixels, as stored
    std::size_t width = 0;
    std::size_t channels = 0;
    bool rgb_ids = false;                         ///< the three channels are called R, G and B
    bool jfif = false;                            ///< it has JFIF's marker
    std::optional<std::size_t> adobe_transform{}; ///< of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK
    std::size_t scan = 0;                         ///< the place of the first scan; 0: there is none
};

inline JpegFrame jpeg_frame(std::span<const std::byte> jpeg) {
    JpegFrame frame;
    for_each_jpeg_segment(jpeg, [&](const JpegSegment& segment) {
        const ByteReader content{segment.content, true};
        const std::size_t marker = segment.marker;
        const bool is_frame =
            (marker >= 0xFFC0u && marker <= 0xFFCFu && marker != 0xFFC4u && marker != 0xFFC8u && marker != 0xFFCCu) ||
            marker == 0xFFDEu || marker == 0xFFF7u; // those of hierarchical files and of JPEG-LS
        if (is_frame && frame.marker == 0) {
            frame.marker = marker;
            frame.bits = content.number(0, 1).value_or(0);
            frame.height = content.number(1, 2).value_or(0);
            frame.width = content.number(3, 2).value_or(0);
            frame.channels = content.number(5, 1).value_or(0);
            frame.rgb_ids = frame.channels == 3 && content.number(6, 1) == std::size_t{'R'} &&
                            content.number(9, 1) == std::size_t{'G'} && content.number(12, 1) == std::size_t{'B'};
        }
        if (marker == 0xFFE0u && begins_with(segment.content, std::string_view{"JFIF\0", 5})) frame.jfif = true;
        if (marker == 0xFFEEu && begins_with(segment.content, "Adobe"))
            if (const auto transform = content.number(11, 1)) frame.adobe_transform = transform;
        if (marker == 0xFFDAu) frame.scan = segment.place;
    });
    return frame;
}

/// "an arithmetic-coded JPEG" for one that stb_image cannot read, and so on; empty for what it can, or is damaged.
inline std::string unreadable_jpeg(const JpegFrame& frame) {
    switch (frame.marker) {
    case 0xFFC3u:
        return "a lossless JPEG";
    case 0xFFC9u:
    case 0xFFCAu:
        return "an arithmetic-coded JPEG";
    case 0xFFCBu:
        return "an arithmetic-coded lossless JPEG";
    case 0xFFC5u:
    case 0xFFC6u:
    case 0xFFC7u:
    case 0xFFCDu:
    case 0xFFCEu:
    case 0xFFCFu:
    case 0xFFDEu:
        return "a hierarchical JPEG";
    case 0xFFF7u:
        return "a JPEG-LS picture";
    case 0xFFC1u:
    case 0xFFC2u:
        if (frame.bits == 12) return "a JPEG with 12 bits per channel";
        [[fallthrough]];
    case 0xFFC0u:
        if (frame.channels == 2) return "a JPEG with 2 channels";
        [[fallthrough]];
    default:
        return {};
    }
}

/// For a JPEG whose channels stb_image would take for red, green and blue by their names, and libjpeg by its markers
/// for YCbCr: a copy in which the first channel has another name. Empty for all others.
inline std::vector<std::byte> jpeg_with_ycbcr_names(std::span<const std::byte> jpeg, const JpegFrame& frame) {
    const bool is_ycbcr = frame.jfif || frame.adobe_transform.value_or(0) != 0;
    if (!frame.rgb_ids || !is_ycbcr) return {};
    std::vector<std::byte> copy{jpeg.begin(), jpeg.end()};
    const auto rename = [&](std::size_t place) {
        if (place < copy.size() && copy[place] == std::byte{'R'}) copy[place] = std::byte{1};
    };
    const auto rename_in = [&](const JpegSegment& segment) {
        const std::size_t content = segment.place + 4;
        if (segment.marker == frame.marker) rename(content + 6);
        if (segment.marker == 0xFFDAu) // a name and a byte of tables a channel, before the last three bytes
            for (std::size_t i = 1; i + 4 < segment.content.size(); i += 2) rename(content + i);
    };
    for_each_jpeg_segment(jpeg, rename_in, JpegPart::all);
    return copy;
}

/// For a JPEG of four channels that stb_image would take for YCbCr with something beside it: a copy in which Adobe's
/// marker says what it is to libjpeg, CMYK where the file does not say anything, else YCCK. Empty for all others.
inline std::vector<std::byte> jpeg_with_cmyk_marker(std::span<const std::byte> jpeg, const JpegFrame& frame) {
    const bool known = frame.adobe_transform == 0u || frame.adobe_transform == 2u;
    if (frame.channels != 4 || known || frame.scan == 0) return {};
    const std::string_view marker = frame.adobe_transform ? std::string_view{"\xFF\xEE\0\x0E"
                                                                             "Adobe\0\x64\0\0\0\0\2",
                                                                             16}
                                                          : std::string_view{"\xFF\xEE\0\x0E"
                                                                             "Adobe\0\x64\0\0\0\0\0",
                                                                             16};
    const auto scan = jpeg.begin() + static_cast<std::ptrdiff_t>(frame.scan);
    std::vector<std::byte> copy{jpeg.begin(), scan};
    for (const char byte : marker) copy.push_back(static_cast<std::byte>(byte));
    copy.insert(copy.end(), scan, jpeg.end());
    return copy;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
